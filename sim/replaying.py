"""One replay in progress: the clock, the stream fed in, the looks at the cell."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from heuristics import HeuristicError
from sim import layout, migration
from sim.advance import advance, tally
from sim.bounds import Snapshot
from sim.clock import CellEnvironment, CellView, Process
from sim.comings import change, together
from sim.engine import Engine
from sim.errors import SimError
from sim.kernel import quiet
from sim.metrics import LOOKS
from sim.metrics.emptiness import empty_pct
from sim.metrics.instant import Instant
from sim.occupy import list_running
from sim.probes import Inflated, Probe
from sim.queues import Queue
from sim.state import Floats, Ints
from sim.twins import Other, twin
from sim.workers import Progress
from sim.workloads import Workload

MOST_LOOKS = 20_000_000
"""Shapes of the mix × machines up to which a sample looks at fragmentation (about a second)."""
WINDOW_BEGINS = -1
END = layout.SAMPLE + 1
COUNTED = (
    *(layout.PLACED, layout.REJECTED, layout.QUEUED),
    *(layout.EVICTED, layout.PREEMPTED, layout.GIVEN_UP, layout.MOVED, layout.CONFLICTS),
)


@dataclass
class Samples:
    """Looks at the cell, one entry each."""

    time_s: list[float] = field(default_factory=list)
    running: list[int] = field(default_factory=list)
    pending: list[int] = field(default_factory=list)
    placed: list[int] = field(default_factory=list)
    rejected: list[int] = field(default_factory=list)
    empty_machines_pct: list[float] = field(default_factory=list)
    looks: dict[str, list[Floats]] = field(default_factory=lambda: {name: [] for name in LOOKS})


class Replaying:
    """Drives a workload through an engine.

    samples: ticks of looks; probes: ticks of looks with a probe. used: (R,) mean allocated over
    the window, whole units. start_share: of the allocation at the window's start, by the start
    population, per cent of the scarcest weighted resource. Snapshots for the bound where asked;
    farthest: most tasks that came in a probe, of its own or of the others' on the same cell.
    """

    def __init__(
        self,
        work: Workload,
        engine: Engine,
        queue: Queue,
        samples: list[int],
        probe: Probe | None,
        probes: list[int],
        *,
        snapshots: bool,
        others: Sequence[Other],
        progress: Progress | None,
    ) -> None:
        self.work, self.engine, self.queue, self.progress = work, engine, queue, progress
        engine.run.registers.at[layout.SHORTEST] = queue.shortest
        self.samples, self.probes, self.probe = samples, probes, probe
        self.wants_snapshots, self.others = snapshots, others
        self.seen = Samples()
        self.snapshots: list[tuple[Snapshot, Ints]] = []
        self.unfit: list[np.ndarray] = []
        self.inflated: list[Inflated] = []
        self.farthest: list[int] = []
        self.start_share = 0.0
        self.probe_s = 0.0
        self.arrived = self.starts = 0
        self.before = dict.fromkeys(COUNTED, 0)
        self.used = np.zeros(engine.run.cell.per.size)
        looks = engine.run.mix.counts.size * len(work.machines)
        self.look_at_frag = looks <= MOST_LOOKS
        self.stream = self._stream()
        engine.run.registers.at[layout.DAY_OFFSET] = int(
            np.random.default_rng([work.seed, 0xDA7]).integers(layout.DAY)
        )

    def _stream(self) -> Any:
        first = self.work.start()
        self.starts = first.shape[1]
        if self.starts:
            yield first
        yield from self.work.arrivals(self.starts)

    def drive(self, until: int, priority: int) -> None:
        """Run the compiled cell up to (until, priority)."""
        engine = self.engine
        while True:
            reply = advance(engine.view, until, priority, self.queue.rule)
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
        self.arrived += int((chunk[layout.SUBMIT] >= self.work.history).sum())
        at[layout.ARRIVAL], at[layout.ARRIVALS] = 0, chunk.shape[1]
        arrivals = np.ascontiguousarray(chunk)
        if self.queue.clairvoyant:
            arrivals[layout.PLANNED] = arrivals[layout.LIFE]
        engine.replace(flow=engine.run.flow._replace(arrivals=arrivals))

    def go(self, process: Process | None) -> None:
        """Run history and window."""
        work, env = self.work, CellEnvironment(self.drive)
        end_tick = work.history + max(work.window, 1)
        if work.history:
            env.at(work.history, WINDOW_BEGINS, self._begin)
        env.at(work.history, layout.SAMPLE, self._share_of_start)
        for tick, priority, some in together(work.changes):
            env.at(tick, priority, partial(change, self.engine, some))
        if work.rules.migration is not None:
            for tick in work.rules.migration.ticks(end_tick):
                env.at(tick, layout.MOVING, partial(self._migrate, tick))
        for tick in self.samples:
            env.at(tick, layout.SAMPLE, partial(self._look, tick, None))
        for number, tick in enumerate(self.probes):
            env.at(tick, layout.SAMPLE, partial(self._look, tick, number))
        end = env.at(end_tick, END)
        with quiet():
            try:
                if process is not None:
                    seen = CellView(self.engine, work.population.resources)
                    env.process(process(env, seen))
                env.run(until=end)
            except (HeuristicError, SimError):
                raise
            except Exception as error:
                if process is None:
                    raise
                what = f"{type(error).__name__}: {error}"
                raise SimError(f"process {process.__name__} failed: {what}") from error
        tally(self.engine.view, end_tick)
        self.used = self.engine.run.flow.used / max(work.window, 1)
        self.engine.drain()

    def _migrate(self, tick: int) -> None:
        """Let one running task move, if one of those drawn would be put elsewhere now."""
        engine, at, work = self.engine, self.engine.run.registers.at, self.work
        rule = work.rules.migration
        assert rule is not None
        tally(engine.view, tick)
        for _ in range(rule.looks):
            slot = migration.drawn(engine.view, int(at[layout.TURN]))
            at[layout.TURN] += 1
            if slot < 0:
                return
            migration.lift(engine.view, slot)
            while (moved := migration.settle_down(engine.view)) <= -10:
                engine.attend(-10 - moved)
            if moved:
                at[layout.SERVE] = 1
                return

    def _begin(self) -> None:
        """The window begins: from here on is counted."""
        engine = self.engine
        tally(engine.view, self.work.history)
        engine.run.flow.used[:] = 0.0
        engine.run.flow.slowdown[:] = 0.0
        engine.run.flow.lost[:] = 0.0
        engine.drain()
        engine.placements.clear()
        engine.delays.clear()
        at = engine.run.registers.at
        self.before = {register: int(at[register]) for register in COUNTED}

    def _share_of_start(self) -> None:
        """How much of what is allocated the start population still holds."""
        run, slots = self.engine.run, self._running()
        cell = run.cell
        old = slots[run.live.number[slots] < self.starts]
        held = run.shapes.whole[run.live.shape[old]].sum(axis=0)
        allocated = cell.sums[1] - cell.sums[0]
        sold = (self.work.weight > 0) & (allocated > 0)
        if sold.any():
            scarce = np.argmax(np.where(sold, allocated / np.maximum(cell.sums[1], 1), -1))
            self.start_share = 100.0 * float(held[scarce] / allocated[scarce])

    def _look(self, tick: int, number: int | None) -> None:
        """Look at the cell, with a probe where it has a number."""
        engine, seen = self.engine, self.seen
        run, at = engine.run, engine.run.registers.at
        inflated = None
        if number is not None and self.probe is not None:
            began = time.perf_counter()
            if self.wants_snapshots:
                self.snapshots.append((self._snapshot(), self._pending_shapes()))
            self.unfit.append(self.probe.unfit(engine))
            inflated = self.probe.inflate(engine, tick, number)
            self.inflated.append(inflated)
            beside = [
                self.probe.inflate(twin(engine, self.work, other), tick, number).draws
                for other in self.others
            ]
            self.farthest.append(max(inflated.draws, *beside, 0))
            self.probe_s += time.perf_counter() - began
        seen.time_s.append((tick - self.work.history) / 1000.0)
        seen.running.append(int(at[layout.LIVE_COUNT]))
        seen.pending.append(int(at[layout.QUEUE_TAIL] - at[layout.QUEUE_HEAD]))
        seen.placed.append(self.count(layout.PLACED))
        seen.rejected.append(self.count(layout.REJECTED))
        seen.empty_machines_pct.append(empty_pct(run.cell))
        instant = Instant(engine, tick, inflated, self.look_at_frag)
        for name, look in LOOKS.items():
            seen.looks[name].append(look(instant))
        if self.progress:
            self.progress(len(seen.time_s), len(self.samples) + len(self.probes))

    def count(self, register: int) -> int:
        """A counter since the window began."""
        return int(self.engine.run.registers.at[register]) - self.before[register]

    def slowdown(self) -> dict[str, float]:
        """Mean bounded slowdown of the tasks started since the window began, if there are any."""
        total, count = self.engine.run.flow.slowdown.tolist()
        return {"slowdown": total / count} if count else {}

    def _snapshot(self) -> Snapshot:
        run = self.engine.run
        shapes = run.live.shape[self._running()]
        return Snapshot(
            free=np.array(run.cell.free.T, order="C"),  # the cell goes on changing
            total=np.array(run.cell.total.T, order="C"),
            model=self.work.machines.model,
            devices=run.cell.device_count.copy(),
            running=np.bincount(shapes, minlength=run.shapes.share.size),
        )

    def _running(self) -> Ints:
        """Live slots of all that runs."""
        view, run = self.engine.view, self.engine.run
        slots = np.empty(int(run.registers.at[layout.LIVE_COUNT]), np.int64)
        list_running(view.cell, view.live, slots)
        return slots

    def _pending_shapes(self) -> Ints:
        """How many tasks of each shape wait, (S,)."""
        at, queue = self.engine.run.registers.at, self.engine.run.flow.queue
        waiting = queue[layout.SHAPE, at[layout.QUEUE_HEAD] : at[layout.QUEUE_TAIL]]
        return np.bincount(waiting, minlength=self.engine.run.shapes.share.size)

    def pending_amount(self) -> Floats:
        """What the queue asks for, whole units a resource."""
        return np.asarray(self._pending_shapes() @ self.engine.run.shapes.whole)


def stratified(work: Workload, count: int) -> list[int]:
    """Sample ticks: one at a random time of the seed's in each of equal parts of the window."""
    random = np.random.default_rng([work.seed, work.index, 0x5A3])
    part = work.window / max(count, 1)
    return [work.history + int((k + random.random()) * part) for k in range(count)]


def evenly(work: Workload, count: int) -> list[int]:
    """Sample ticks at the ends of equal parts of the window."""
    return [work.history + round((k + 1) * work.window / count) for k in range(count)]
