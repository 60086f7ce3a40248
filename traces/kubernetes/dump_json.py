"""The objects of a JSON dump, of any size, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import ijson

from traces.errors import TraceError
from traces.packed import chunks, head

OBJECT_BYTES_MAX = 8 << 20
DEPTH_MAX = 100
_DEEPER = {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}


def objects(path: Path, expected: str) -> Iterator[tuple[str, Any]]:
    """What an error calls an object, and the object. Raises TraceError."""
    array = head(path, expected).lstrip().startswith(b"[")
    count = 0
    for value in _values(path, expected, "item" if array else "items.item"):
        yield f"[{count}]" if array else f"items[{count}]", value
        count += 1
    if not count and not array:
        # No list: then it is one object, no longer than what went by without an item.
        for value in _values(path, expected, ""):
            yield "", value


def _values(path: Path, expected: str, prefix: str) -> Iterator[Any]:
    """The values at a prefix, as ijson calls it."""
    found = ijson.sendable_list()
    parser = ijson.items_coro(found, prefix)
    depth = _Depth(path, expected)
    pending = 0
    try:
        for chunk in chunks(path, expected):
            depth.send(chunk)
            parser.send(chunk)
            pending += len(chunk)
            if found:
                yield from found
                del found[:]
                pending = 0
            if pending > OBJECT_BYTES_MAX:
                raise TraceError(
                    file=path, found="8 MiB without the end of an object", expected=expected
                )
        parser.close()
    except TraceError:
        raise
    except (ijson.JSONError, ValueError, OverflowError) as error:
        raise TraceError(
            file=path, found="text that is no JSON", expected=expected, hint=_said(error)
        ) from None
    yield from found


class _Depth:
    """Sees bytes before they are built into values: those take memory by the depth's square."""

    def __init__(self, path: Path, expected: str) -> None:
        self._path, self._expected = path, expected
        self._events = ijson.sendable_list()
        self._parser = ijson.basic_parse_coro(self._events)
        self._depth = 0

    def send(self, chunk: bytes) -> None:
        """Takes the next bytes. Raises TraceError."""
        self._parser.send(chunk)
        steps = [_DEEPER[event] for event, _ in self._events if event in _DEEPER]
        del self._events[:]
        depths = list(accumulate(steps, initial=self._depth))
        self._depth = depths[-1]
        if max(depths) > DEPTH_MAX:
            raise TraceError(
                file=self._path, found=f"more than {DEPTH_MAX} levels", expected=self._expected
            )


def _said(error: Exception) -> str:
    """The parser's own words, its first line; it prints the text round the place after it."""
    text = error.args[0] if error.args else ""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    lines = str(text).strip().splitlines()
    return lines[0][:120] if lines else type(error).__name__
