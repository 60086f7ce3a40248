"""What a key of a command is: its rule, its type in words, and all keys of a schema in order.

Nothing but the standard library is imported, because ``--help`` must come at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, get_type_hints


@dataclass(frozen=True)
class Rule:
    """What a key's value means and may be, beyond its type."""

    help: str
    choices: tuple[str, ...] = ()
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    path: bool = False  # quoted for the user before Hydra's grammar sees it
    outcome: bool = True  # False: has no influence on the results, not kept with them
    open: bool = False  # True: takes keys of its own, whatever their names

    @property
    def bounds(self) -> str:
        """The bounds in words, e.g. ``"above 0 and at most 1"``; empty where there are none."""
        said = [
            f"{word} {bound:g}"
            for word, bound in (
                ("above", self.above),
                ("at least", self.at_least),
                ("at most", self.at_most),
            )
            if bound is not None
        ]
        return " and ".join(said)


def key(default: Any, help: str, **rule: Any) -> Any:
    """A dataclass field with its default and its :class:`Rule`."""
    metadata = {"rule": Rule(help, **rule)}
    if isinstance(default, list | dict):
        return field(default_factory=lambda: type(default)(default), metadata=metadata)
    if isinstance(default, type):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Key:
    """One key of a command: its dotted name, type in words, default and rule."""

    name: str
    type: str
    default: Any
    rule: Rule


def keys(schema: type[Any], prefix: str = "") -> Iterator[Key]:
    """Every leaf key of a schema in order, nested ones by their dotted names."""
    hints = get_type_hints(schema)
    for entry in fields(schema):
        rule = entry.metadata["rule"]
        hint = hints[entry.name]
        name = f"{prefix}{entry.name}"
        if is_dataclass(hint):
            yield from keys(hint, prefix=f"{name}.")  # type: ignore[arg-type]
            continue
        made = entry.default_factory
        default = made() if callable(made) else entry.default
        yield Key(name, words(hint, rule), default, rule)


def words(hint: Any, rule: Rule | None = None) -> str:
    """A type as a user would say it, e.g. ``"a whole number or null"``."""
    if rule is not None and rule.choices:
        said = " or ".join((", ".join(rule.choices[:-1]), rule.choices[-1]))
    else:
        text = getattr(hint, "__name__", str(hint)) if isinstance(hint, type) else str(hint)
        said = next(
            word
            for mark, word in (
                ("dict", "names with values"),
                ("list", "a list such as [a,b]"),
                ("bool", "true or false"),
                ("int", "a whole number"),
                ("float", "a number"),
                ("str", "a text"),
                ("", "any value"),
            )
            if mark in text
        )
    if "None" in str(hint):
        said += " or null"
    if rule is not None and rule.bounds:
        said += f" {rule.bounds}"
    return said
