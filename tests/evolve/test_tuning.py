"""Constants tuned: the same again, and towards what is better."""

from __future__ import annotations

import numpy as np

from evolve.embedded.terms import Seen
from evolve.embedded.tuning import GENERATIONS, PATIENCE, TERMS, Tuner, replaced, values, widened
from heuristics.tree import Program, program_of, write

PROGRAM = program_of(
    "def score(free, *, a=2.0, n=3, b=-1.0):\n"
    "    x = a * free.cpu / max(free.mem, 1e-09)\n"
    "    return x + b * free.mem + 0.5 * n\n"
)
BEST = np.array([3.0, -2.5, 0.9])


def loss(program: Program) -> float:
    return float(((np.array(values(program)) - BEST) ** 2).sum())


def tuned(seed: int, *, failing: int = 0) -> tuple[list[str], float]:
    tuner = Tuner(1, 7, PROGRAM, np.random.default_rng(seed))
    sources, best = [], loss(PROGRAM)
    while not tuner.done:
        asked = []
        while tuner.ready:
            asked.append(tuner.next())
            sources.append(write(asked[-1][0]))
        for k, (program, note) in enumerate(reversed(asked)):  # told in any order
            gain = loss(PROGRAM) - loss(program)
            tuner.learn(note, None if k < failing else gain)
            best = min(best, loss(program))
    return sources, best


def test_whole_numbers_and_guards_against_nothing_are_no_constants() -> None:
    assert values(PROGRAM) == [2.0, -1.0, 0.5]
    assert values(replaced(PROGRAM, [1.0, 2.0, 3.0])) == [1.0, 2.0, 3.0]
    assert values(PROGRAM) == [2.0, -1.0, 0.5]


def test_it_is_the_same_again_and_another_with_another_seed() -> None:
    first, _ = tuned(1)
    assert first == tuned(1)[0]
    assert first != tuned(2)[0]


def test_it_does_not_read_or_move_the_global_lots() -> None:
    np.random.seed(3)
    first, expected = tuned(1)[0], np.random.random()
    np.random.seed(3)
    assert np.random.random() == expected
    np.random.seed(99)
    assert tuned(1)[0] == first


def test_it_comes_nearer_to_what_is_better() -> None:
    for seed in range(5):
        assert tuned(seed)[1] < 0.5 * loss(PROGRAM), seed


def test_it_ends_where_nothing_better_comes_and_at_the_latest_after_its_generations() -> None:
    tuner = Tuner(1, 7, PROGRAM, np.random.default_rng(1))
    for generation in range(GENERATIONS):
        assert (tuner.generation, tuner.done) == (generation, False)
        for k in range(len(tuner.samples)):
            tuner.learn(tuner.next()[1], generation + 0.5 * (k == 0))
    assert tuner.done
    assert not tuner.ready


def test_what_is_rejected_does_not_hold_it_up() -> None:
    samples = len(Tuner(1, 7, PROGRAM, np.random.default_rng(1)).samples)
    assert len(tuned(1, failing=samples)[0]) == samples * (1 + PATIENCE)
    assert tuned(1, failing=3)[1] < loss(PROGRAM)


def test_what_comes_after_its_generation_is_not_heard() -> None:
    tuner = Tuner(1, 7, PROGRAM, np.random.default_rng(1))
    notes = [tuner.next()[1] for _ in tuner.samples]
    for note in notes:
        tuner.learn(note, 1.0)
    assert (tuner.generation, tuner.told) == (1, {})
    tuner.learn(notes[0], 5.0)
    assert tuner.told == {}


def test_terms_that_are_added_begin_at_nothing_and_alone_are_moved() -> None:
    random = np.random.default_rng(5)
    for _ in range(50):
        wide = widened(PROGRAM, Seen(("cpu", "mem", "gpu")), random)
        assert wide is not None
        program, names = wide
        assert 1 <= len(names) < TERMS[1]
        assert not set(names) & set(PROGRAM.constants)
        assert values(program, names) == [0.0] * len(names)
        tuner = Tuner(1, 7, program, random, names=names, scale=0.3)
        moved, note = tuner.next()
        assert note["tuner"] == 1
        assert all(moved.constants[name] == PROGRAM.constants[name] for name in PROGRAM.constants)
        assert any(moved.constants[name] for name in names)
        program_of(write(moved))  # it is in the language


def test_a_program_can_be_widened_again_and_again() -> None:
    program, random = PROGRAM, np.random.default_rng(6)
    for _ in range(2):
        wide = widened(program, Seen(("cpu", "mem")), random)
        assert wide is not None
        program = wide[0]
    assert len(program.constants) >= len(PROGRAM.constants) + 2
    program_of(write(program))


def test_what_returns_in_between_is_not_widened() -> None:
    early = "def score(free):\n    if free.cpu < 1.0:\n        return 1.0\n    return 0.5\n"
    assert widened(program_of(early), Seen(("cpu",)), np.random.default_rng(1)) is None


def test_where_nothing_changes_it_takes_longer_steps() -> None:
    tuner = Tuner(1, 7, PROGRAM, np.random.default_rng(3))
    far = []
    for _ in range(3):
        samples = [tuner.next() for _ in tuner.samples]
        far.append(np.abs(np.array([values(p) for p, _ in samples]) - values(PROGRAM)).mean())
        for _, note in samples:
            tuner.learn(note, 0.0)
    assert far[0] < far[1] < far[2]
