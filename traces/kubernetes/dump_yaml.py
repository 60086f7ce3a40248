"""The objects of a YAML dump, of any size, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from traces.errors import TraceError, shown
from traces.kubernetes.dump_json import DEPTH_MAX, OBJECT_BYTES_MAX
from traces.packed import chunks

LINE_BYTES_MAX = 1 << 20
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,30})(?:\.\d{1,30})?(?:[eE][+-]?\d{1,9})?", re.ASCII)
# Long, and nothing in them is read.
_PASSED = ("managedFields", "images", "volumesInUse", "volumesAttached")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


def objects(path: Path, expected: str) -> Iterator[tuple[str, Any]]:
    """What an error calls an object, and the object. Raises TraceError."""
    stream = _Stream(path, expected)
    builder = _Builder(path, expected)
    try:
        for event in yaml.parse(stream, _LOADER):
            builder.take(event)
            if builder.made:
                stream.pending = 0
                yield from builder.made
                builder.made.clear()
    except TraceError:
        raise
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        if stream.fault is not None:
            raise stream.fault from None
        raise TraceError(
            file=path,
            row=_row(error),
            found="text that is no YAML",
            expected=expected,
            hint=str(getattr(error, "problem", None) or error).split("\n")[0][:120],
        ) from None


def _row(error: object) -> int | None:
    mark = getattr(error, "problem_mark", None) or getattr(error, "start_mark", None)
    return mark.line + 1 if mark is not None else None


class _Stream:
    """What the parser reads from; the parser loses what is raised in here, so it is kept."""

    def __init__(self, path: Path, expected: str) -> None:
        self._path, self._expected = path, expected
        self._chunks = chunks(path, expected)
        self._rest = b""
        self._line = 0
        self.pending = 0
        self.fault: TraceError | None = None

    def read(self, size: int) -> bytes:
        """The next bytes, at most so many. Raises TraceError."""
        try:
            data = self._rest or next(self._chunks, b"")
            data, self._rest = data[:size], data[size:]
            self._check(data)
        except TraceError as error:
            self.fault = error
            raise
        return data

    def _check(self, data: bytes) -> None:
        end = data.rfind(b"\n")
        self._line = self._line + len(data) if end < 0 else len(data) - end
        self.pending += len(data)
        too_long = "a line of more than a MiB" if self._line > LINE_BYTES_MAX else ""
        if self.pending > OBJECT_BYTES_MAX:
            too_long = "8 MiB without the end of an object"
        if too_long:
            raise TraceError(file=self._path, found=too_long, expected=self._expected)


class _Builder:
    """Makes values of events, and hands out a list's items and whole documents.

    What kubectl never writes is refused. made: what is whole: what an error calls it (`items[3]`,
    `[3]` in a list without a name, nothing for a document by itself), and the value.
    """

    def __init__(self, path: Path, expected: str) -> None:
        self._path, self._expected = path, expected
        self._open: list[Any] = []  # the containers that are not closed yet, outermost first
        self._keys: list[str | None] = []  # of each, the key whose value comes next
        self._passing = 0  # how deep in a value that is not kept
        self._count = 0  # items of this document
        self._documents = 0
        self.made: list[tuple[str, Any]] = []

    def take(self, event: Any) -> None:
        """Takes the next event. Raises TraceError."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._check_tag(event)
            if not self._passing:
                self._scalar(event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._check_tag(event)
            self._start({} if kind is yaml.MappingStartEvent else [], event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._end()
        elif kind is yaml.AliasEvent:
            raise self._wrong(event, f"an alias, *{event.anchor[:60]}")
        elif kind is yaml.DocumentStartEvent:
            self._documents, self._count = self._documents + 1, 0

    def _check_tag(self, event: Any) -> None:
        if event.tag is not None:
            raise self._wrong(event, f"the tag {shown(event.tag)}")

    def _start(self, value: Any, event: Any) -> None:
        if len(self._open) + self._passing >= DEPTH_MAX:
            raise self._wrong(event, f"more than {DEPTH_MAX} levels")
        if self._passing or (self._keys and self._keys[-1] in _PASSED):
            self._passing += 1
            return
        if self._wants_key():
            raise self._wrong(event, "a key that is no text")
        self._open.append(value)
        self._keys.append(None)

    def _wants_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1], dict) and self._keys[-1] is None

    def _end(self) -> None:
        if not self._passing:
            self._keys.pop()
            self._add(self._open.pop())
            return
        self._passing -= 1
        if not self._passing:
            self._keys[-1] = None

    def _scalar(self, event: Any) -> None:
        if not self._wants_key():
            self._add(_plain(event.value) if event.implicit[0] else event.value)
            return
        if event.value in self._open[-1]:
            raise self._wrong(event, f"the key {shown(event.value)} twice")
        self._keys[-1] = event.value

    def _add(self, value: Any) -> None:
        """Puts a value that is whole where it belongs."""
        depth = len(self._open)
        if not depth:
            if value not in (None, []) and not self._count:
                self._make("", value)
        elif depth == 2 and self._keys[0] == "items" and isinstance(self._open[1], list):
            self._make(f"items[{self._count}]", value)
        elif isinstance(self._open[-1], dict):
            self._open[-1][self._keys[-1]] = value
            self._keys[-1] = None
        elif depth == 1:
            self._make(f"[{self._count}]", value)
        else:
            self._open[-1].append(value)

    def _make(self, label: str, value: Any) -> None:
        document = f"document {self._documents} " if self._documents > 1 else ""
        self.made.append((f"{document}{label}".strip(), value))
        self._count += 1

    def _wrong(self, event: Any, found: str) -> TraceError:
        return TraceError(
            file=self._path, row=event.start_mark.line + 1, found=found, expected=self._expected
        )


def _plain(text: str) -> Any:
    """What an unquoted scalar stands for; dates and the like stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if not _NUMBER.fullmatch(text):
        return text
    return int(text) if text.lstrip("-").isdecimal() else Decimal(text)
