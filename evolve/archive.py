"""The archive: on each island the best program of every behaviour (MAP-Elites).

Mouret and Clune, *Illuminating search spaces by mapping elites*, 2015; islands with migration as
in FunSearch (Romera-Paredes et al., Nature 625, 2024, Methods).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evolve.candidate import Entry
from sim.arenas.behaviour import Grid
from sim.arenas.racing import Standing

ANY = 0.2  # how often a parent is any of an island's, as in MAP-Elites itself


class Archive:
    """Islands of elites. pressure: the mean rank of parents, whose ranks fall geometrically."""

    def __init__(self, grid: Grid, islands: int, pressure: int) -> None:
        from ribs.archives import GridArchive  # two seconds, which no other command is to wait

        self.grid, self.pressure = grid, pressure
        self.entries: dict[int, Entry] = {}
        self.islands = [
            GridArchive(
                solution_dim=1,
                dims=grid.cells,
                ranges=grid.ranges,
                seed=0,
                solution_dtype=np.int64,
            )
            for _ in range(islands)
        ]
        self._ranked: list[list[int]] = [[] for _ in range(islands)]

    def add(self, island: int, entry: Entry) -> str:
        """Put an entry into its cell: `new`, `improved`, or `beaten` by what stands there."""
        number = entry.candidate.number
        middle = self.grid.centre(self.grid.cell(entry.measured))  # one binning, at edges too
        said = self.islands[island].add_single([number], entry.score, middle)
        status = ("beaten", "improved", "new")[int(said["status"])]
        if status != "beaten":
            self.entries[number] = entry
            self._rank(island)
        return status

    def migrate(self) -> list[tuple[int, int, int]]:
        """The best of each island goes to the next: (number, from, to) where it took a cell."""
        best = [self.best(island) for island in range(len(self.islands))]
        moved = []
        for island, entry in enumerate(best):
            to = (island + 1) % len(self.islands)
            if to != island and entry and self.add(to, entry) != "beaten":
                moved.append((entry.candidate.number, island, to))
        return moved

    def pick(self, island: int, random: np.random.Generator) -> Entry:
        """A parent of an island: the better, the likelier; now and then any."""
        ranked = self._ranked[island]
        if random.random() < ANY:
            return self.entries[ranked[int(random.integers(len(ranked)))]]
        rank = int(random.geometric(1.0 / self.pressure)) - 1
        return self.entries[ranked[rank % len(ranked)]]

    def best(self, island: int) -> Entry | None:
        """The best of an island, None where it is empty."""
        ranked = self._ranked[island]
        return self.entries[ranked[0]] if ranked else None

    def ranked(self, island: int | None = None) -> list[Entry]:
        """Entries best first, of one island or of all."""
        lists = self._ranked if island is None else [self._ranked[island]]
        numbers = {number for ranked in lists for number in ranked}
        found = [self.entries[number] for number in numbers]
        return sorted(found, key=_order)

    def rivals(self, island: int) -> dict[tuple[int, ...], Standing]:
        """What stands in each cell of an island."""
        found = (self.entries[number] for number in self._ranked[island])
        return {self.grid.cell(one.measured): one.standing for one in found}

    def _rank(self, island: int) -> None:
        data: Sequence[int] = self.islands[island].data("solution")[:, 0].tolist()
        self._ranked[island] = sorted(data, key=lambda number: _order(self.entries[number]))
        held = {number for ranked in self._ranked for number in ranked}
        for number in [n for n in self.entries if n not in held]:
            del self.entries[number]


def _order(entry: Entry) -> tuple[float, int]:
    return -entry.score, entry.candidate.number
