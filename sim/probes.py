"""The inflation probe: how much of what is free could still be sold.

At an instant the cell is copied, and the same heuristic places onto the copy, first what is
pending, then tasks drawn from the scored split's own pool, until the shapes that still fit
somewhere hold less than `stop` of the pool's weight. What is left free then is stranded: the way
Google measures stranding for LAVA (Ling et al., MLSys 2025); workload inflation (Verma,
Korupolu and Wilkes, CLUSTER 2014).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import layout
from sim import state as st
from sim.drawn import task_rows
from sim.engine import Engine
from sim.inflation import fits_somewhere, note_all, probe
from sim.state import Floats, Ints
from sim.workloads import Workload

SEEDED = 0x9B0BE
MOST_DRAWS = 60_000
STOP = 0.05
KEPT = (layout.LOG_HEAD, layout.ROW_CLOCK, layout.ROWS_USED)


@dataclass(frozen=True)
class Inflated:
    """A probe's end.

    free: (R,) whole units left; before, left: (R, N) the same by machine, before the probe and at
    its end; placed: (S,) how
    often each shape was placed; draws: how many tasks of the pool came, those that fitted nowhere
    counted in.
    """

    free: Floats
    before: Floats
    left: Floats
    placed: Ints
    draws: int


class Probe:
    """The probes of one workload: the same draws for every heuristic.

    kind: (tasks of the population,) what tells whether two tasks fit alike: the shape, and the
    group where a machine may run only so many of it.
    """

    def __init__(self, work: Workload, stop: float = STOP) -> None:
        population = work.population
        self.work, self.stop = work, stop
        limited = population.shapes.limit[population.shape] > 0
        group = np.where(limited, population.group, -1)
        pairs = np.column_stack([population.shape, group])
        distinct, kind = np.unique(pairs, axis=0, return_inverse=True)
        self.kind = kind.reshape(-1).astype(np.int64)
        self.shape = distinct[:, 0]
        counts = np.bincount(self.kind[work.tasks], minlength=len(distinct))
        self.weight = counts.astype(np.float64)  # whole numbers, so that shares are exact
        life = population.life if work.lifetimes is None else work.lifetimes.of_task
        self.rows = task_rows(
            population, work.tasks, np.zeros(work.tasks.size, np.int64), life[work.tasks], 0
        )

    def draws(self, number: int) -> tuple[Ints, Ints]:
        """Of one probe: which tasks of the pool come, and their lifetimes in ticks."""
        work = self.work
        random = np.random.default_rng([SEEDED, work.seed, work.index, number])
        chosen = random.integers(work.tasks.size, size=MOST_DRAWS)
        life = self.rows[layout.PREDICTED][chosen]
        if work.lifetimes is not None and work.lifetimes.apart is not None:
            life = random.choice(work.lifetimes.apart, size=MOST_DRAWS)
        return chosen, work.rules.predictions.of(life, (work.seed, work.index, 2, number))

    def counts(self, number: int, draws: int) -> Ints:
        """How often each shape comes in so many draws of one probe, (S,)."""
        chosen = self.rows[layout.SHAPE][self.draws(number)[0][:draws]]
        return np.bincount(chosen, minlength=len(self.work.population.shapes.share))

    def unfit(self, engine: Engine) -> np.ndarray:
        """(S,) whether a shape fits no machine as the cell stands."""
        fit = np.zeros(len(self.work.population.shapes.share), np.uint8)
        fits_somewhere(engine.view, fit)
        return fit == 0

    def inflate(self, engine: Engine, tick: int, number: int) -> Inflated:
        """Inflate the cell, look at it, and put everything back as it was."""
        before = _Before(engine)
        at = engine.run.registers.at
        at[layout.CLOCK], at[layout.ARRIVAL], at[layout.PHASE] = tick, 0, 0
        chosen, predicted = self.draws(number)
        dead = np.zeros(self.weight.size, np.uint8)
        placed = np.zeros(self.weight.size, np.int64)
        live = np.array([self.weight.sum()])
        stop = (self.stop - 1e-9) * self.weight.sum()  # 5 of 100 are not less than 0.05
        try:
            while True:
                reply = probe(
                    engine.view,
                    self.rows,
                    chosen,
                    predicted,
                    self.kind,
                    self.weight,
                    dead,
                    live,
                    stop,
                    placed,
                )
                if reply == layout.DONE:
                    break
                engine.attend(reply)
            free, left = engine.run.cell.sums[0].copy(), engine.run.cell.free.copy()
            pending = int(at[layout.QUEUE_TAIL] - at[layout.QUEUE_HEAD])
            came = int(at[layout.ARRIVAL]) - pending
        finally:
            before.restore(engine)
        by_shape = np.zeros(len(self.work.population.shapes.share), np.int64)
        np.add.at(by_shape, self.shape, placed)
        return Inflated(free, before.cell["free"], left, by_shape, came)


class _Before:
    """What a probe changes, kept aside; kept scores learn of the way back through the log."""

    def __init__(self, engine: Engine) -> None:
        cell = engine.run.cell
        self.cell = {name: getattr(cell, name).copy() for name in st.CHANGING}
        self.groups = st.Groups(*(array.copy() for array in engine.run.groups))
        self.at = engine.run.registers.at.copy()

    def restore(self, engine: Engine) -> None:
        cell, at = engine.run.cell, engine.run.registers.at
        for name, array in self.cell.items():
            getattr(cell, name)[...] = array
        engine.replace(groups=self.groups)
        first, last = int(self.at[layout.LOG_HEAD]), int(at[layout.LOG_HEAD])
        if last - first < cell.log.size:
            touched = np.unique(cell.log[np.arange(first, last) & (cell.log.size - 1)])
        else:
            touched = np.arange(cell.free.shape[1])
        kept = at[list(KEPT)].copy()
        at[:] = self.at
        at[list(KEPT)] = kept
        note_all(engine.view, touched)
