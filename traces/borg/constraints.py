"""Which machines tasks may use by what they demand of machines' attributes: classes of machines.

A demand is compared with the attribute as text (= and ≠) or as a number (the orders). A machine
without the attribute has the empty text, and no number that an order could hold of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from traces.classes import TooMany, tell_apart
from traces.schema import MODELS_MAX

EQUAL, NOT_EQUAL, LESS, GREATER, AT_MOST, AT_LEAST, PRESENT, NOT_PRESENT = range(8)
DEMAND = ("relation", "name", "value")
_NOTHING = pl.DataFrame(schema={"place": pl.Int64, "value": pl.String})
_ORDERS: Mapping[int, Callable[[NDArray[np.float64], float], NDArray[np.bool_]]] = {
    LESS: np.less,
    GREATER: np.greater,
    AT_MOST: np.less_equal,
    AT_LEAST: np.greater_equal,
}


class Demand(NamedTuple):
    """One constraint: the attribute, how it is compared and with what."""

    relation: int
    name: str
    value: str


class Constraints:
    """Sets of demands by their codes, 0 the one without any; distinct ones are held once."""

    def __init__(self) -> None:
        self._demands: dict[Demand, int] = {}
        self._sets: dict[str, int] = {"": 0}

    def coded(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with `demand`, a code, in place of relation, name and value."""
        distinct = frame.select(DEMAND).unique(maintain_order=True)
        codes = [
            self._demands.setdefault(Demand(relation, name, value or ""), len(self._demands))
            for relation, name, value in distinct.iter_rows()
        ]
        demand = pl.Series("demand", codes, pl.UInt32)
        return frame.join(
            distinct.with_columns(demand), on=DEMAND, how="left", nulls_equal=True
        ).drop(DEMAND)

    def sets(self, frame: pl.DataFrame, of: Sequence[str]) -> pl.DataFrame:
        """A row for each of the keys `of`, with `set`, the code of all its demands."""
        demands = pl.col("demand").unique().sort().cast(pl.String).str.join(",")
        grouped = frame.group_by(of, maintain_order=True).agg(demands.alias("text"))
        distinct = grouped.select("text").unique(maintain_order=True)
        codes = [self._sets.setdefault(text, len(self._sets)) for text in distinct["text"]]
        coded = distinct.with_columns(pl.Series("set", codes, pl.UInt32))
        return grouped.join(coded, on="text", how="left").drop("text")

    def names(self) -> list[str]:
        """The attributes that something is demanded of."""
        return sorted({demand.name for demand in self._demands})

    def demanded(self, codes: Sequence[int]) -> list[list[Demand]]:
        """The demands of some sets."""
        texts, demands = list(self._sets), list(self._demands)
        return [[demands[int(code)] for code in texts[c].split(",") if code] for c in codes]


@dataclass(frozen=True)
class Placing:
    """models: each machine's class; of: the classes that a set of demands leaves, by its code,
    None where all may be used; assumed: what could not be held.
    """

    models: pl.Series
    of: Mapping[int, str | None]
    assumed: tuple[str, ...]


def place(
    machines: pl.DataFrame,
    sets: Mapping[int, int],
    constraints: Constraints,
    attributes: pl.DataFrame | None,
) -> Placing:
    """Classes of machines, by platform and by what tasks demand.

    machines: `machine`, `model` (the platform). sets: of codes, how many tasks have each.
    attributes: `machine`, `name`, `value`, one row a machine and attribute; None where there is no
    table of them.
    """
    demanding = {code: count for code, count in sets.items() if code}
    count = sum(demanding.values())
    if demanding and attributes is not None:
        judge = _Judge(machines["machine"], attributes)
        demands = constraints.demanded(list(demanding))
        masks = dict(zip(demanding, map(judge.mask, demands), strict=True))
        placing = _classes(machines, masks)
        if placing is not None:
            return Placing(placing.models, placing.of, tuple(judge.said()))
        why = f"they tell more than {MODELS_MAX} classes of machines apart"
    else:
        why = "there is no table of machines' attributes"
    plain = _classes(machines, {})
    said = [f"tasks with constraints that are left out, since {why}: {count:,}"] if count else []
    if plain is not None:
        return Placing(plain.models, {}, tuple(said))
    said.append(f"platforms are left out: more than {MODELS_MAX} of them")
    return Placing(pl.repeat(None, machines.height, dtype=pl.String, eager=True), {}, tuple(said))


def _classes(machines: pl.DataFrame, masks: Mapping[int, int]) -> Placing | None:
    """Classes by these masks, None where there are too many."""
    kinds = machines["model"].to_list()
    try:
        classes = tell_apart(kinds, ["machine"] * len(kinds), masks.values())
    except TooMany:
        return None
    models = pl.Series([classes.name(i) for i in range(len(kinds))], dtype=pl.String)
    return Placing(models, {code: classes.allowed(mask) for code, mask in masks.items()}, ())


class _Judge:
    """Holds demands against the attributes of machines."""

    def __init__(self, machines: pl.Series, attributes: pl.DataFrame) -> None:
        self._count = machines.len()
        place = pl.DataFrame({"machine": machines, "place": range(machines.len())})
        self._told = {
            str(name): frame
            for (name,), frame in attributes.join(place, on="machine")
            .partition_by("name", as_dict=True)
            .items()
        }
        self._known: dict[Demand, NDArray[np.bool_]] = {}
        self._unjudged: set[Demand] = set()

    def mask(self, demands: Sequence[Demand]) -> int:
        """The machines that meet all demands, as `classes` has them."""
        may = np.ones(self._count, bool)
        for demand in demands:
            if demand not in self._known:
                self._known[demand] = self._met(demand)
            may &= self._known[demand]
        return int.from_bytes(np.packbits(may, bitorder="little").tobytes(), "little")

    def said(self) -> Iterator[str]:
        """What could not be judged."""
        if self._unjudged:
            yield f"constraints left out since they compare with no number: {len(self._unjudged):,}"

    def _met(self, demand: Demand) -> NDArray[np.bool_]:
        there: NDArray[np.bool_] = np.zeros(self._count, bool)
        frame = self._told.get(demand.name, _NOTHING)
        at = frame["place"].to_numpy()
        there[at] = True
        if demand.relation in (PRESENT, NOT_PRESENT):
            return there if demand.relation == PRESENT else ~there
        values = frame["value"].fill_null("")
        if demand.relation in (EQUAL, NOT_EQUAL):
            same: NDArray[np.bool_] = np.full(self._count, demand.value == "")
            same[at] = (values == demand.value).to_numpy()
            return same if demand.relation == EQUAL else ~same
        try:
            bound = float(demand.value)
        except ValueError:
            self._unjudged.add(demand)
            return np.ones(self._count, bool)
        numbers = np.full(self._count, np.nan)
        numbers[at] = values.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
        return _ORDERS[demand.relation](numbers, bound)


def first_told(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Of rows `time`, `machine`, `name`, `value`, the earliest of each machine and name."""
    rows = pl.concat(frames).sort("time", maintain_order=True)
    return rows.unique(["machine", "name"], keep="first", maintain_order=True)
