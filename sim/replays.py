"""Replaying a workload under one heuristic."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from heuristics import Heuristic, HeuristicError
from sim import layout
from sim.advance import advance
from sim.clock import CellEnvironment, CellView, Process
from sim.composition import Composition, composed, tie_code
from sim.engine import Engine
from sim.errors import SimError
from sim.fragmentation import cell_fragmentation
from sim.kernel import compile_kernel, quiet
from sim.state import Ints
from sim.workers import Progress
from sim.workloads import Workload

RULES = {"reject": layout.REJECT, "fifo": layout.FIFO, "skip": layout.SKIP}
PLACEMENTS_CHUNK = 1 << 16
MOST_LOOKS = 20_000_000
"""Shapes of the mix × machines up to which a sample looks at fragmentation (about a second)."""
END = layout.SAMPLE + 1


@dataclass(frozen=True)
class Replay:
    """What one heuristic made of a workload.

    samples: arrays of equal length, one row a sample and resource. placements: number, task (row
    of the trace), time_s, machine (id), slot, waited_s; None where they were not kept.
    """

    heuristic: str
    ties: str
    queue: str
    work: Workload
    samples: dict[str, Any]
    placements: dict[str, Any] | None
    counters: dict[str, int]
    waits: dict[str, float]
    compile_s: float
    simulate_s: float

    @property
    def seconds(self) -> dict[str, float]:
        """Time spent compiling and simulating."""
        return {"compile": self.compile_s, "simulate": self.simulate_s}

    @property
    def decision_us(self) -> float:
        """Microseconds a decision, clock and bookkeeping included."""
        return 1e6 * self.simulate_s / max(self.counters["decisions"], 1)

    def result(self) -> dict[str, Any]:
        """The entry of the summary; percentages are means over the samples."""
        count, work = self.counters, self.work
        names = work.population.resources
        by_resource = {
            name: {
                what: float(np.mean(self.samples[what][self.samples["resource"] == name]))
                for what in ("allocated_pct", "frag_pct")
            }
            for name in names
        }
        return {
            "heuristic": self.heuristic,
            "ties": self.ties,
            "queue": self.queue,
            "load": work.load,
            "machines": len(work.machines),
            "hours": work.window / 3_600_000,
            "arrived": count["arrived"],
            "placed": count["placed"],
            "rejected": count["rejected"],
            "queued": count["queued"],
            "pending_at_end": count["pending"],
            "queueing_mean_s": self.waits["mean"],
            "queueing_p50_s": self.waits["p50"],
            "queueing_p99_s": self.waits["p99"],
            "used_machines": count["used"],
            "empty_machines_pct": 100.0 * (1 - count["used"] / len(work.machines)),
            "resources": by_resource,
            "ticks_raised": count["raised"],
        }


def replay(
    work: Workload,
    heuristic: Heuristic | Composition,
    *,
    queue: str = "reject",
    ties: str | None = None,
    samples: int = 100,
    placements: bool = False,
    process: Process | None = None,
    progress: Progress | None = None,
) -> Replay:
    """Replay a workload.

    queue: what becomes of a task that fits nowhere: `reject`, `fifo` (the head blocks), `skip`
    (whatever fits starts). samples: how many, evenly over the window. process: a SimPy process of
    the user's, `process(env, cell)`.

    Raises:
        SimError: an unknown queue rule; a user's process that failed.
        HeuristicError: a score that can't be used, with task, machine and line.
    """
    if queue not in RULES:
        raise SimError(f"queue={queue}: expected one of {', '.join(RULES)}")
    composition = composed(heuristic)
    rule = composition.ties(ties)
    began = time.perf_counter()
    resources = work.population.resources
    kernels = [compile_kernel(h, resources) for h in composition.levels]
    engine = Engine(
        work.machines,
        work.population,
        work.mix,
        composition,
        kernels,
        ties=tie_code(rule),
        seed=work.seed,
        label=_label(work),
        live=max(1024, int(1.2 * work.start)),
        placements=PLACEMENTS_CHUNK if placements else 0,
    )
    run = _Run(work, engine, RULES[queue], samples, progress)
    run.drive(-1, 0)  # loads the compiled cell, so that its time is not the decisions'
    compiled = time.perf_counter()
    run.go(process)
    ended = time.perf_counter()
    return Replay(
        heuristic=composition.name,
        ties=rule,
        queue=queue,
        work=work,
        samples=run.sampled(),
        placements=_placements(engine, work) if placements else None,
        counters=run.counters(),
        waits=run.waits(),
        compile_s=compiled - began,
        simulate_s=ended - compiled,
    )


def _label(work: Workload) -> Callable[[Ints], str]:
    def label(task: Ints) -> str:
        job = work.population.job_names[work.population.job[task[layout.SOURCE]]]
        return f"{int(task[layout.NUMBER])} (job {job})"

    return label


class _Run:
    """One replay in progress."""

    def __init__(
        self, work: Workload, engine: Engine, rule: int, samples: int, progress: Progress | None
    ) -> None:
        self.work, self.engine, self.rule, self.progress = work, engine, rule, progress
        self.stream = work.arrivals()
        self.arrived = 0
        self.times = [round((k + 1) * work.window / samples) for k in range(samples)]
        looks = engine.run.mix.counts.size * len(work.machines)
        self.look_at_frag = looks <= MOST_LOOKS
        self.rows: list[tuple[Any, ...]] = []
        engine.run.registers.at[layout.DAY_OFFSET] = int(
            np.random.default_rng([work.seed, 0xDA7]).integers(layout.DAY)
        )

    def drive(self, until: int, priority: int) -> None:
        """Run the compiled cell up to (until, priority)."""
        engine = self.engine
        while True:
            reply = advance(engine.view, until, priority, self.rule)
            if reply == layout.DONE:
                return
            if reply == layout.MORE_ARRIVALS:
                self._feed()
            else:
                engine.attend(reply)

    def _feed(self) -> None:
        engine, at = self.engine, self.engine.run.registers.at
        chunk = next(self.stream, None)
        if chunk is None:
            at[layout.EXHAUSTED] = 1
            return
        self.arrived += chunk.shape[1]
        at[layout.ARRIVAL], at[layout.ARRIVALS] = 0, chunk.shape[1]
        arrivals = np.ascontiguousarray(chunk)
        engine.replace(flow=engine.run.flow._replace(arrivals=arrivals))

    def go(self, process: Process | None) -> None:
        """Run the whole window."""
        env = CellEnvironment(self.drive)
        for tick in self.times:
            env.at(tick, layout.SAMPLE, self.sample)
        end = env.at(max(self.work.window, 1), END)
        with quiet():
            try:
                if process is not None:
                    seen = CellView(self.engine, self.work.population.resources)
                    env.process(process(env, seen))
                env.run(until=end)
            except (HeuristicError, SimError):
                raise
            except Exception as error:
                if process is None:
                    raise
                what = f"{type(error).__name__}: {error}"
                raise SimError(f"process {process.__name__} failed: {what}") from error
        self.engine.drain()

    def sample(self) -> None:
        """Look at the cell."""
        engine = self.engine
        run, at = engine.run, engine.run.registers.at
        view = engine.view
        frag = np.full(len(run.cell.per), np.nan)
        if self.look_at_frag:
            frag = cell_fragmentation(view.cell, view.shapes, view.mix, run.scratch.lost)
        total = run.cell.sums[1]
        with np.errstate(invalid="ignore", divide="ignore"):
            allocated = 100.0 * (total - run.cell.sums[0]) / total
            fragmented = 100.0 * frag * run.cell.per / total
        self.rows.append(
            (
                self.times[len(self.rows)] / 1000.0,
                int(at[layout.LIVE_COUNT]),
                int(at[layout.QUEUE_TAIL] - at[layout.QUEUE_HEAD]),
                int(at[layout.PLACED]),
                int(at[layout.REJECTED]),
                allocated,
                fragmented,
            )
        )
        if self.progress:
            self.progress(len(self.rows), len(self.times))

    def sampled(self) -> dict[str, Any]:
        names = self.work.population.resources
        columns = list(zip(*self.rows, strict=True))
        kinds = ("time_s", "running", "pending", "placed", "rejected")
        result: dict[str, Any] = {
            kind: np.repeat(np.array(columns[k]), len(names)) for k, kind in enumerate(kinds)
        }
        result["resource"] = np.tile(np.array(names), len(self.rows))
        result["allocated_pct"] = np.nan_to_num(np.concatenate(columns[5]))
        frag = np.concatenate(columns[6])
        result["frag_pct"] = np.nan_to_num(frag) if self.look_at_frag else frag
        return result

    def counters(self) -> dict[str, int]:
        at, cell = self.engine.run.registers.at, self.engine.run.cell
        tasks = cell.columns[2 * cell.free.shape[0] + layout.TASKS]
        return {
            "arrived": self.arrived,
            "placed": int(at[layout.PLACED]),
            "rejected": int(at[layout.REJECTED]),
            "queued": int(at[layout.QUEUED]),
            "pending": int(at[layout.QUEUE_TAIL] - at[layout.QUEUE_HEAD]),
            "used": int((tasks > 0).sum()),
            "decisions": int(at[layout.DECISIONS]),
            "raised": self.work.population.raised,
        }

    def waits(self) -> dict[str, float]:
        """Queueing delays of the tasks placed, seconds; most wait not at all."""
        pieces = self.engine.delays
        waited = np.sort(np.concatenate(pieces)) if pieces else np.zeros(0, np.int64)
        placed = max(int(self.engine.run.registers.at[layout.PLACED]), 1)
        still = placed - waited.size

        def quantile(q: float) -> float:
            rank = int(np.ceil(q * placed)) - 1
            return float(waited[rank - still]) / 1000.0 if rank >= still else 0.0

        return {
            "mean": float(waited.sum()) / placed / 1000.0,
            "p50": quantile(0.5),
            "p99": quantile(0.99),
        }


def _placements(engine: Engine, work: Workload) -> dict[str, Any]:
    pieces = engine.placements
    rows = np.concatenate(pieces, axis=1) if pieces else np.zeros((6, 0), np.int64)
    return {
        "number": rows[0],
        "task": rows[5],
        "time_s": rows[1] / 1000.0,
        "machine": np.array(work.machines.ids, dtype=object)[rows[2]].astype(str),
        "slot": rows[3],
        "waited_s": rows[4] / 1000.0,
    }
