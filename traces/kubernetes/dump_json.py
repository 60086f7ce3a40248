"""The objects of a JSON dump, of any size, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ijson

from traces.errors import TraceError
from traces.packed import chunks, head

OBJECT_BYTES_MAX = 8 << 20
DEPTH_MAX = 100


def objects(path: Path, expected: str) -> Iterator[tuple[str, Any]]:
    """What an error calls an object, and the object. Raises TraceError."""
    array = head(path, expected).lstrip().startswith(b"[")
    count = 0
    for value in _values(path, expected, "item" if array else "items.item"):
        label = f"[{count}]" if array else f"items[{count}]"
        _check_depth(path, label, value, expected)
        yield label, value
        count += 1
    if not count and not array:
        # No list: then it is one object, no longer than what went by without an item.
        for value in _values(path, expected, ""):
            _check_depth(path, "", value, expected)
            yield "", value


def _values(path: Path, expected: str, prefix: str) -> Iterator[Any]:
    """The values at a prefix, as ijson calls it."""
    found = ijson.sendable_list()
    parser = ijson.items_coro(found, prefix)
    pending = 0
    try:
        for chunk in chunks(path, expected):
            pending += len(chunk)
            parser.send(chunk)
            if found:
                yield from found
                del found[:]
                pending = 0
            if pending > OBJECT_BYTES_MAX:
                raise TraceError(
                    file=path, found="8 MiB without the end of an object", expected=expected
                )
        parser.close()
        yield from found
    except TraceError:
        raise
    except (ijson.JSONError, ValueError, RecursionError, OverflowError) as error:
        raise TraceError(
            file=path, found="text that is no JSON", expected=expected, hint=_said(error)
        ) from None


def _said(error: Exception) -> str:
    """The parser's own words, its first line; it prints the text round the place after it."""
    text = error.args[0] if error.args else ""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    lines = str(text).strip().splitlines()
    return lines[0][:120] if lines else type(error).__name__


def _check_depth(path: Path, label: str, value: Any, expected: str) -> None:
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(DEPTH_MAX):
        if not level:
            return
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
    raise TraceError(
        file=path, item=label or None, found=f"more than {DEPTH_MAX} levels", expected=expected
    )
