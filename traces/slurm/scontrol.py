"""Nodes as `scontrol show node -o` prints them, one a line, or in several without -o.

What a node can give to jobs: CPUEfctv where the version tells it, else CPUTot; RealMemory without
MemSpecLimit; its GPUs by Gres.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from traces.errors import TraceError, shown
from traces.packed import chunks
from traces.schema import GPUS_MAX

EXPECTED = "nodes as scontrol show node -o prints them: NodeName=n1 CPUTot=64 RealMemory=257000 …"
_RECORD_MAX = 1 << 20
_FIELD = re.compile(r"(?:^|\s)([A-Za-z_][A-Za-z0-9_]*)=")
_TRES = re.compile(r"gres/gpu(?::(?P<type>[^=]+))?=(?P<count>\d{1,6})", re.ASCII)
_NONE = ("", "(null)", "N/A", "None")
# Of these nothing can run; what drains still runs what it has.
_GONE = ("DOWN", "ERROR", "FAIL", "FUTURE", "INVAL", "INVALID_REG", "UNKNOWN")
_BUSY = ("ALLOCATED", "ALLOC", "MIXED", "MIX", "COMPLETING", "DRAINING")
_DRAINED = ("DRAIN", "DRAINED")


@dataclass(frozen=True)
class Node:
    """A node: cores, MiB, devices, the sort of GPU if it is one, the partitions that it is in."""

    name: str
    cpu: int
    mem: int
    gpus: int
    gpu_types: tuple[str, ...]
    partitions: frozenset[str]


def read(path: Path) -> tuple[list[Node], Counter[str]]:
    """The nodes that can run something, and how many can't, by state. Raises TraceError."""
    nodes: list[Node] = []
    gone: Counter[str] = Counter()
    first: dict[str, int] = {}
    for row, text in _records(path):
        fields = _fields(text)
        record = _Record(path, row, fields)
        name = record.needed("NodeName")
        if name in first:
            raise record.wrong(
                "NodeName", f"{shown(name)} again (first in row {first[name]})", "each name once"
            )
        first[name] = row
        node = _node(record, name)
        if state := _gone(fields.get("State", "")):
            gone[state] += 1
        else:
            nodes.append(node)
    if not nodes:
        found = f"{gone.total()} nodes, none of which can run anything" if gone else "no node"
        raise TraceError(file=path, found=found, expected=EXPECTED)
    return nodes, gone


def _records(path: Path) -> Iterator[tuple[int, str]]:
    """Each node's text and the row that it begins in."""
    begun, size = 0, 0
    lines: list[str] = []
    for row, line in enumerate(_lines(path), 1):
        if line.lstrip().startswith("NodeName="):
            if lines:
                yield begun, " ".join(lines)
            begun, size, lines = row, 0, [line]
        elif not line.strip():
            continue
        elif not lines or not line[0].isspace():
            raise TraceError(file=path, row=row, found=shown(line[:60]), expected=EXPECTED)
        else:
            lines.append(line.strip())
            size += len(lines[-1])
            if size > _RECORD_MAX:
                found = "a node of more than a MiB"
                raise TraceError(file=path, row=begun, found=found, expected=EXPECTED)
    if lines:
        yield begun, " ".join(lines)


def _lines(path: Path) -> Iterator[str]:
    rest, row = b"", 0
    for chunk in chunks(path, EXPECTED):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            row += 1
            yield _text(path, row, line)
        if len(rest) > _RECORD_MAX:
            raise TraceError(
                file=path, row=row + 1, found="a line of more than a MiB", expected=EXPECTED
            )
    if rest:
        yield _text(path, row + 1, rest)


def _text(path: Path, row: int, line: bytes) -> str:
    try:
        return line.decode().rstrip("\r")
    except UnicodeDecodeError as error:
        raise TraceError(
            file=path,
            row=row,
            found=f"byte 0x{line[error.start]:02x} at byte {error.start + 1} of the line",
            expected="UTF-8 text",
        ) from None


def _fields(text: str) -> dict[str, str]:
    """A node's fields; of two of a name the first, since a Reason may hold anything."""
    marks = list(_FIELD.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    fields: dict[str, str] = {}
    for mark, end in zip(marks, ends, strict=True):
        fields.setdefault(mark[1], text[mark.end() : end].strip())
    return fields


class _Record:
    """The fields of one node, and what is wrong in them."""

    def __init__(self, path: Path, row: int, fields: dict[str, str]) -> None:
        self._path, self._row, self.fields = path, row, fields

    def wrong(self, field: str, found: str, expected: str) -> TraceError:
        """The error for a field."""
        return TraceError(
            file=self._path, row=self._row, field=field, found=found, expected=expected
        )

    def needed(self, field: str) -> str:
        """A field that must be there. Raises TraceError."""
        if not self.fields.get(field):
            raise self.wrong(field, "nothing", "a name")
        return self.fields[field]

    def whole(self, field: str, missing: int | None = None) -> int:
        """A field that is a whole number; `missing` where there is none. Raises TraceError."""
        text = self.fields.get(field, "")
        if text in _NONE and missing is not None:
            return missing
        if not (text.isascii() and text.isdecimal() and len(text) <= 15):
            raise self.wrong(field, shown(text) if text else "nothing", "a whole number from 0")
        return int(text)


def _node(record: _Record, name: str) -> Node:
    cores = record.whole("CPUTot")
    gpus, types = _gpus(record)
    return Node(
        name=name,
        cpu=record.whole("CPUEfctv", cores),
        mem=max(record.whole("RealMemory") - record.whole("MemSpecLimit", 0), 0),
        gpus=gpus,
        gpu_types=types,
        partitions=frozenset(filter(None, record.fields.get("Partitions", "").split(","))),
    )


def _gpus(record: _Record) -> tuple[int, tuple[str, ...]]:
    """Devices and their sorts: by Gres, else by CfgTRES, where gres/gpu counts those of all."""
    gres, tres = record.fields.get("Gres", ""), record.fields.get("CfgTRES", "")
    found = [_gres(record, piece) for piece in _pieces(gres) if piece.split(":", 1)[0] == "gpu"]
    devices = sum(count for _, count in found)
    if not found:
        parts = [part for piece in tres.split(",") if (part := _TRES.fullmatch(piece))]
        found = [(part["type"], int(part["count"])) for part in parts]
        plain = [count for kind, count in found if kind is None]
        devices = plain[0] if plain else sum(count for _, count in found)
    if devices > GPUS_MAX:
        raise record.wrong("Gres", f"{devices} GPUs", f"at most {GPUS_MAX}")
    return devices, tuple(sorted({kind for kind, count in found if kind and count}))


def _pieces(gres: str) -> Iterator[str]:
    """`gpu:a100:4(S:0,1),shard:8` piece by piece, without what stands in brackets."""
    depth = 0
    piece: list[str] = []
    for char in "" if gres in _NONE else gres:
        depth += (char == "(") - (char == ")")
        if char == "," and depth <= 0:
            yield "".join(piece)
            piece = []
        elif depth <= 0 and char != ")":
            piece.append(char)
    yield "".join(piece)


def _gres(record: _Record, piece: str) -> tuple[str | None, int]:
    """`gpu`, `gpu:4`, `gpu:a100` and `gpu:a100:4`: the sort and how many."""
    *words, last = piece.split(":")
    count = last.isascii() and last.isdecimal() and len(last) <= 6
    kinds = (words if count else [*words, last])[1:]
    if len(kinds) > 1 or (kinds and not kinds[0]):
        raise record.wrong("Gres", shown(piece), "GPUs such as gpu:4 or gpu:a100:4(S:0-1)")
    return kinds[0] if kinds else None, int(last) if count else 1


def _gone(state: str) -> str | None:
    """The state of a node that can run nothing, None of one that can."""
    words = [re.sub("[^A-Z_]", "", word) for word in state.upper().split("+")]
    for word in words:
        if word in _GONE:
            return word
    if any(word in _DRAINED for word in words) and not any(word in _BUSY for word in words):
        return "DRAINED"
    return None
