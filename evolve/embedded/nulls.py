"""Null arms: the same budget without the loop's cleverness, to see whether it earned anything.

`random`: programs out of nothing. `best_of_n`: blind mutants of the seeds. `one_plus_one`: mutants
of the best so far. `constants`: the best seed's constants tuned, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evolve.archive import Archive
from evolve.embedded.mutator import Embedded, out_of_nothing
from evolve.embedded.operators import OPERATORS
from evolve.embedded.terms import Seen
from evolve.embedded.tuning import FEWEST, MOST, values
from evolve.past import Past
from evolve.proposer import Proposal
from heuristics.simplify import simplified
from heuristics.tree import Program, program_of, write
from sim.errors import SimError


class Nothing(Embedded):
    """Programs out of nothing."""

    name = "random"

    def propose(
        self, number: int, island: int, past: Past, random: np.random.Generator
    ) -> Proposal:
        """A program out of nothing."""
        return Proposal(out_of_nothing(self.seen, random), self.name)


class Blind(Embedded):
    """Mutants of the seeds, whatever became of others."""

    name = "best_of_n"

    def propose(
        self, number: int, island: int, past: Past, random: np.random.Generator
    ) -> Proposal:
        """A mutant of a seed, now and then of two."""
        picked = [self._pick(past.archive, random) for _ in range(2)]
        parents = [program for _, program in picked]
        names, shares = list(OPERATORS), np.array([share for _, share in OPERATORS.values()])
        name = str(random.choice(names, p=shares / shares.sum()))
        changed = self.changed(name, parents, random)
        numbers = tuple(dict.fromkeys(number for number, _ in picked))
        return Proposal(write(simplified(changed or parents[0])), name, numbers)

    def _pick(self, archive: Archive, random: np.random.Generator) -> tuple[int, Program]:
        return self.pick_seed(random)


class Climber(Blind):
    """Mutants of the best so far."""

    name = "one_plus_one"

    def _pick(self, archive: Archive, random: np.random.Generator) -> tuple[int, Program]:
        ranked = archive.ranked()
        if not ranked:
            return super()._pick(archive, random)
        return ranked[0].candidate.number, program_of(ranked[0].candidate.source)


class Constants(Blind):
    """The constants of the best that can be tuned, by one strategy after another."""

    name = "constants"

    def propose(
        self, number: int, island: int, past: Past, random: np.random.Generator
    ) -> Proposal:
        """A sample of a strategy that waits; a new one where none does."""
        for tuner in self.tuners.values():
            if tuner.ready:
                return self.sample(tuner)
        for entry in past.archive.ranked():
            program = program_of(entry.candidate.source)
            if not entry.candidate.parents and FEWEST <= len(values(program)) <= MOST:
                place = len(self.tuners)  # all stay: none is done while its samples are out
                return self.sample(self.begin(place, entry.candidate.number, program, random))
        return super().propose(number, island, past, random)


NULLS = ("random", "best_of_n", "one_plus_one", "constants")


def null_arm(name: str, seen: Seen, seeds: Mapping[str, Program]) -> Embedded:
    """A null arm by its name.

    Raises:
        SimError: it begins with seeds, and there are none.
    """
    found = {one.name: one for one in (Nothing, Blind, Climber, Constants)}[name]
    if found is not Nothing and not seeds:
        raise SimError(f"null={name} begins with heuristics, and there are none to begin with")
    return found(seen, seeds)
