"""A survey tells what a person has to know of a trace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import traces


def test_the_hand_made_folder_is_surveyed_to_the_figure(canonical: Callable[..., Path]) -> None:
    survey = traces.check(traces.read(canonical()))
    assert (survey.tasks, survey.machines, survey.jobs, survey.span_s) == (3, 3, 2, 15.0)
    assert survey.totals == {"cpu": 28.0, "mem": 224.0, "gpu": 3.0}
    assert survey.requested == {"cpu": 19.0, "mem": 6.5, "gpu": 2.5}
    assert survey.largest_machine == {"cpu": 16.0, "mem": 128.0, "gpu": 2.0}
    assert survey.largest_request == {"cpu": 16.0, "mem": 4.0, "gpu": 2.0}
    assert survey.machines_by_model == {"T4": 1, "A10": 1, "": 1}
    assert (survey.machine_types, survey.shapes) == (3, 3)
    assert (survey.alive_at_start, survey.lifetimes_unknown) == (1, 1)
    assert survey.unknown == ()
    assert survey.warnings == ()
    # Of the span from 0 to 15 s, a holds 1 core for 10 s, b 2 cores from 1.5 s on, c 16 all along.
    held = 1 * 10 + 2 * 13.5 + 16 * 15
    assert survey.offered_pct is not None
    assert survey.offered_pct["cpu"] == pytest.approx(100 * held / (28 * 15))


def test_odd_tasks_are_warned_of(canonical: Callable[..., Path]) -> None:
    rows = "id,submit,lifetime,cpu,mem,gpu\na,0,0,1,0,0\nb,0,5,0,0,0\nc,1,1,1,1,0\n"
    survey = traces.check(traces.read(canonical({"tasks.csv": rows})))
    assert survey.warnings == (
        "1 task lives 0 s (counts as 1 ms)",
        "1 task asks for nothing at all",
        "1 task asks for 0 cpu",
        "2 tasks ask for 0 mem",
        "no task asks for gpu",
    )
    assert survey.unknown == ("models", "max_per_machine", "machine")


def test_load_is_left_open_where_lifetimes_are_unknown(canonical: Callable[..., Path]) -> None:
    rows = "id,submit,cpu,mem,gpu\na,0,1,1,0\nb,9,1,1,0\n"
    survey = traces.check(traces.read(canonical({"tasks.csv": rows})))
    assert survey.offered_pct is None
    assert survey.lifetimes_unknown == 2
