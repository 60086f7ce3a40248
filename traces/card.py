"""trace.json: what a canonical folder says of itself beside its tables. All of it is optional."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from traces.csvfile import unreadable
from traces.errors import TraceError, nearest, shown
from traces.schema import UNIT_OTHER, UNITS

FILE = "trace.json"


GPU_PER = 1000  # devices are shared by thousandths


@dataclass(frozen=True)
class Card:
    """The fields of trace.json. `unplaceable` tells how many tasks fit no machine they may use."""

    schema: int = 1
    name: str = ""
    units: Mapping[str, float] = field(default_factory=dict)
    replayed: Sequence[str] = ()
    assumed: Sequence[str] = ()
    ordered: bool = False
    unplaceable: int = 0


def read(path: Path) -> Card:
    """Reads trace.json; without one, the defaults. Raises TraceError."""
    if not path.exists():
        return Card()
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise unreadable(path, error) from None
    except json.JSONDecodeError as error:
        raise TraceError(
            file=path,
            row=error.lineno,
            found=f"{error.msg} (column {error.colno})",
            expected="JSON",
        ) from None
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise TraceError(
            file=path, found=f"text that doesn't parse ({error})", expected="JSON in UTF-8"
        ) from None
    return Card(**_checked(path, content))


def write(path: Path, card: Card) -> None:
    """Writes trace.json."""
    path.write_text(json.dumps(asdict(card), indent=2, ensure_ascii=False) + "\n", "utf-8")


def units(card: Card, resources: Sequence[str], path: Path) -> dict[str, float]:
    """The unit of each resource: the card's, else the default. Raises TraceError."""
    for name in card.units:
        if name not in resources:
            raise TraceError(
                file=path,
                field=f"units.{name}",
                found="a resource that machines don't have",
                expected=f"only {', '.join(resources)}",
                hint=nearest(name, resources),
            )
    chosen = {name: float(card.units.get(name, UNITS.get(name, UNIT_OTHER))) for name in resources}
    for name, unit in chosen.items():
        per = round(1.0 / unit)
        whole = per >= 1 and abs(1.0 / unit - per) <= 1e-9 * per
        if not whole or (name == "gpu" and per > GPU_PER):
            finest = f", at least {1 / GPU_PER:g}" if name == "gpu" else ""
            raise TraceError(
                file=str(path),
                field=f"units.{name}",
                found=f"{unit:g}",
                expected=f"one over a whole number, such as 1, 0.5 or 0.001{finest}",
            )
    return chosen


def _checked(path: Path, content: object) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise TraceError(file=path, found=shown(content), expected="an object of fields")
    known = [item.name for item in fields(Card)]
    for name, value in content.items():
        if name not in known:
            raise TraceError(
                file=path,
                field=name,
                found="an unknown field",
                expected=f"only {', '.join(known)}",
                hint=nearest(name, known),
            )
        expected = _fault(name, value)
        if expected:
            raise TraceError(file=path, field=name, found=json.dumps(value)[:80], expected=expected)
    for name in ("replayed", "assumed"):
        if name in content:
            content[name] = tuple(content[name])
    return content


def _fault(name: str, value: object) -> str | None:
    """What the field should have been, or None where it is."""
    if name == "schema":
        return None if value == 1 and not isinstance(value, bool) else "1"
    if name == "name":
        return None if isinstance(value, str) else "text"
    if name == "ordered":
        return None if isinstance(value, bool) else "true or false"
    if name == "unplaceable":
        whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        return None if whole else "a whole number of tasks"
    if name == "units":
        good = isinstance(value, dict) and all(_is_unit(unit) for unit in value.values())
        return None if good else "a number above 0 for each resource"
    good = isinstance(value, list) and all(isinstance(text, str) for text in value)
    return None if good else "a list of texts"


def _is_unit(unit: object) -> bool:
    if isinstance(unit, bool) or not isinstance(unit, (int, float)):
        return False
    try:
        return math.isfinite(unit) and 1e-12 <= unit <= 1e12
    except OverflowError:
        return False
