"""The model as a file: YAML that a person reads, one line an entry of a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from os import PathLike
from pathlib import Path
from typing import Any

import yaml

from traces.errors import TraceError
from traces.fitted.model import Cell, Component, Kind, Law, Machines, Model, Remainder, Sizes

HEAD = """\
# A generator of traces like {name}, fitted to it; docs/fitted.md says what each field means.
# unstrand trace convert trace=fitted trace.path=THIS_FILE trace.seed=0 out=DIR
"""
DIGITS = 6


def text(model: Model) -> str:
    """The file's content."""
    arrive = model.arrivals
    parts: list[tuple[str, Any]] = [
        ("schema", 1),
        ("name", model.name),
        ("sha256", model.sha256),
        ("tasks", model.tasks),
        ("start_tasks", model.start_tasks),
        ("units", dict(model.units)),
        ("advice", asdict(model.advice)),
        ("ordered", model.ordered),
        ("snapshot", model.snapshot),
        ("unplaceable", model.unplaceable),
        ("closed", model.closed),
        ("assumed", list(model.assumed)),
        ("end_s", model.end_s),
        ("steps_s", {"submit": model.steps_s[0], "lifetime": model.steps_s[1]}),
        ("machines", [_machines(one, model.resources) for one in model.machines]),
        (
            "arrivals",
            {
                "span_s": arrive.span_s,
                "level_days": arrive.level_days,
                "levels": list(arrive.levels),
                "hours": list(arrive.hours),
                "bursts": [asdict(one) for one in arrive.bursts],
            },
        ),
        ("sizes", [_sizes(one) for one in model.sizes]),
        ("start_sizes", [_sizes(one) for one in model.start_sizes]),
        ("services", list(model.services)),
        ("ages", [_component(one) for one in model.ages]),
        ("profiles", [[_rounded(value) for value in one] for one in model.profiles]),
        ("laws", [_law(one) for one in model.laws]),
        ("remainder", [_remainder(one, model.resources) for one in model.remainder]),
        ("kinds", [_kind(one, model.resources) for one in model.kinds]),
    ]
    body = "".join(_entry(name, value) for name, value in parts if value not in ([], {}, ()))
    return HEAD.format(name=" ".join(model.name.split())) + body


def write(model: Model, path: str | PathLike[str]) -> None:
    """Writes the model whole or not at all. Raises TraceError."""
    place = Path(path)
    partial = place.with_name(f".{place.name}.partial")
    try:
        partial.write_text(text(model), "utf-8")
        partial.replace(place)
    except OSError as error:
        raise TraceError(
            file=place, found=error.strerror or str(error), expected="a file to write to"
        ) from None


def _entry(name: str, value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], (dict, list)):
        return f"{name}:\n" + "".join(f"- {_line(one)}\n" for one in value)
    return f"{name}: {_line(value)}\n"


def _line(value: Any) -> str:
    """A value on one line."""
    said: str = yaml.safe_dump(
        _plain(value), default_flow_style=True, sort_keys=False, width=10**9, allow_unicode=True
    )
    return said.removesuffix("\n...\n").strip()


def _plain(value: Any) -> Any:
    """Whole floats without a point; others with six digits where that says enough."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _named(amounts: Iterable[float], resources: Sequence[str]) -> dict[str, float]:
    return dict(zip(resources, amounts, strict=True))


def _machines(one: Machines, resources: Sequence[str]) -> dict[str, Any]:
    said: dict[str, Any] = {"count": one.count, **_named(one.amounts, resources)}
    return said | ({"model": one.model} if one.model else {})


def _sizes(one: Sizes) -> dict[str, Any]:
    said: dict[str, Any] = {"size": one.size, "counts": one.counts}
    if one.mixed:
        said |= {"mixed": _rounded(one.mixed), "away": _rounded(one.away)}
    return said


def _component(one: Component) -> dict[str, Any]:
    said: dict[str, Any] = {
        "weight": _rounded(one.weight),
        **(
            {"median_s": _rounded(one.median_s), "sigma": _rounded(one.sigma)}
            if math.isfinite(one.median_s)
            else {"never": True}
        ),
    }
    profiles = [[number, _rounded(weight)] for number, weight in one.profiles]
    said |= {"profiles": profiles} if profiles else {}
    return said | ({"drift": list(one.drift)} if one.drift else {})


def _law(one: Law) -> dict[str, Any]:
    said: dict[str, Any] = {
        "lives": [_component(part) for part in one.components],
    }
    if one.requested is not None:
        wish = one.requested
        said["requested"] = {
            "share": _rounded(wish.share),
            "rho": _rounded(wish.rho),
            "kept": wish.kept,
            "values": [[value, _rounded(upto)] for value, upto in wish.values],
        }
    return said


def _remainder(one: Remainder, resources: Sequence[str]) -> dict[str, Any]:
    return {
        **{
            name: [[value, _rounded(upto)] for value, upto in values]
            for name, values in zip(resources, one.values, strict=True)
        },
        "correlation": one.correlation,
        "labels": [_labelled(*label) for label in one.labels],
    }


def _labelled(weight: float, models: str | None, most: int | None, priority: int) -> dict[str, Any]:
    return {"weight": weight, **_label(models, most, priority)}


def _label(models: str | None, most: int | None, priority: int) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if models is not None:
        said["models"] = models
    if most is not None:
        said["max_per_machine"] = most
    return said | ({"priority": priority} if priority else {})


def _kind(one: Kind, resources: Sequence[str]) -> dict[str, Any]:
    said: dict[str, Any] = (
        {"remainder": one.remainder} if one.amounts is None else _named(one.amounts, resources)
    )
    said |= _label(one.models, one.max_per_machine, one.priority)
    said |= {"gang": True} if one.gang else {}
    for name in ("jobs", "beside"):
        said |= {name: getattr(one, name)} if getattr(one, name) else {}
    for name, cells in (("batches", one.arrivals), ("start", one.start)):
        said |= {name: [_cell(cell) for cell in cells]} if cells else {}
    return said


def _cell(cell: Cell) -> list[int]:
    return [cell.size, cell.batches, cell.law]
