"""Instructions: new ones say what none did, those that pay are asked with more, few are kept."""

from __future__ import annotations

import numpy as np
import pytest

from evolve.llm.instructions import LONGEST, MOST, Instruction, Instructions

GIVEN = ("Weigh what is scarce.", "Break ties by memory.", "Use when tasks end. Keep it short.")


@pytest.mark.parametrize("seed", range(20))
def test_a_recombined_text_is_new_and_made_of_sentences_that_were_there(seed: int) -> None:
    texts = Instructions(GIVEN, evolve=True, every=5)
    made = texts.recombined(np.random.default_rng(seed))
    assert made not in GIVEN
    assert len(made) <= LONGEST
    known = {sentence for text in GIVEN for sentence in text.replace(". ", ".|").split("|")}
    assert not made or {*made.replace(". ", ".|").split("|")} <= known


def test_one_alone_makes_nothing_new() -> None:
    texts = Instructions(GIVEN[:1], evolve=True, every=5)
    assert texts.recombined(np.random.default_rng(0)) == ""
    assert not texts.due(4)


def test_a_text_that_is_there_is_not_taken_twice_and_the_worst_makes_room() -> None:
    texts = Instructions(GIVEN, evolve=True, every=5)
    texts.take(Instruction("again", GIVEN[0], "written"))
    assert len(texts.known) == len(GIVEN)
    texts.learn("again", won=True, gain=1.0)
    assert texts.known["given 1"].kept == 1
    for _ in range(5):
        texts.learn("given 2", won=False, gain=-1.0)
    for number in range(MOST - len(GIVEN) + 1):
        texts.take(Instruction(f"new {number}", f"New sentence {number}.", "written"))
    assert len(texts.known) == MOST
    assert "given 2" not in texts.known
    assert texts.said()[0]["name"] == "given 2"
    assert texts.said()[0]["mean_gain"] == -1.0


def test_what_pays_is_asked_with_more() -> None:
    texts = Instructions(GIVEN, evolve=True, every=5)
    for _ in range(30):
        texts.learn("given 1", won=True, gain=1.0)
        texts.learn("given 2", won=False, gain=0.0)
        texts.learn("given 3", won=False, gain=0.0)
    random = np.random.default_rng(0)
    picked = [texts.pick(random).name for _ in range(200)]
    assert picked.count("given 1") > 140


def test_a_fixed_prompt_has_the_first_alone() -> None:
    texts = Instructions(GIVEN, evolve=False, every=1)
    random = np.random.default_rng(0)
    assert {texts.pick(random).name for _ in range(20)} == {"given 1"}
    assert not texts.due(0)
