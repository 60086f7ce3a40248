"""What a heuristic is told of lifetimes, and that tasks live on as they do."""

from __future__ import annotations

import numpy as np
import pytest

import heuristics
import sim
import traces
from sim import layout
from sim.predictions import Predictions
from sim.rules import Rules

LIFE = np.full(20_001, 3_600_000, np.int64)


def test_guesses_are_as_far_off_as_was_asked_and_fair_in_the_median() -> None:
    told = Predictions("noisy", 0.7).of(LIFE, (1, 2))
    error = np.log(told / LIFE)
    assert np.median(error) == pytest.approx(0.0, abs=0.02)
    assert error.std() == pytest.approx(0.7, abs=0.02)
    assert np.array_equal(told, Predictions("noisy", 0.7).of(LIFE, (1, 2)))
    assert not np.array_equal(told, Predictions("noisy", 0.7).of(LIFE, (1, 3)))


def test_what_has_no_end_is_guessed_to_have_none() -> None:
    life = np.array([layout.FOREVER, 1, layout.FOREVER])
    for kind in ("oracle", "noisy", "none"):
        told = Predictions(kind, 10.0).of(life, (0,))
        assert told[0] == told[2] == layout.FOREVER
        assert told[1] >= 1


def test_a_stream_keeps_its_lifetimes_whatever_is_told_of_them() -> None:
    trace = traces.load("synthetic", tasks=500, machines=40)
    rows = {
        kind: np.concatenate(
            list(
                sim.workload(
                    trace, hours=2.0, rules=Rules(predictions=Predictions(kind))
                ).everything()
            ),
            axis=1,
        )
        for kind in ("oracle", "noisy", "none")
    }
    for found in rows.values():
        assert np.array_equal(found[layout.LIFE], rows["oracle"][layout.LIFE])
    assert np.array_equal(rows["oracle"][layout.PREDICTED], rows["oracle"][layout.LIFE])
    assert (rows["none"][layout.PREDICTED] == layout.FOREVER).all()
    assert (rows["noisy"][layout.PREDICTED] != rows["noisy"][layout.LIFE]).mean() > 0.9


@pytest.mark.parametrize("kind", ["noisy", "none"])
def test_only_rules_that_look_at_lifetimes_decide_otherwise(kind: str) -> None:
    trace = traces.load("synthetic", tasks=500, machines=40)
    for name, differs in (("lava", True), ("best_fit", False)):
        used = [
            sim.replay(
                sim.workload(trace, hours=12.0, load=0.9, rules=Rules(predictions=told)),
                heuristics.get(name),
            ).used.tolist()
            for told in (Predictions("oracle"), Predictions(kind, 3.0))
        ]
        assert (used[0] != used[1]) == differs


def test_what_is_told_is_said_beside_the_result() -> None:
    trace = traces.load("synthetic", tasks=500, machines=40)
    said = [
        sim.workload(trace, rules=Rules(predictions=Predictions(kind, 0.5))).assumed[-1]
        for kind in ("oracle", "noisy", "none")
    ]
    assert said == [
        "lifetimes known to the heuristic",
        "lifetimes guessed for the heuristic, log-normal error of sigma 0.5",
        "lifetimes not known to the heuristic",
    ]


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (Predictions("best"), "predictions=best: expected one of oracle, noisy, none"),
        (Predictions("noisy", -1.0), "sigma=-1.0: expected 0 to 10"),
        (Predictions("noisy", float("nan")), "sigma=nan: expected 0 to 10"),
    ],
)
def test_a_prediction_that_cannot_be_is_refused(told: Predictions, error: str) -> None:
    with pytest.raises(sim.SimError) as caught:
        sim.workload(
            traces.load("synthetic", tasks=100, machines=10), rules=Rules(predictions=told)
        )
    assert str(caught.value) == error
