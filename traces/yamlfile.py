"""A small YAML file that a person wrote: plain values, no aliases, no key twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from traces.csvfile import unreadable
from traces.errors import TraceError, nearest, shown

BYTES_MAX = 1 << 18
DEPTH_MAX = 12
HALF = "half of a pair of surrogates"


class _Refused(yaml.MarkedYAMLError):  # type: ignore[misc]
    pass


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Refuses aliases (a bomb's fuse), tags, depth, a key twice: a short file needs none."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise _Refused(problem="an alias", problem_mark=self.peek_event().start_mark)
        if getattr(self.peek_event(), "tag", None) is not None:
            raise _Refused(problem="a tag", problem_mark=self.peek_event().start_mark)
        if self.depth >= DEPTH_MAX:
            found = f"more than {DEPTH_MAX} levels"
            raise _Refused(problem=found, problem_mark=self.peek_event().start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        if isinstance(node, yaml.ScalarNode) and is_half(node.value):
            raise _Refused(problem=HALF, problem_mark=node.start_mark)
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                found = f"the key {shown(key.value)} twice"
                raise _Refused(problem=found, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def read(path: Path, most: int = BYTES_MAX) -> object:
    """What the file holds, of at most so many bytes. Raises TraceError."""
    try:
        with path.open("rb") as stream:
            data = stream.read(most + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise unreadable(path, error, "a YAML file") from None
    except UnicodeDecodeError as error:
        raise TraceError(
            file=path, found=f"byte 0x{data[error.start]:02x} at {error.start}", expected="UTF-8"
        ) from None
    if len(data) > most:
        expected = "a YAML file of a dozen lines" if most == BYTES_MAX else "a smaller YAML file"
        raise TraceError(file=path, found=f"more than {most >> 10} KiB", expected=expected)
    try:
        return yaml.load(text, _Loader)
    except _Refused as error:
        raise TraceError(
            file=path, row=_row(error), found=error.problem, expected="plain YAML"
        ) from None
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError) as error:
        said = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise TraceError(
            file=path, row=_row(error), found="text that doesn't parse", expected="YAML", hint=said
        ) from None


def is_half(text: str) -> bool:
    """Whether a text has half of a pair of surrogates (`"\\ud83d"`), which no file can hold."""
    return any("\ud800" <= char <= "\udfff" for char in text)


def _row(error: Exception) -> int | None:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else None


class Book:
    """A file read, and what is wrong in it said by the dotted name of the field."""

    def __init__(self, path: Path, most: int = BYTES_MAX) -> None:
        self._path, self._most = path, most

    def read(self) -> object:
        """What the file holds. Raises TraceError."""
        return read(self._path, self._most)

    def beside(self, file: Path) -> Path:
        """A file that this one names, as seen from its own folder."""
        return file if file.is_absolute() else self._path.parent / file

    def wrong(
        self, where: str, found: object, expected: str, hint: str | None = None
    ) -> TraceError:
        """The error for a field."""
        text = found if isinstance(found, str) else shown(found)
        return TraceError(
            file=self._path, field=where or None, found=text, expected=expected, hint=hint
        )

    def section(self, value: object, where: str, known: Sequence[str] | None) -> dict[str, Any]:
        """A mapping with these keys, any where None. Raises TraceError."""
        if not isinstance(value, dict):
            expected = f"keys such as {', '.join(known)}" if known else "keys with values"
            raise self.wrong(where, shown(value), expected)
        for name in value:
            if not isinstance(name, str) or (known is not None and name not in known):
                dotted = f"{where}.{name}" if where else str(name)
                near = nearest(str(name), known or ())
                raise self.wrong(dotted, "an unknown key", f"only {', '.join(known or ())}", near)
        return value

    def text(self, value: object, where: str) -> str:
        """A text that is not empty. Raises TraceError."""
        if not isinstance(value, str) or not value:
            raise self.wrong(where, shown(value), "text (quote it where YAML reads it otherwise)")
        return value

    def number(self, value: object, where: str, least: float, expected: str) -> float:
        """A number from `least` to 1e15. Raises TraceError."""
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if number and least <= value <= 1e15:  # type: ignore[operator]
            return float(value)  # type: ignore[arg-type]
        raise self.wrong(where, shown(value), expected)

    def one_of(self, value: object, where: str, known: Sequence[str]) -> str | None:
        """One of these words, or None. Raises TraceError."""
        if value is not None and value not in known:
            raise self.wrong(where, shown(value), " or ".join(known), nearest(str(value), known))
        return None if value is None else str(value)

    def values(self, value: object, where: str) -> tuple[str | float, ...]:
        """One text or number, or a list of them. Raises TraceError."""
        many = value if isinstance(value, list) else [value]
        for one in many:
            if isinstance(one, bool) or not isinstance(one, (str, int, float)):
                raise self.wrong(where, shown(one), "texts or numbers (quote yes, no, true, null)")
        return tuple(one if isinstance(one, str) else float(str(one)) for one in many)
