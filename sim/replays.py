"""Replaying a workload under one heuristic."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from heuristics import Heuristic
from sim import layout, sheets
from sim.bounds import Snapshot
from sim.clock import Process
from sim.composition import Composition, composed, tie_code
from sim.engine import Engine
from sim.errors import SimError
from sim.kernel import Kernel, compile_kernel
from sim.metrics.emptiness import empty_pct
from sim.metrics.queueing import waits
from sim.probes import STOP, Inflated, Probe
from sim.queues import QUEUES
from sim.recording import expect_places
from sim.replaying import Replaying, Samples, evenly, stratified
from sim.state import Floats, Ints
from sim.tape import Tape
from sim.taping import Asked, Stream, Taping
from sim.twins import Other
from sim.workers import Progress
from sim.workloads import Workload
from traces.sheet import Sheet, Shows

PLACEMENTS_CHUNK = 1 << 16
TICKS_AN_HOUR = 3_600_000


@dataclass(frozen=True, repr=False)
class Replay(Shows):
    """What one heuristic made of a workload.

    seen: looks at the cell; placements: number, task (row of the trace), time_s (from the
    window's start), machine (id), slot, waited_s; None where they were not kept. counters: of the
    window. used: (R,) allocated, mean over the window, per cent; lost: (R,) of that, by tasks that
    were evicted before their end; pending: (R,) what waits at its
    end. start_share_pct: of what was allocated at the window's start, by the start population.
    unfit: (probes, S) whether a shape fitted nowhere; inflated: the probes' ends. snapshots: the
    cell at each probe, and how many tasks of each shape waited, for the bound; farthest: most tasks
    that came in each, of its own or of the others' on the same cell.
    """

    heuristic: str
    ties: str
    queue: str
    work: Workload
    seen: Samples
    placements: dict[str, Any] | None
    counters: dict[str, int]
    waits: dict[str, float]
    used: Floats
    lost: Floats
    pending: Floats
    empty_pct: float
    start_share_pct: float
    unfit: np.ndarray
    inflated: tuple[Inflated, ...]
    snapshots: tuple[tuple[Snapshot, Ints], ...]
    farthest: tuple[int, ...]
    compile_s: float
    simulate_s: float

    def sheet(self) -> Sheet:
        """What shows it."""
        return sheets.of_replay(self)

    @property
    def seconds(self) -> dict[str, float]:
        """Time spent compiling and simulating."""
        return {"compile": self.compile_s, "simulate": self.simulate_s}

    @property
    def decision_us(self) -> float:
        """Microseconds a decision, clock and bookkeeping included, probes not."""
        return 1e6 * self.simulate_s / max(self.counters["decisions"], 1)

    @property
    def samples(self) -> dict[str, Any]:
        """Arrays of equal length, one row a sample and resource, in order of time."""
        seen, names = self.seen, self.work.population.resources
        order = np.argsort(seen.time_s, kind="stable")
        scalars = ("time_s", "running", "pending", "placed", "rejected", "empty_machines_pct")
        result: dict[str, Any] = {
            name: np.repeat(np.array(getattr(seen, name))[order], len(names)) for name in scalars
        }
        result["resource"] = np.tile(np.array(names), order.size)
        for name, values in seen.looks.items():
            result[name] = np.concatenate([values[k] for k in order]) if order.size else np.zeros(0)
        return result

    def mean(self, look: str) -> Floats:
        """A look's mean over the samples that have it, per cent a resource; NaN without any."""
        values = np.array(self.seen.looks[look]).reshape(-1, len(self.work.population.resources))
        known = values[np.isfinite(values).all(axis=1)]
        return np.asarray(known.mean(axis=0)) if len(known) else np.full(values.shape[1], np.nan)

    def result(self) -> dict[str, Any]:
        """The entry of the summary; percentages are means over the window or its samples."""
        count, work = self.counters, self.work
        frag, exhausted = self.mean("frag_pct"), self.mean("exhausted_pct")
        stranded = self.mean("stranded_pct")
        return {
            "heuristic": self.heuristic,
            "ties": self.ties,
            "queue": self.queue,
            "load": work.load,
            "machines": len(work.machines),
            "hours": work.window / TICKS_AN_HOUR,
            "history_h": work.history / TICKS_AN_HOUR,
            "start_share_pct": self.start_share_pct,
            **{name: count[name] for name in ("arrived", *work.counted)},
            "pending_at_end": count["pending"],
            "queueing_mean_s": self.waits["mean"],
            "queueing_p50_s": self.waits["p50"],
            "queueing_p99_s": self.waits["p99"],
            "bounded_slowdown": self.waits.get("slowdown"),
            "used_machines": count["used"],
            "empty_machines_pct": self.empty_pct,
            "resources": {
                name: {
                    "stranded_pct": known(stranded[r]),
                    "allocated_pct": float(self.used[r]),
                    **({"lost_pct": float(self.lost[r])} if work.evicts else {}),
                    "frag_pct": known(frag[r]),
                    "exhausted_pct": known(exhausted[r]),
                }
                for r, name in enumerate(work.population.resources)
            },
            "ticks_raised": count["raised"],
        }


def known(value: float) -> float | None:
    """A number; None for NaN, which stands for what was not looked at."""
    return None if np.isnan(value) else float(value)


def replay(
    work: Workload,
    heuristic: Heuristic | Composition,
    *,
    queue: str = "reject",
    ties: str | None = None,
    samples: int = 100,
    probes: int = 0,
    probe_stop: float = STOP,
    placements: bool = False,
    process: Process | None = None,
    progress: Progress | None = None,
    taping: Taping | None = None,
) -> Replay:
    """Replay a workload.

    queue: what becomes of a task that fits nowhere: `reject`, `fifo` (the head blocks), `skip`
    (whatever fits starts). samples: how many looks, evenly over the window; probes: how many
    more with an inflation probe, at random times. process: a SimPy process of the user's,
    `process(env, cell)`; its clock begins with history. taping: of decisions made elsewhere.

    Raises:
        SimError: an unknown queue rule; a user's process that failed.
        HeuristicError: a score that can't be used, with task, machine and line.
        TapeError: a tape that can't be followed.
    """
    composition = composed(heuristic)
    if composition.recorded:
        expect_places(work)
    rule, kernels, tape = composition.ties(ties), list[Kernel](), None
    if taping is not None:
        tape = taping(Stream(work, queue, probes, probe_stop), Asked(composition, rule))
    began = time.perf_counter()
    if tape is None:
        kernels = [compile_kernel(h, work.population.resources) for h in composition.levels]
    compile_s = time.perf_counter() - began
    return replay_compiled(
        work,
        composition,
        kernels,
        compile_s=compile_s,
        queue=queue,
        ties=rule,
        samples=samples,
        probe=Probe(work, probe_stop) if probes else None,
        probes=probes,
        placements=placements,
        process=process,
        progress=progress,
        tape=tape,
    )


def replay_compiled(
    work: Workload,
    composition: Composition,
    kernels: Sequence[Kernel],
    *,
    queue: str,
    ties: str,
    samples: int,
    probe: Probe | None,
    probes: int,
    placements: bool = False,
    snapshots: bool = False,
    others: Sequence[Other] = (),
    process: Process | None = None,
    progress: Progress | None = None,
    compile_s: float = 0.0,
    tape: Tape | None = None,
) -> Replay:
    """As :func:`replay`, with kernels and probe made before: what a search calls.

    snapshots: keep the cell at each probe, for the bound. others: who else is to probe that cell.
    tape: of the decisions, recorded, or followed without asking the heuristic.

    Raises:
        TapeError: a tape, this or another's, that can't be followed to its end.
    """
    began = time.perf_counter()
    room = PLACEMENTS_CHUNK if placements else 0
    engine = engine_of(work, composition, kernels, queue, ties, placements=room, tape=tape)
    run = Replaying(
        work,
        engine,
        QUEUES[queue],
        evenly(work, samples),
        probe,
        stratified(work, probes),
        snapshots=snapshots,
        others=others,
        progress=progress,
    )
    run.drive(-1, 0)  # loads the compiled cell, so that its time is not the decisions'
    compiled = time.perf_counter()
    run.go(process)
    ended = time.perf_counter()
    for one in (tape, *(other.tape for other in others)):
        if one is not None:
            one.finish()
    at, cell = engine.run.registers.at, engine.run.cell
    total = work.machines.total.sum(axis=0)
    per_cent = 100.0 * np.divide(1.0, total, out=np.zeros(total.size), where=total > 0)
    shapes = len(work.population.shapes.share)
    placed = run.count(layout.PLACED)
    spent = compile_s + compiled - began, ended - compiled - run.probe_s
    if tape is not None and tape.spent is not None:
        spent = tape.spent
    return Replay(
        heuristic=composition.name,
        ties=ties,
        queue=queue,
        work=work,
        seen=run.seen,
        placements=_placements(engine, work) if placements else None,
        counters={
            "arrived": run.arrived,
            "placed": placed,
            "rejected": run.count(layout.REJECTED),
            "queued": run.count(layout.QUEUED),
            "evicted": run.count(layout.EVICTED),
            "preempted": run.count(layout.PREEMPTED),
            "given_up": run.count(layout.GIVEN_UP),
            "moved": run.count(layout.MOVED),
            "conflicts": run.count(layout.CONFLICTS),
            "pending": int(at[layout.QUEUE_TAIL] - at[layout.QUEUE_HEAD]),
            "used": len(work.machines) - round(empty_pct(cell) * len(work.machines) / 100),
            "decisions": int(at[layout.DECISIONS]),
            "raised": work.population.raised,
        },
        waits=waits(engine.delays, placed) | run.slowdown(),
        used=run.used * per_cent,
        lost=engine.run.flow.lost / max(work.window, 1) * per_cent,
        pending=run.pending_amount() * per_cent,
        empty_pct=float(np.mean(run.seen.empty_machines_pct or [empty_pct(cell)])),
        start_share_pct=run.start_share,
        unfit=np.array(run.unfit, bool).reshape(-1, shapes),
        inflated=tuple(run.inflated),
        snapshots=tuple(run.snapshots),
        farthest=tuple(run.farthest),
        compile_s=spent[0],
        simulate_s=spent[1],
    )


def engine_of(
    work: Workload,
    composition: Composition,
    kernels: Sequence[Kernel],
    queue: str,
    ties: str,
    *,
    placements: int = 0,
    tape: Tape | None = None,
) -> Engine:
    """The empty cell of a workload. placements: room to write down so many at once.

    Raises:
        SimError: a queue that there is not, or that does not go with the workload.
    """
    if queue not in QUEUES:
        raise SimError(f"queue={queue}: expected one of {', '.join(QUEUES)}")
    easy = QUEUES[queue].rule == layout.EASY
    work.rules.expect_queue(queue, easy=easy, gangs=work.population.largest_gang > 1)
    return Engine(
        work.machines,
        work.population,
        work.mix,
        composition,
        kernels,
        ties=tie_code(ties),
        seed=work.seed,
        label=_label(work),
        live=1024,
        placements=placements,
        tape=tape,
        plans=easy,
        evicts=work.changes is not None or work.rules.migration is not None,
        preemption=work.rules.preemption,
        gangs=work.rules.gangs,
        stale=work.rules.stale or None,
    )


def _label(work: Workload) -> Callable[[Ints], str]:
    def label(task: Ints) -> str:
        job = work.population.job_names[work.population.job[task[layout.SOURCE]]]
        return f"{int(task[layout.NUMBER])} (job {job})"

    return label


def _placements(engine: Engine, work: Workload) -> dict[str, Any]:
    pieces = engine.placements
    rows = np.concatenate(pieces, axis=1) if pieces else np.zeros((6, 0), np.int64)
    return {
        "number": rows[0],
        "task": rows[5],
        "time_s": (rows[1] - work.history) / 1000.0,
        "machine": np.array(work.machines.ids, dtype=object)[rows[2]].astype(str),
        "slot": rows[3],
        "waited_s": rows[4] / 1000.0,
    }
