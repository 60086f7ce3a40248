"""The machine of a log: one of all its processors, or split into equal ones.

A log tells processors, and mostly no nodes; published results are of such a pool.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import polars as pl

from traces.errors import TraceError, shown
from traces.rows import Rows
from traces.swf.lines import Header

KIB_A_GIB = 2**20
MACHINES_MAX = 10**6
_GIB_MAX = 1e9


@dataclass(frozen=True)
class Cell:
    """Equal machines: how many, of what size each, and which comment of the header says so.

    kib: memory, None where it is not known.
    """

    count: int
    processors: int
    kib: int | None
    source: str

    @property
    def said(self) -> str:
        """What is assumed of the machines, in words."""
        memory = "" if self.kib is None else f" and {self.kib / KIB_A_GIB:g} GiB"
        if self.count == 1:
            return f"one machine of all {self.processors} processors ({self.source}){memory}"
        size = f"{self.processors} processor" + ("" if self.processors == 1 else "s")
        return f"{self.count} equal machines of {size}{memory} (trace.machines)"

    def rows(self, log: Path, resources: tuple[str, ...]) -> Rows:
        """The machines, in canonical columns."""
        amounts = {"cpu": float(self.processors), "mem": (self.kib or 0) / KIB_A_GIB}
        ids = [f"n{number:05d}" for number in range(1, self.count + 1)]
        frame = pl.DataFrame({"id": ids if self.count > 1 else ["pool"]})
        sizes = [pl.lit(amounts[name]).alias(name) for name in resources]
        return Rows(str(log), 1, frame.with_columns(sizes), text=False)

    def outsized(self) -> pl.Expr:
        """Why a job (`processors`, `most`, `parts`) can never run, null where it can."""
        total, whose = self.count * self.processors, "the machine has"
        if self.count > 1:
            whose = "the machines have"
        large = pl.when(pl.col("processors") > total)
        reason = large.then(pl.lit(f"of more processors than {whose} ({total})"))
        lacks = (pl.col("most") == 0) | (pl.col("parts") > self.count)
        return reason.when(lacks).then(pl.lit(f"of more memory than {whose}"))


def of(header: Header, count: int, memory_gib: float | None, *, memory: bool) -> Cell | None:
    """The log's machine in `count` parts, None where its header tells no size.

    memory_gib: what they have together; memory: whether some job asks for any. Raises TraceError.
    """
    log = header.log.name
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MACHINES_MAX:
        _refuse("machines", count, f"a whole number from 1 to {MACHINES_MAX}")
    if memory_gib is not None:
        number = isinstance(memory_gib, (int, float)) and not isinstance(memory_gib, bool)
        if not number or not 0 < memory_gib <= _GIB_MAX:
            _refuse("memory_gib", memory_gib, f"GiB above 0 and at most {_GIB_MAX:g}, or null")
        if not memory:
            _refuse("memory_gib", memory_gib, f"null, as no job of {log} asks for memory")
    total = header.processors
    if total is None:
        sizeless = f"null, as the header of {log} has neither MaxProcs nor MaxNodes"
        if count > 1:
            _refuse("machines", count, sizeless)
        if memory_gib is not None:
            _refuse("memory_gib", memory_gib, sizeless)
        return None
    if total % count:
        _refuse("machines", count, f"a number that divides the {total} processors of {log}")
    kib = None if memory_gib is None else math.floor(memory_gib * KIB_A_GIB / count)
    return Cell(count, total // count, kib, header.source)


def _refuse(option: str, found: object, expected: str) -> NoReturn:
    raise TraceError(field=f"trace.{option}", found=shown(found), expected=expected)


def sized(jobs: Rows, cell: Cell | None) -> Rows:
    """Of a job's `processors` how many one machine holds (`most`), and in how many `parts` it runs.

    `kb` is what a processor asks for; it counts where the machine's memory is known.
    """
    most = pl.col("processors")
    if cell is not None:
        most = pl.min_horizontal(most, pl.lit(cell.processors, pl.Int64))
        if cell.kib is not None:
            most = pl.min_horizontal(most, pl.lit(cell.kib, pl.Int64) // pl.col("kb"))
    parts = (pl.col("processors") + pl.col("most") - 1) // pl.max_horizontal("most", 1)
    frame = jobs.frame.with_columns(most.alias("most"))
    return jobs.with_frame(frame.with_columns(parts.alias("parts")))


def assumed(cell: Cell | None) -> Iterator[str]:
    """What is said of the machine."""
    yield "no machine: neither MaxProcs nor MaxNodes told" if cell is None else cell.said
