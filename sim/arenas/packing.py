"""Bin packing as an arena: how far the bins used are above the L1 bound, one instance a draw."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sim.arenas.arena import Compiling, Outcome
from sim.arenas.behaviour import Watch
from sim.choices import Course
from sim.composition import Composition
from sim.packing import l1_bound
from sim.replays import replay_compiled
from sim.saturation import Experiment
from sim.tape import Tape
from sim.workloads import Workload

MEASURED = "minus_excess_pct"


@dataclass(frozen=True)
class Packing(Compiling):
    """Instances, items in their order; the keys are places in the list.

    The mean of the values is minus the mean excess over instances. Published tables divide means
    (`sim.packing.Packing.excess_pct`), which differs in the third decimal on instances of one kind.
    """

    works: tuple[Workload, ...]

    @property
    def keys(self) -> tuple[int, ...]:
        """One an instance."""
        return tuple(range(len(self.works)))

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of each instance."""
        return tuple(work.seed for work in self.works)

    @cached_property
    def watch(self) -> Watch:
        """On a few bins, filled in another order than a packer's."""
        work = self.works[0]
        return Watch(
            Course(
                Experiment(
                    work.machines, work.population, work.tasks, work.mix, 0, 1.0, ordered=True
                )
            )
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The trace's resources."""
        return self.works[0].population.resources

    def score(
        self, composition: Composition, key: int, ties: str | None, tape: Tape | None = None
    ) -> Outcome:
        """Pack one instance: minus the excess over its bound, per cent of the bound."""
        work = self.works[key]
        run = replay_compiled(
            work,
            composition,
            self.kernels(composition),
            queue="reject",
            ties=composition.ties(ties),
            samples=0,
            probe=None,
            probes=0,
            tape=tape,
        )
        return Outcome(100.0 * (1.0 - run.counters["used"] / l1_bound(work)))
