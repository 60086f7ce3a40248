"""What a search sends a child for: a source's scores on the draws of an arena."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from heuristics import parse
from sim.arenas.arena import Arena
from sim.arenas.behaviour import Behaviour
from sim.arenas.racing import Race
from sim.composition import Composition, composed
from sim.contain.message import KNOWN, Answer
from sim.tape import Tape


@dataclass(frozen=True)
class Request:
    """A source to be scored on all draws of the arena; in a race, until it is lost.

    audit: whether it says what it decided, a tape (`sim.tape`) a draw; chosen: and what it chooses
    on the arena's course, as one more.
    """

    source: str
    name: str
    ties: str | None = None
    race: Race | None = None
    audit: bool = False
    chosen: bool = False

    def tapes(self, values: int) -> int:
        """One a value, and one of the course."""
        return values * self.audit + self.chosen

    def compose(self) -> Composition:
        """The source, read."""
        name = self.name.removesuffix(".py")
        return composed(parse(self.source, filename=self.name, name=name))

    def answer(self, held: Arena, composition: Composition) -> Answer:
        """Its scores, draw after draw, as long as it may win."""
        race, values, goodput = self.race, [], []
        behaviour = Behaviour()
        if race is not None:
            behaviour = held.watch.behaviour(composition)
            if race.knows(behaviour.signature):
                return Answer(reason=KNOWN, behaviour=behaviour)
        tapes = []
        for key in held.keys:
            tape = Tape() if self.audit else None
            found = held.score(composition, key, self.ties, tape)
            values.append(found.value)
            goodput.append(found.goodput)
            if tape is not None:
                tapes.append(tape.decisions.tobytes())
            if race is not None and race.lost(values, goodput, behaviour):
                break
        else:
            if race is not None and not behaviour.mark and held.watch.looks_up(composition):
                behaviour = replace(behaviour, mark="lookup")
        if self.chosen:
            choices = held.watch.course.choices(composition)
            tapes.append(np.ascontiguousarray(choices.T, np.int32).tobytes())
        return Answer(tuple(values), tuple(goodput), behaviour=behaviour, tapes=tuple(tapes))


@dataclass(frozen=True)
class Look:
    """What a source chooses on the course of the arena, and nothing else of it.

    shift: by how much of itself each amount is shown larger.
    """

    source: str
    name: str
    shift: float = 0.0

    def compose(self) -> Composition:
        """The source, read."""
        return Request(self.source, self.name).compose()

    def tapes(self, values: int) -> int:
        """The choices."""
        return 1

    def answer(self, held: Arena, composition: Composition) -> Answer:
        """Its choices, and the behaviour that they are."""
        choices = held.watch.course.choices(composition, shift=self.shift)
        told = np.ascontiguousarray(choices.T, np.int32).tobytes()
        behaviour = held.watch.behaviour(composition)
        return Answer((float(choices.shape[1]),), (0.0,), behaviour=behaviour, tapes=(told,))
