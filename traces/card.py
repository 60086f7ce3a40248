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
from traces.trace import Advice

FILE = "trace.json"


AMOUNT_MAX = 1e9  # of hours, of a weight
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
    advice: Mapping[str, Any] = field(default_factory=dict)
    snapshot: bool = False


def read(path: Path) -> Card:
    """Reads trace.json; without one, the defaults. Raises TraceError."""
    if not path.exists():
        return Card()
    try:
        content = json.loads(path.read_bytes())
        json.dumps(content, ensure_ascii=False).encode()  # half of a pair of surrogates
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


def advice(card: Card, resources: Sequence[str], path: Path) -> Advice:
    """How the trace is to be replayed, the defaults where nothing is said. Raises TraceError."""
    known = [item.name for item in fields(Advice)]
    for name, value in card.advice.items():
        where, found = f"advice.{name}", json.dumps(value)[:80]
        if name not in known:
            raise TraceError(
                file=path,
                field=where,
                found="an unknown field",
                expected=f"only {', '.join(known)}",
                hint=nearest(name, known),
            )
        if expected := _advice_fault(name, value, resources):
            raise TraceError(file=path, field=where, found=found, expected=expected)
    return Advice(**card.advice)


def _advice_fault(name: str, value: object, resources: Sequence[str]) -> str | None:
    """What the piece of advice should have been, or None where it is."""
    if name == "order":
        return None if value in (None, "trace", "drawn") else "null, trace or drawn"
    if name == "lifetimes":
        return None if value in ("joint", "independent") else "joint or independent"
    if name == "together":
        return None if isinstance(value, bool) else "true or false"
    if name == "weights":
        good = isinstance(value, dict) and all(
            weighed in resources and _is_amount(weight) for weighed, weight in value.items()
        )
        return None if good else f"a number from 0 for each of {', '.join(resources)}"
    if name == "lifetime_cap_h":
        good = value is None or (_is_amount(value) and value != 0)
        return None if good else "null or a number of hours above 0"
    return None if _is_amount(value) else "a number of hours from 0"


def _is_amount(value: object) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and 0 <= value <= AMOUNT_MAX  # type: ignore[operator]


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
    if name in ("ordered", "snapshot"):
        return None if isinstance(value, bool) else "true or false"
    if name == "unplaceable":
        whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        return None if whole else "a whole number of tasks"
    if name == "advice":
        return None if isinstance(value, dict) else "an object of fields"
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
