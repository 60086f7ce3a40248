"""Runs told from state events: the same whatever the order of rows and wherever a part ends."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.borg.lives import END, EVENTS, SCHEDULE, SUBMIT, UPDATE, Stream, runs
from traces.borg.window import SLACK_US, START_US

Event = tuple[int, int]  # minutes after the start, kind


def events(told: Sequence[tuple[int, int, int]]) -> pl.DataFrame:
    """Events of (task, minute, kind), each on a machine of its own."""
    rows = [
        (task, 0, START_US + minute * 60_000_000, kind, place, 0, 0.1, 0.1)
        for place, (task, minute, kind) in enumerate(told)
    ]
    return pl.DataFrame(rows, schema=EVENTS, orient="row")


def minutes(frame: pl.DataFrame) -> list[tuple[int | None, ...]]:
    """The submit, schedule and end of runs, in minutes."""
    times = pl.col("submit", "schedule", "end")
    return frame.select((times - START_US) // 60_000_000).rows()


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([(0, SUBMIT), (1, SCHEDULE), (5, END)], [(0, 1, 5)]),
        # Evicted and submitted again at once.
        ([(0, SUBMIT), (0, SCHEDULE), (5, SUBMIT), (5, END)], [(0, 0, 5), (5, None, None)]),
        # Evicted, submitted and scheduled again at once.
        (
            [(0, SUBMIT), (1, SCHEDULE), (5, SCHEDULE), (5, SUBMIT), (5, END), (9, END)],
            [(0, 1, 5), (5, 5, 9)],
        ),
        # Submitted and killed at once, where nothing was there before.
        ([(3, END), (3, SUBMIT)], [(3, None, 3)]),
        # Killed twice: the second end is of nothing.
        ([(0, SUBMIT), (1, SCHEDULE), (2, END), (3, END)], [(0, 1, 2), (None, None, 3)]),
        # Submitted again without an end.
        ([(0, SUBMIT), (1, SCHEDULE), (4, SUBMIT), (6, SCHEDULE)], [(0, 1, 4), (4, 6, None)]),
        # Submitted twice before it ran, moved without an end.
        ([(0, SUBMIT), (2, SUBMIT), (3, SCHEDULE), (4, SCHEDULE), (7, END)], [(0, 3, 7)]),
        # Updates begin and end nothing.
        ([(0, UPDATE), (1, SUBMIT), (2, SCHEDULE), (3, UPDATE), (4, END)], [(1, 2, 4)]),
        ([(0, SUBMIT), (1, END), (2, UPDATE)], [(0, None, 1), (None, None, None)]),
        # Scheduled again without a submit.
        ([(0, SUBMIT), (1, SCHEDULE), (2, END), (3, SCHEDULE)], [(0, 1, 2), (None, 3, None)]),
    ],
)
def test_runs_end_where_the_task_did_whatever_the_order_of_an_instants_rows(
    told: list[Event], expected: list[tuple[int | None, ...]]
) -> None:
    for order in itertools.islice(itertools.permutations(told), 24):
        frame, left = runs(events([(1, *event) for event in order]))
        assert minutes(frame) == expected
        assert frame["events"].sum() == len(told)
        assert left.height == frame.filter(pl.col("end").is_null())["events"].sum()


def test_a_tasks_first_updates_do_not_follow_from_the_task_before() -> None:
    told = [(1, 0, SUBMIT), (1, 1, SCHEDULE), (2, 2, UPDATE), (2, 3, SUBMIT)]
    assert minutes(runs(events(told))[0]) == [(0, 1, None), (3, None, None)]


MANY = st.lists(
    st.tuples(
        st.integers(1, 3), st.integers(0, 60), st.sampled_from([SUBMIT, SCHEDULE, END, UPDATE])
    ),
    max_size=30,
)


@given(told=MANY, cuts=st.lists(st.integers(0, 60), max_size=4))
def test_a_stream_tells_what_all_events_at_once_would(
    told: list[tuple[int, int, int]], cuts: list[int]
) -> None:
    whole = runs(events(told))[0]
    stream, found = Stream(), []
    for low, high in itertools.pairwise([0, *sorted(cuts), 61]):
        part = events(told).filter(
            (pl.col("time") - START_US).is_between(low * 60_000_000, high * 60_000_000 - 1)
        )
        found.append(stream.take(part))
        assert stream.settled_us <= max(0, START_US + high * 60_000_000 - SLACK_US)
    found.append(stream.close())
    key = ("job", "first", "submit", "schedule", "end", "machine")
    streamed = pl.concat(found).sort(*key, "events").drop("first")
    assert streamed.equals(whole.sort(*key, "events").drop("first"))
    assert streamed["events"].sum() == len(told)
