"""The archive: on each island, the best of every behaviour."""

from __future__ import annotations

import numpy as np

from evolve.archive import Archive
from evolve.candidate import Candidate, Entry
from sim.arenas.behaviour import Behaviour, Grid
from sim.arenas.racing import Standing

GRID = Grid(("emptier", "complexity"), (4, 4))


def entry(number: int, score: float, emptier: float, size: int = 10) -> Entry:
    candidate = Candidate(number, 0, 0, (), "new", "embedded", "", f"id{number}", size)
    measured = GRID.of(Behaviour(emptier=emptier), size)
    return Entry(candidate, Standing(score, (score,), (0.0,)), measured)


def numbers(archive: Archive, island: int | None = None) -> list[int]:
    return [one.candidate.number for one in archive.ranked(island)]


def test_a_cell_keeps_the_best_and_what_is_beaten_is_let_go() -> None:
    archive = Archive(GRID, islands=1, pressure=2)
    said = [archive.add(0, entry(n, s, 0.1)) for n, s in ((0, 1.0), (1, 0.5), (2, 1.0), (3, 2.0))]
    assert said == ["new", "beaten", "beaten", "improved"]
    assert archive.add(0, entry(4, -5.0, 0.9)) == "new"
    assert numbers(archive) == [3, 4]
    assert sorted(archive.entries) == [3, 4]


def test_islands_know_nothing_of_each_other_until_the_best_move_on() -> None:
    archive = Archive(GRID, islands=3, pressure=2)
    archive.add(0, entry(0, 3.0, 0.1))
    archive.add(0, entry(1, 2.0, 0.9))
    archive.add(1, entry(2, 1.0, 0.1))
    assert numbers(archive, 1) == [2]
    assert archive.best(2) is None
    assert archive.migrate() == [(0, 0, 1), (2, 1, 2)]
    assert numbers(archive, 1) == [0]
    assert numbers(archive, 2) == [2]
    assert sorted(archive.entries) == [0, 1, 2]


def test_one_island_has_nowhere_to_send() -> None:
    archive = Archive(GRID, islands=1, pressure=2)
    archive.add(0, entry(0, 3.0, 0.1))
    assert archive.migrate() == []


def test_parents_are_of_the_island_and_the_better_the_likelier() -> None:
    archive = Archive(GRID, islands=2, pressure=2)
    for n in range(4):
        archive.add(0, entry(n, float(n), 0.25 * n + 0.1))
    archive.add(1, entry(9, 99.0, 0.1))
    random = np.random.default_rng(0)
    picked = [archive.pick(0, random).candidate.number for _ in range(400)]
    counts = [picked.count(n) for n in range(4)]
    assert counts == sorted(counts)
    assert counts[0] > 0
    assert picked.count(9) == 0


def test_rivals_are_what_stands_in_the_cells() -> None:
    archive = Archive(GRID, islands=1, pressure=2)
    archive.add(0, entry(0, 3.0, 0.1, size=10))
    archive.add(0, entry(1, 2.0, 0.9, size=319))
    assert {cell: one.score for cell, one in archive.rivals(0).items()} == {
        (0, 0): 3.0,
        (3, 3): 2.0,
    }
