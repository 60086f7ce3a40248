"""Units that files have: what one is in natural amounts, and how finely a trace must count it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from traces.errors import nearest
from traces.schema import UNIT_OTHER, UNITS

_BYTE_GIB = Fraction(1, 2**30)
_MIB_GIB = Fraction(1, 2**10)


@dataclass(frozen=True)
class Measure:
    """One of a file's units: `natural` ours (cores, GiB, devices, seconds) make one of them.

    `unit` is what a trace with such amounts counts in, None where the resource's own will do.
    """

    natural: Fraction
    unit: float | None = None


def _bytes(count: int) -> Measure:
    gib = count * _BYTE_GIB
    whole = (gib / _MIB_GIB).denominator == 1
    return Measure(gib, None if whole else float(_BYTE_GIB))


_THOUSANDTH, _HUNDREDTH = Measure(Fraction(1, 1000)), Measure(Fraction(1, 100))
# Normalised amounts, 1 the largest machine.
_FRACTION = {"fraction": Measure(Fraction(1), UNIT_OTHER)}
BYTES = {
    "B": _bytes(1),
    **{f"{letter}B": _bytes(1000**power) for power, letter in enumerate("KMGT", 1)},
    **{f"{letter}iB": _bytes(1024**power) for power, letter in enumerate("KMGT", 1)},
}
CPU = {
    "cores": Measure(Fraction(1)),
    "millicores": _THOUSANDTH,
    "percent": _HUNDREDTH,
    **_FRACTION,
}
GPU = {"devices": Measure(Fraction(1)), "thousandths": _THOUSANDTH, "percent": _HUNDREDTH}
TIMES = {
    "ns": Measure(Fraction(1, 10**9)),
    "us": Measure(Fraction(1, 10**6)),
    "ms": Measure(Fraction(1, 1000)),
    "s": Measure(Fraction(1)),
    "min": Measure(Fraction(60)),
    "h": Measure(Fraction(3600)),
    "days": Measure(Fraction(86400)),
}


def of(resource: str) -> dict[str, Measure]:
    """The units that a resource may be given in, by name."""
    if resource == "cpu":
        return CPU
    if resource == "gpu":
        return GPU
    return {**BYTES, **_FRACTION}


def default(resource: str) -> str:
    """The unit of a resource that says none."""
    return {"cpu": "cores", "gpu": "devices", "mem": "GiB"}.get(resource, "1")


def named(unit: object, known: dict[str, Measure]) -> Measure | None:
    """The measure that a name or a number stands for, None where it stands for none."""
    if isinstance(unit, (int, float)) and not isinstance(unit, bool):
        return Measure(Fraction(str(unit))) if 1e-12 <= unit <= 1e12 else None
    return known.get(unit) if isinstance(unit, str) else None


def hint(unit: object, known: dict[str, Measure]) -> str | None:
    """The names nearest to a unit that is none: the same in another case, else like ones."""
    same = [name for name in known if name.lower() == str(unit).lower()]
    return f"did you mean {same[0]}?" if same else nearest(str(unit), known)


def finest(resource: str, measures: list[Measure]) -> float:
    """What a trace counts a resource in, so that all of these amounts can be whole."""
    own = UNITS.get(resource, UNIT_OTHER)
    return min([own, *(m.unit for m in measures if m.unit is not None)])
