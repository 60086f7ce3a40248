"""Machines that come, go and change: what each has at the start, and the events that matter."""

from __future__ import annotations

import polars as pl
import pytest

from traces.borg.fleet import ADD, REMOVE, UPDATE, Fleet, fleet
from traces.borg.window import START_US, Window
from traces.errors import TraceError

UNITS = {"cpu": 1e-9, "mem": 1e-9}
SCHEMA = {
    "time": pl.Int64,
    "machine": pl.Int64,
    "kind": pl.Int8,
    "cpu": pl.Float64,
    "mem": pl.Float64,
    "model": pl.String,
    "rack": pl.String,
}

TELL = "rows of machine_events that tell what machines are, or nothing of them later"


def told(*rows: tuple[float, int, float | None], hours: float | None = None) -> Fleet:
    """The fleet of one machine by (seconds, kind, how much it has of each)."""
    frame = pl.DataFrame(
        [
            (START_US + int(second * 1e6), 1, kind, size, size, f"model {second}", None)
            for second, kind, size in rows
        ],
        schema=SCHEMA,
        orient="row",
    )
    return fleet(frame, Window(hours), UNITS, "machine_events")


def happened(made: Fleet) -> list[tuple[object, ...]]:
    return made.events.select("time", "kind", "cpu").rows()


def test_a_machine_has_what_was_last_said_before_the_start() -> None:
    made = told((-600, ADD, 0.5), (-1, UPDATE, 0.75), (5, UPDATE, 1.0))
    assert made.machines["cpu"].to_list() == [0.75]
    assert made.machines["model"].to_list() == ["model -600"]
    assert happened(made) == [(5.0, "update", 1.0)]


def test_a_machine_that_states_nothing_until_later_has_that_from_the_start() -> None:
    made = told((-600, ADD, None), (5, UPDATE, 0.5), (6, UPDATE, 0.25))
    assert made.machines["cpu"].to_list() == [0.5]
    assert happened(made) == [(6.0, "update", 0.25)]
    assert made.assumed == (
        "events of machines left out since they change nothing: 1",
        f"{TELL}: 2",
    )


@pytest.mark.parametrize("first", [REMOVE, UPDATE])
def test_a_machine_that_is_first_told_otherwise_than_by_an_add_is_there_from_the_start(
    first: int,
) -> None:
    made = told((3, first, 0.5 if first == UPDATE else None), (9, ADD, 0.5))
    expected = [(3.0, "remove", None), (9.0, "add", 0.5)] if first == REMOVE else []
    assert happened(made) == expected


def test_adding_what_is_there_changes_it_and_removing_what_is_not_changes_nothing() -> None:
    made = told((1, ADD, 0.5), (2, ADD, 0.25), (3, REMOVE, None), (4, REMOVE, 0.5), (5, ADD, None))
    assert happened(made) == [
        (1.0, "add", 0.5),
        (2.0, "update", 0.25),
        (3.0, "remove", None),
        (5.0, "add", 0.25),
    ]


def test_a_change_while_it_is_away_is_what_it_has_when_it_is_back() -> None:
    made = told((-600, ADD, 0.5), (1, REMOVE, None), (2, UPDATE, 0.25), (3, ADD, None))
    assert happened(made) == [(1.0, "remove", None), (3.0, "add", 0.25)]


def test_a_machine_that_left_before_the_start_is_there_once_it_is_back() -> None:
    made = told((-600, ADD, 0.5), (-5, REMOVE, None), (7, ADD, None))
    assert made.machines["cpu"].to_list() == [0.5]
    assert happened(made) == [(7.0, "add", 0.5)]
    with pytest.raises(TraceError, match="found no machine with a capacity, expected at least one"):
        told((-600, ADD, 0.5), (-5, REMOVE, None))
    with pytest.raises(TraceError, match="found no machine with a capacity"):
        told((7200, ADD, 0.5), hours=1)


def test_amounts_are_whole_units_and_what_was_rounded_is_counted() -> None:
    made = told((-600, ADD, 1 / 3))
    assert made.machines["cpu"].to_list() == [0.333333333]
    rounded = "events of machines whose capacity was rounded to whole units: 1"
    assert made.assumed == (f"{TELL}: 1", rounded)
