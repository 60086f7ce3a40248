"""Mixtures of log-normals: what they were drawn from is found again, censored or not."""

from __future__ import annotations

import numpy as np
import pytest

from traces.fitted import mixture
from traces.fitted.mixture import Floats, Sample


def lives(count: int, seed: int = 0) -> Floats:
    """A third of median 300 s and sigma 0.4, two of 20,000 s and 0.8."""
    random = np.random.default_rng(seed)
    short = random.random(count) < 1 / 3
    noise = random.standard_normal(count)
    return np.where(short, np.log(300) + 0.4 * noise, np.log(20000) + 0.8 * noise)


def test_two_log_normals_are_found_again() -> None:
    logs = lives(20_000)
    found = mixture.fit(Sample.of(logs, np.ones(logs.size, bool)))
    share = np.array([0.05, 0.25, 0.5, 0.75, 0.95, 0.99])
    drawn, _ = mixture.drawn(found, (np.arange(50_000) + 0.5) / 50_000)
    assert np.quantile(drawn, share) == pytest.approx(np.exp(np.quantile(logs, share)), rel=0.06)
    assert drawn.mean() == pytest.approx(np.exp(logs).mean(), rel=0.05)
    short = [one for one in found if one.median_s < 2000]
    assert sum(one.weight for one in short) == pytest.approx(1 / 3, abs=0.02)


def test_what_is_only_known_to_be_longer_is_not_taken_for_an_end() -> None:
    logs = lives(20_000)
    watched = np.log(np.random.default_rng(1).uniform(1000, 60_000, logs.size))
    known = logs < watched
    found = mixture.fit(Sample.of(np.where(known, logs, watched), known))
    drawn, _ = mixture.drawn(found, (np.arange(50_000) + 0.5) / 50_000)
    assert np.median(drawn) == pytest.approx(float(np.exp(np.median(logs))), rel=0.1)
    seen = np.minimum(drawn, 60_000).mean()
    assert seen == pytest.approx(np.minimum(np.exp(logs), 60_000).mean(), rel=0.05)


def test_those_that_never_end_are_counted() -> None:
    logs = lives(5_000)
    never = np.random.default_rng(2).random(logs.size) < 0.3
    watched = np.log(1e9)
    found = mixture.fit(Sample.of(np.where(never, watched, logs), ~never))
    assert found[-1].median_s == np.inf
    assert found[-1].weight == pytest.approx(0.3, abs=0.03)
    life, part = mixture.drawn(found, np.array([0.001, 0.999]))
    assert np.isfinite(life[0])
    assert life[1] == np.inf
    assert part[1] == len(found) - 1


def test_where_no_end_is_known_nothing_ends() -> None:
    (only,) = mixture.fit(Sample.of(np.log([100.0, 200.0]), np.zeros(2, bool)))
    assert (only.weight, only.median_s) == (1.0, np.inf)


def test_a_spike_is_kept_and_one_value_is_no_component() -> None:
    logs = np.concatenate([lives(4000), np.full(200, np.log(604_800.0))])
    found = mixture.fit(Sample.of(logs, np.ones(logs.size, bool)))
    near = [one for one in found if 500_000 < one.median_s < 700_000]
    assert sum(one.weight for one in near) == pytest.approx(200 / 4200, rel=0.2)
    few = mixture.fit(Sample.of(np.log([10.0, 100.0, 1000.0, 5e6]), np.ones(4, bool)))
    assert len(few) == 1


def test_parts_say_how_likely_each_component_is() -> None:
    logs = lives(10_000)
    found = mixture.fit(Sample.of(logs, np.ones(logs.size, bool)))
    parts = mixture.parts(found, np.log([250.0, 30_000.0, 1000.0]), np.array([True, True, False]))
    assert parts.sum(axis=1) == pytest.approx(1.0)
    long = np.array([one.median_s > 2000 for one in found])
    assert parts[0, ~long].sum() > 0.9
    assert parts[1, long].sum() > 0.99
    assert parts[2, long].sum() > 0.9  # watched for 1,000 s and alive
