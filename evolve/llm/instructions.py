"""What a prompt asks for besides its task: texts that the search varies, and rewards.

A text is tried as a program is: it is asked with, and what came out is kept or is not. Those that
paid are asked with again (Thompson sampling), and every so often a new one is made, by a model from
what is known of the others, or out of the sentences of two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evolve.bandit import Bandit

MOST, LONGEST = 12, 600
"""Texts that are kept; characters of one."""
SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass
class Instruction:
    """A text and what came of it. gains: worth over the first parent's, of what was scored."""

    name: str
    text: str
    made: str = "given"
    tried: int = 0
    kept: int = 0
    gained: float = 0.0
    scored: int = 0

    def plain(self) -> dict[str, Any]:
        """In JSON's types."""
        mean = self.gained / self.scored if self.scored else None
        return {
            "name": self.name,
            "text": self.text,
            "made": self.made,
            "tried": self.tried,
            "kept": self.kept,
            "mean_gain": mean,
        }


class Instructions:
    """The texts of a search. evolve: whether new ones are made; every: so many prompts."""

    def __init__(self, texts: Sequence[str], *, evolve: bool, every: int) -> None:
        self.evolve, self.every = evolve, every
        self.known = {
            f"given {n + 1}": Instruction(f"given {n + 1}", t) for n, t in enumerate(texts)
        }
        self.bandit = Bandit(dict.fromkeys(self.known, 1.0))
        self.gone: list[Instruction] = []
        self.same: dict[str, str] = {}

    def due(self, asked: int) -> bool:
        """Whether the prompt after so many is to make a new one."""
        return self.evolve and len(self.known) > 1 and asked % self.every == self.every - 1

    def pick(self, random: np.random.Generator) -> Instruction:
        """One to ask with; the first alone where none are to be compared."""
        if not self.evolve:
            return next(iter(self.known.values()))
        return self.known[self.bandit.pick(random)]

    def recombined(self, random: np.random.Generator) -> str:
        """Sentences of two that have paid; nothing where that is no new text."""
        texts = {one.text for one in self.known.values()}
        pair = [SENTENCE.split(self.pick(random).text) for _ in range(2)]
        both = list(dict.fromkeys(sentence for sentences in pair for sentence in sentences))
        some = [sentence for sentence in both if random.random() < 0.6]
        for sentences in (some, both):
            text = " ".join(sentences)
            if text not in texts and 0 < len(text) <= LONGEST:
                return text
        return ""

    def said(self) -> list[dict[str, Any]]:
        """All that were there, as they stand, in the order in which they came."""
        return [one.plain() for one in (*self.gone, *self.known.values())]

    def take(self, made: Instruction) -> None:
        """Take a new one in, if none says the same; where all is full, one that paid least goes."""
        for one in self.known.values():
            if one.text == made.text:
                self.same[made.name] = one.name  # which is paid for both
                return
        self.known[made.name] = made
        self.bandit.add(made.name)
        if len(self.known) > MOST:
            worst = min(
                (one for one in self.known.values() if one is not made),
                key=lambda one: (one.kept + 1) / (one.tried + 5),
            )
            self.gone.append(self.known.pop(worst.name))
            self.bandit.drop(worst.name)

    def learn(self, name: str, *, won: bool, gain: float | None) -> None:
        """What came of a program that was asked for with it."""
        name = self.same.get(name, name)
        found = self.known.get(name) or next((o for o in self.gone if o.name == name), None)
        if found is None:
            return
        found.tried += 1
        found.kept += won
        if gain is not None:
            found.gained, found.scored = found.gained + gain, found.scored + 1
        self.bandit.learn(name, won)


def one_text(answer: str) -> str:
    """The instruction that an answer holds; nothing where it holds none of a fit length."""
    text = re.sub(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", "", answer, flags=re.S | re.I)
    text = " ".join(text.replace("```", " ").split()).strip(" -*\"'")
    return text if 20 <= len(text) <= LONGEST else ""
