"""The embedded proposer: mutation, crossover and tuning of what the archive holds."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from evolve.archive import Archive
from evolve.bandit import Bandit
from evolve.candidate import Candidate
from evolve.embedded.operators import OPERATORS, parsed
from evolve.embedded.terms import Seen, number, term
from evolve.embedded.tuning import FEWEST, MOST, Tuner, values, widened
from evolve.past import Past
from evolve.proposer import Proposal
from heuristics.simplify import simplified
from heuristics.tree import Program, program_of, write

TUNE, WIDEN, NEW = "tune", "widen", "new"
AGAIN = 0.3  # how often one operator follows another
SCALES = -2.0, 2.0  # of weights of terms that are added, as powers of ten
TUNING = 0.5  # how often a tuner that waits is served


class Embedded:
    """Mutation, crossover and tuning of the archive's programs."""

    name = "embedded"
    insight = False

    def __init__(self, seen: Seen, seeds: Mapping[str, Program]) -> None:
        self.seen, self.seeds = seen, list(seeds.values())
        shares = {name: share for name, (_, share) in OPERATORS.items()}
        self.bandit = Bandit({**shares, TUNE: 2.0, WIDEN: 2.0, NEW: 1.0})
        self.tuners: dict[int, Tuner] = {}
        self.begun = 0
        self.tuned: set[int] = set()

    def propose(
        self, number: int, island: int, past: Past, random: np.random.Generator
    ) -> Proposal:
        """A program by an operator that is picked by what has paid."""
        archive = past.archive
        tuner = self.tuners.get(island)
        if tuner is not None and tuner.ready and random.random() < TUNING:
            return self.sample(tuner)
        name = self.bandit.pick(random)
        empty = archive.best(island) is None
        if name == NEW or (empty and not self.seeds):
            return Proposal(out_of_nothing(self.seen, random), NEW)
        pick = self.pick_seed if empty else partial(picked, archive, island)
        numbers, parents = zip(*(pick(random) for _ in range(2)), strict=True)
        if name in (TUNE, WIDEN):
            tuner = self._tuner(island, name, numbers[0], parents[0], random)
            return self.sample(tuner) if tuner else _same(numbers[0], parents[0])
        changed = self.changed(name, list(parents), random)
        if changed is None:
            return _same(numbers[0], parents[0])
        return Proposal(write(simplified(changed)), name, tuple(dict.fromkeys(numbers)))

    def pick_seed(self, random: np.random.Generator) -> tuple[int, Program]:
        """A seed and its number: they are the first candidates, in their order."""
        number = int(random.integers(len(self.seeds)))
        return number, self.seeds[number]

    def changed(
        self, name: str, parents: list[Program], random: np.random.Generator
    ) -> Program | None:
        """What an operator makes of parents, now and then a second one after it."""
        changed = OPERATORS[name][0](parents, self.seen, random)
        while changed is not None and random.random() < AGAIN:
            second = OPERATORS[str(random.choice(list(OPERATORS)))][0]
            changed = second([changed, parents[-1]], self.seen, random)
        return changed

    def sample(self, tuner: Tuner) -> Proposal:
        """A tuner's next."""
        program, note = tuner.next()
        return Proposal(write(program), WIDEN if tuner.names else TUNE, (tuner.parent,), note)

    def spent(self, number: int) -> str:
        """It has no budget of its own."""
        return ""

    def judge(self, number: int, name: str, messages: Sequence[Mapping[str, str]]) -> str:
        """It has no model to ask."""
        return ""

    def told(self) -> Mapping[str, Any]:
        """Its operators are told apart already."""
        return {}

    def close(self) -> None:
        """It holds nothing."""

    def skip(self, proposal: Proposal) -> None:
        """Tell the tuner whose sample it was."""
        self._tell(proposal.note, None)

    def learn(self, candidate: Candidate, status: str, gain: float | None) -> None:
        """Tell the bandit, and the tuner whose sample it was."""
        self.bandit.learn(candidate.operator, status in ("new", "improved"))
        self._tell(candidate.note, gain)

    def _tell(self, note: Mapping[str, Any], gain: float | None) -> None:
        for tuner in self.tuners.values():
            if tuner.number == note.get("tuner"):
                tuner.learn(note, gain)

    def begin(
        self,
        island: int,
        parent: int,
        program: Program,
        random: np.random.Generator,
        **moved: Any,
    ) -> Tuner:
        """A tuner on an island, in the place of what was there."""
        self.begun += 1
        lots = random.spawn(1)[0]
        self.tuners[island] = Tuner(self.begun, parent, program, lots, **moved)
        return self.tuners[island]

    def _tuner(
        self, island: int, name: str, parent: int, program: Program, random: np.random.Generator
    ) -> Tuner | None:
        """A tuner for a parent, unless one is at work on the island, or there is none for it."""
        before = self.tuners.get(island)
        if before is not None and not before.done:
            return before if before.ready else None
        if name == WIDEN:
            wide = widened(program, self.seen, random)
            scale = 10 ** random.uniform(*SCALES)
            return (
                self.begin(island, parent, wide[0], random, names=wide[1], scale=scale)
                if wide
                else None
            )
        if parent in self.tuned or not FEWEST <= len(values(program)) <= MOST:
            return None
        self.tuned.add(parent)
        return self.begin(island, parent, program, random)


def picked(archive: Archive, island: int, random: np.random.Generator) -> tuple[int, Program]:
    """A parent of an island, and its number."""
    entry = archive.pick(island, random)
    return entry.candidate.number, program_of(entry.candidate.source)


def _same(number: int, program: Program) -> Proposal:
    """What was tried before, so that another is asked for."""
    return Proposal(write(program), "", (number,))


def out_of_nothing(seen: Seen, random: np.random.Generator) -> str:
    """A weighted sum of a few random terms."""
    texts = [
        f"{number(random)} * ({term(seen, random)})" for _ in range(int(random.integers(1, 5)))
    ]
    return write(Program({}, [ast.Return(parsed(" + ".join(texts)))]))
