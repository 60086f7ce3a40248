"""Lines of the Standard Workload Format: comments that begin with `;`, and fields by blanks.

Comments are not always UTF-8, blanks may stand before fields, and gzip is told by the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from traces.csvfile import LINE_BYTES_MAX
from traces.errors import TraceError, shown
from traces.packed import chunks
from traces.rows import Rows

FIELDS = (
    *("job number", "submit time", "wait time", "run time", "allocated processors"),
    *("average CPU time", "used memory", "requested processors", "requested time"),
    *("requested memory", "status", "user", "group", "executable", "queue", "partition"),
    *("preceding job", "think time"),
)
_EXPECTED = "a log in the Standard Workload Format"
_SIZE = re.compile(r";\s*(MaxProcs|MaxNodes)\s*:\s*(.*)")
# A number, perhaps with words after it: `1024 (SMP nodes)`, not `1,024`.
_WHOLE = re.compile(r"(-?\d{1,9})(?:[^\d.,].*)?")


@dataclass
class Header:
    """What the comments have said so far of a machine's size: processors, nodes, the first told."""

    log: Path
    max_procs: int | None = None
    max_nodes: int | None = None

    @property
    def processors(self) -> int | None:
        """How many processors there are, by MaxProcs, else by MaxNodes; None where not told."""
        return self.max_procs or self.max_nodes

    @property
    def source(self) -> str:
        """Which of the two says so."""
        return "MaxProcs" if self.max_procs else "MaxNodes"

    def take(self, line: str, number: int) -> None:
        """Reads a comment. Raises TraceError for a size that is no number."""
        found = _SIZE.match(line)
        if found is None:
            return
        name, text = found[1], found[2].strip()
        whole = _WHOLE.fullmatch(text)
        if whole is None:
            raise TraceError(
                file=self.log,
                row=number,
                field=name,
                found=shown(text),
                expected="a whole number of at most nine digits",
            )
        size = int(whole[1])
        kept = "max_procs" if name == "MaxProcs" else "max_nodes"
        if size > 0 and getattr(self, kept) is None:
            setattr(self, kept, size)


def batches(log: Path, header: Header) -> Iterator[Rows]:
    """The jobs' lines in runs, every field String; comments go to the header. Raises TraceError."""
    for first, lines in _lines(log):
        text = lines.str.strip_chars()
        comment = text.str.starts_with(";")
        for index in (comment & text.str.contains("Max", literal=True)).arg_true():
            header.take(text[index], first + index)
        at = (~comment & (text != "")).arg_true()
        if not at.len():
            continue
        fields = text[at].str.replace_all(r"\s+", " ").str.split(" ")
        numbers = at.to_numpy().astype(np.int64) + first
        wrong = (fields.list.len() != len(FIELDS)).arg_true()
        if wrong.len():
            index = wrong[0]
            raise TraceError(
                file=log,
                row=int(numbers[index]),
                found=f"{len(fields[index])} fields",
                expected=f"{len(FIELDS)} fields parted by blanks, or a comment that begins with ;",
            )
        frame = pl.DataFrame({name: fields.list.get(k) for k, name in enumerate(FIELDS)})
        yield Rows(str(log), first, frame, numbers=numbers)


def _lines(log: Path) -> Iterator[tuple[int, pl.Series]]:
    """Whole lines in runs, each with the number of its first."""
    rest, number = b"", 1
    for chunk in chunks(log, _EXPECTED):
        whole, end, rest = (rest + chunk).rpartition(b"\n")
        if end:
            lines = _split(whole)
            yield number, lines
            number += lines.len()
        if len(rest) > LINE_BYTES_MAX:
            raise TraceError(
                file=log, row=number, found="a line of more than a MiB", expected=_EXPECTED
            )
    if rest:
        yield number, _split(rest)


def _split(data: bytes) -> pl.Series:
    return pl.Series([data.decode("utf-8", "replace")]).str.split("\n").explode()
