"""What a heuristic would choose, state after state, on a course that another has set.

A small cell is filled from empty to full by lot. Before each placement the heuristic is asked what
it would do, and its answer is written down; the task then goes where the lot sends it. So all
heuristics are asked about the same states, and one choice does not change the next question.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

import heuristics
from sim import layout
from sim.compiled import compiled
from sim.composition import Composition, composed, tie_code
from sim.decide import settle
from sim.engine import Engine
from sim.feasible import feasible
from sim.inflation import occupy
from sim.kernel import compile_kernel, quiet
from sim.occupy import fullest_device
from sim.population import Machines, Population
from sim.saturation import Experiment, saturate_once, sequence
from sim.state import Floats, Ints, Mix, Run

MOST_MACHINES = 128
MOST_TASKS = 1500  # of one filling
ENOUGH, MOST_FILLINGS = 2000, 8  # choices, and fillings to come to so many
SEED = 0xC401CE
LITTLE_TIME = 180_000  # ticks from one task to the next
NOTHING = heuristics.parse(
    "def score(free):\n    return 0.0\n", filename="nothing.py", name="nothing"
)
"""No opinion: the lot, and what choices are told from."""


@compiled
def ask(run: Run, tasks: Ints, chosen: Ints) -> int:
    """Ask of each of some tasks (fields, n), then put it where it is sent (field PLACE, −1: not).

    Machine and slot go into `chosen` (2, n). Register ARRIVAL is the next.
    """
    registers, current = run.registers, run.flow.current
    while registers.at[layout.ARRIVAL] < tasks.shape[1]:
        i = registers.at[layout.ARRIVAL]
        current[:] = tasks[:, i]
        shape, place = current[layout.SHAPE], current[layout.PLACE]
        current[layout.PLACE] = -1
        registers.at[layout.CLOCK] = i * LITTLE_TIME
        machine = settle(run)
        if machine <= -10:
            return -10 - machine
        registers.at[layout.PHASE] = 0
        chosen[0, i] = machine
        chosen[1, i] = registers.at[layout.DECIDED_SLOT] if machine >= 0 else -1
        if place >= 0:
            share = np.rint(run.shapes.share[shape] * layout.WHOLE)
            slot = fullest_device(run.cell, place, share) if share > 0 else -1
            registers.at[layout.DECIDED_SLOT] = slot
            occupy(run, place)
        registers.at[layout.ARRIVAL] = i + 1
    return layout.DONE


@dataclass(frozen=True)
class Filling:
    """One way from an empty small cell to a full one. N machines, n tasks.

    machines: in the order of the lot; tasks: (layout.TASK_FIELDS, n) with their places; used:
    (n, N, R) share in use before each, 0 where a machine has none of a resource.
    """

    machines: Machines
    tasks: Ints
    used: Floats


@dataclass(frozen=True)
class Course:
    """A small cell, and the lot's ways through it, from empty to full.

    setup: a saturation experiment, of whose machines and tasks some are taken.
    """

    setup: Experiment

    @cached_property
    def small(self) -> Experiment:
        """A few of the machines."""
        setup = self.setup
        count = len(setup.machines)
        random = np.random.default_rng(SEED)
        some = np.sort(random.permutation(count)[: min(count, MOST_MACHINES)])
        return replace(setup, machines=setup.machines.take(some), offered=1.1)

    @cached_property
    def fillings(self) -> list[Filling]:
        """As many as it takes to ask for enough choices."""
        made = [self._filling(SEED)]
        count = -(-ENOUGH // max(made[0].tasks.shape[1], 1))
        return [*made, *(self._filling(SEED + k) for k in range(1, min(count, MOST_FILLINGS)))]

    @cached_property
    def places(self) -> Ints:
        """(n,) of all fillings: where the lot sends each task, −1 where nothing fits."""
        return np.concatenate([filling.tasks[layout.PLACE] for filling in self.fillings])

    def used(self, machines: Ints) -> tuple[Floats, Floats]:
        """(n, R) share in use on one machine for each choice (−1: 0), and the cell's mean (n,)."""
        parts, means, first = [], [], 0
        for filling in self.fillings:
            count = filling.tasks.shape[1]
            at = machines[first : first + count]
            there = filling.used[np.arange(count), np.maximum(at, 0)]
            parts.append(np.where(at[:, None] >= 0, there, 0.0))
            means.append(filling.used.mean(axis=(1, 2)))
            first += count
        return np.concatenate(parts), np.concatenate(means)

    def choices(self, composition: Composition, *, shift: float = 0.0) -> Ints:
        """(2, n) machine and slot that a heuristic chooses.

        shift: by how much of itself each amount is larger, as the heuristic is shown it, whole
        devices apart: what fits what stays as it is.

        Raises:
            HeuristicError: a score that can't be used; `order_dependent` where an array form's
                scores change with the order of the machines.
        """
        small = self.small
        population, mix = _shifted(small.population, small.mix, shift)
        kernels = [compile_kernel(level, population.resources) for level in composition.levels]
        found = []
        for filling in self.fillings:
            engine = Engine(
                filling.machines,
                population,
                mix,
                composition,
                kernels,
                ties=tie_code("first"),
                seed=SEED,
                label=lambda task: f"{task[layout.NUMBER]} of a course from empty to full",
            )
            chosen = np.zeros((2, filling.tasks.shape[1]), np.int64)
            with quiet():
                while (reply := ask(engine.view, filling.tasks, chosen)) != layout.DONE:
                    if reply == layout.DECIDE and not small.ordered:
                        _expect_same_in_any_order(engine, composition)
                    engine.attend(reply)
            found.append(chosen)
        return np.concatenate(found, axis=1)

    def _filling(self, seed: int) -> Filling:
        small = self.small
        population, shapes = small.population, small.population.shapes
        order, drawn = sequence(small, seed)
        lot = composed(NOTHING)
        kernels = [compile_kernel(lot.levels[0], population.resources)]
        code = tie_code("random")
        run = saturate_once(small, lot, kernels, seed, ties=code, placements=True)
        assert run.placements is not None
        drawn = drawn[:MOST_TASKS]
        count, number = drawn.size, np.arange(drawn.size)
        at = run.placements[:count]
        tasks = np.zeros((layout.TASK_FIELDS, count), np.int64)
        tasks[layout.SHAPE] = population.shape[drawn]
        tasks[layout.NUMBER] = tasks[layout.SOURCE] = number
        tasks[layout.PREDICTED] = tasks[layout.LIFE] = population.life[drawn]
        tasks[layout.RANK] = population.priority[drawn]
        tasks[layout.SUBMIT] = (number - number % 7) * LITTLE_TIME
        tasks[layout.GROUP] = -1
        tasks[layout.PLACE] = np.where(at >= 0, np.argsort(order)[at], -1)
        machines = small.machines.take(order)
        taken = np.zeros((count + 1, *machines.total.shape))
        for i, (shape, place) in enumerate(tasks[[layout.SHAPE, layout.PLACE]].T):
            taken[i + 1] = taken[i]
            if place >= 0:
                taken[i + 1, place] += shapes.whole[shape]
        total = np.broadcast_to(machines.total, taken[:-1].shape)
        used = np.divide(taken[:-1], total, out=np.zeros_like(taken[:-1]), where=total > 0)
        return Filling(machines, tasks, used)


def _shifted(population: Population, mix: Mix, shift: float) -> tuple[Population, Mix]:
    """Tasks and mix in other natural amounts."""
    if not shift:
        return population, mix
    moved = np.arange(population.per.size) != population.gpu
    per = np.where(moved, population.per / (1.0 + shift), population.per)
    natural = np.where(moved, population.shapes.whole / per, population.shapes.natural)
    shapes = population.shapes._replace(natural=natural)
    shown = mix.natural.copy()
    shown[: moved.size][moved] = (mix.whole / per).T[moved]
    return replace(population, per=per, shapes=shapes), mix._replace(natural=shown)


def _expect_same_in_any_order(engine: Engine, composition: Composition) -> None:
    """Ask array forms about the machines in another order too."""
    asker, shape = engine.asker, int(engine.run.flow.current[layout.SHAPE])
    machines = engine.run.scratch.machine[: feasible(engine.view, shape)].copy()
    slots = np.full(machines.size, -1)
    for level, heuristic in enumerate(composition.levels):
        if heuristic.form == "scores" and machines.size:
            asker.expect_same_in_any_order(level, shape, machines, slots)
