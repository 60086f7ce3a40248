"""How like a trace a synthetic one is: distances of marginals, of the mix, arrivals hour by hour.

The Kolmogorov-Smirnov distance is the largest difference of two distribution functions, the
Wasserstein distance of order one the area between them, in the unit of the value; the mix is
compared by total variation, half the sum of differences of shares. The same distances from a trace
to itself with its jobs drawn anew, with replacement, tell how much of them is luck.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from traces.fitted.lots import Floats
from traces.fitted.resampled import anew
from traces.trace import Trace

HOURS = 48
HOUR_S = 3600.0
_RESAMPLED = 0xB007


@dataclass(frozen=True)
class Marginal:
    """One value of two traces: means, distances; and the distances that luck alone makes."""

    what: str
    unit: str
    mean: float
    mean_fitted: float
    ks: float
    wasserstein: float
    ks_by_luck: float | None = None
    wasserstein_by_luck: float | None = None


@dataclass(frozen=True)
class Likeness:
    """marginals; mix: total variation of kinds of requests, of tasks and of what they hold;
    arrivals: autocorrelations per hour, lags from 1, of tasks and of jobs, of both traces."""

    marginals: tuple[Marginal, ...]
    mix: float
    mix_by_luck: float
    mix_held: float
    mix_held_by_luck: float
    arrivals: Mapping[str, Floats] = field(default_factory=dict)


def likeness(trace: Trace, fitted: Trace) -> Likeness:
    """Compares a trace with a synthetic one of the same resources."""
    real, other = _Seen.of(trace), _Seen.of(fitted)
    again = real.resampled()
    marginals = []
    for what, unit in real.values:
        if what in other.values_by_name:
            marginals.append(_marginal(what, unit, real, other, again))
    mixes = {
        (weight, of): _variation(real.mix(weight), one.mix(weight))
        for weight in ("tasks", "held")
        for of, one in (("fitted", other), ("luck", again))
    }
    arrivals: dict[str, Floats] = {}
    for name, one in (("", real), ("_fitted", other)):
        for what, times in (("tasks", one.submit), ("jobs", one.jobs)):
            arrivals[what + name] = autocorrelation(times, one.span_s)
    return Likeness(
        tuple(marginals),
        mixes["tasks", "fitted"],
        mixes["tasks", "luck"],
        mixes["held", "fitted"],
        mixes["held", "luck"],
        arrivals,
    )


def autocorrelation(submit: Floats, span_s: float) -> Floats:
    """Of the counts per whole hour, at lags of 1 to 48 hours; NaN where there are too few."""
    found = np.full(HOURS, np.nan)
    hours = int(span_s // HOUR_S)
    if hours < 3:
        return found
    counts = np.bincount((submit / HOUR_S).astype(np.int64), minlength=hours)[:hours]
    rest = counts - counts.mean()
    whole = float((rest**2).sum())
    for lag in range(1, min(HOURS, hours - 1) + 1):
        found[lag - 1] = float((rest[lag:] * rest[:-lag]).sum()) / whole if whole > 0 else np.nan
    return found


@dataclass(frozen=True)
class _Seen:
    """A trace's tasks with what is compared. values_by_name: one array each."""

    frame: pl.DataFrame
    resources: tuple[str, ...]
    span_s: float
    values: tuple[tuple[str, str], ...]
    values_by_name: Mapping[str, Floats]

    @classmethod
    def of(cls, trace: Trace) -> _Seen:
        """The tasks of a trace; what outlives it lives to its end."""
        left = pl.max_horizontal(trace.span_s - pl.col("submit"), 0.0)
        frame = trace.tasks.with_columns(
            pl.coalesce("lifetime", left).alias("seen"),
            pl.struct(*trace.resources, "models", "max_per_machine").alias("kind"),
        ).collect()
        return cls.from_frame(frame, trace.resources, trace.span_s)

    @classmethod
    def from_frame(cls, frame: pl.DataFrame, resources: tuple[str, ...], span_s: float) -> _Seen:
        """Of tasks in canonical columns with `seen` seconds and `kind`."""
        jobs = _jobs(frame)
        gaps = np.diff(jobs["submit"].to_numpy()) if jobs.height > 1 else np.zeros(0)
        found = {
            **{name: frame[name].to_numpy().astype(np.float64) for name in resources},
            "lifetime": frame["seen"].to_numpy() / HOUR_S,
            "between jobs": gaps,
            "tasks a job": jobs["len"].to_numpy().astype(np.float64),
        }
        units = {"cpu": "cores", "mem": "GiB", "gpu": "devices", "lifetime": "h"}
        units |= {"between jobs": "s", "tasks a job": "tasks"}
        named = tuple((name, units.get(name, "")) for name, some in found.items() if some.size)
        return cls(frame, resources, span_s, named, {name: found[name] for name, _ in named})

    @property
    def submit(self) -> Floats:
        """When tasks arrive, seconds; none of those that were there."""
        return self.frame.filter(~pl.col("alive_at_start"))["submit"].to_numpy()

    @property
    def jobs(self) -> Floats:
        """When jobs first arrive, seconds."""
        return _jobs(self.frame)["submit"].to_numpy()

    def mix(self, weight: str) -> pl.DataFrame:
        """The share of each kind, of tasks or of the time that they run."""
        value = pl.len() if weight == "tasks" else pl.col("seen").sum()
        made = self.frame.group_by("kind").agg(value.cast(pl.Float64).alias("share"))
        return made.with_columns(pl.col("share") / pl.max_horizontal(pl.col("share").sum(), 1e-300))

    def resampled(self) -> _Seen:
        """The same with as many jobs drawn from its own."""
        rows = anew(self.frame, np.random.default_rng(_RESAMPLED))
        return _Seen.from_frame(rows, self.resources, self.span_s)


def _jobs(frame: pl.DataFrame) -> pl.DataFrame:
    """When each job first arrives, and how many tasks it has; in order of arrival."""
    made = frame.filter(~pl.col("alive_at_start")).group_by("job")
    return made.agg(pl.col("submit").min(), pl.len()).sort("submit", "job")


def _marginal(what: str, unit: str, real: _Seen, other: _Seen, again: _Seen) -> Marginal:
    a, b, c = (one.values_by_name[what] for one in (real, other, again))
    ks, area = _distances(a, b)
    # Jobs drawn anew come when others do already: their gaps tell nothing.
    luck = (None, None) if what == "between jobs" else _distances(a, c)
    return Marginal(what, unit, float(a.mean()), float(b.mean()), ks, area, *luck)


def _distances(a: Floats, b: Floats) -> tuple[float, float]:
    """Kolmogorov-Smirnov and Wasserstein distance of two samples."""
    values, counts = np.unique(np.concatenate([a, b]), return_inverse=True)
    counts = counts.reshape(-1)
    first = np.bincount(counts[: a.size], minlength=values.size).cumsum() / a.size
    second = np.bincount(counts[a.size :], minlength=values.size).cumsum() / b.size
    off = np.abs(first - second)
    return float(off.max()), float((off[:-1] * np.diff(values)).sum())


def _variation(a: pl.DataFrame, b: pl.DataFrame) -> float:
    both = a.join(b, on="kind", how="full", suffix="_other", nulls_equal=True)
    shares = both.select(pl.col("share", "share_other").fill_null(0.0)).to_numpy()
    return 0.5 * float(np.abs(shares[:, 0] - shares[:, 1]).sum())
