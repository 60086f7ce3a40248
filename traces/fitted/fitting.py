"""A model of a trace: what makes it what it is for a scheduler, and no row of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from traces.errors import TraceError
from traces.fitted import arrivals, copula, mixture, profiles
from traces.fitted.laws import Lives, band, laws_of, lives_of
from traces.fitted.lots import Floats, Ints
from traces.fitted.mixture import Sample
from traces.fitted.model import Component, Kind, Machines, Model, Sizes
from traces.fitted.observed import Observed, Tasks, observed
from traces.trace import Trace

SERVICES_POINTS = 16
SIZES_MAX = 16


def fit(trace: Trace) -> Model:
    """Fits a model to a trace, which is held in memory. Raises TraceError for one without tasks.

    What is fitted and what is left out is told in docs/fitted.md, and in `assumed`.
    """
    if not trace.task_count:
        raise TraceError(file=trace.name, found="no tasks", expected="a trace with tasks")
    seen = observed(trace)
    kinds, step = seen.requests.kinds, seen.steps_s[1]
    held = _held(kinds, trace.machines.select(trace.resources).collect(), seen)
    lives = [lives_of(some, held[some.kind], step) for some in (seen.arriving, seen.alive)]
    table, of = _profiles(seen, lives)
    arrive = arrivals.fit(seen.arriving.batches.submit, seen.steps_s[0])
    coming = laws_of(seen.arriving, lives[0], of[0], first=0, span_s=arrive.span_s)
    alive = laws_of(seen.alive, lives[1], of[1], first=len(coming.laws), span_s=0.0)
    beside = _beside(seen.arriving, len(kinds)) + _beside(seen.alive, len(kinds))
    jobs, services = _services(seen, len(kinds))
    return Model(
        name=trace.name,
        sha256=trace.sha256,
        tasks=trace.task_count,
        start_tasks=len(seen.alive),
        resources=trace.resources,
        units=dict(trace.units),
        machines=_machines(trace),
        arrivals=arrive,
        end_s=seen.end_s,
        steps_s=seen.steps_s,
        sizes=_sizes(seen.arriving),
        start_sizes=_sizes(seen.alive),
        profiles=table,
        laws=(*coming.laws, *alive.laws),
        kinds=tuple(
            replace(
                kind,
                arrivals=coming.cells.get(number, ()),
                start=alive.cells.get(number, ()),
                beside=int(beside[number]),
                jobs=int(jobs[number]) if services else 0,
            )
            for number, kind in enumerate(kinds)
        ),
        remainder=seen.requests.remainder,
        services=services,
        ages=_ages(seen),
        advice=trace.advice,
        ordered=trace.ordered,
        snapshot=trace.snapshot,
        unplaceable=trace.unplaceable > 0,
        closed=seen.closed,
        assumed=tuple(_left_out(trace, seen)),
    )


def _held(kinds: tuple[Kind, ...], machines: pl.DataFrame, seen: Observed) -> Floats:
    """What a task of each kind asks for: its largest share of the fleet, or of all requests."""
    none = (0.0,) * machines.width
    amounts = np.array([kind.amounts or none for kind in kinds])
    counts = np.bincount(seen.requests.kind, minlength=len(kinds))
    whole = np.array(machines.sum().row(0)) if machines.height else counts @ amounts
    share = (amounts / np.where(whole > 0, whole, 1.0)).max(axis=1)
    drawn = np.array([kind.amounts is None for kind in kinds])
    if drawn.any() and not drawn.all():
        share[drawn] = np.average(share[~drawn], weights=counts[~drawn])
    return np.asarray(share if share.any() else np.ones(len(kinds)))


def _profiles(
    seen: Observed, lives: list[Lives]
) -> tuple[tuple[tuple[float, ...], ...], list[Ints]]:
    """The profiles of batches of several tasks, and which each batch has, −1 for those of one."""
    several = [
        (some.batches.size > 1) & one.told
        for some, one in zip((seen.arriving, seen.alive), lives, strict=True)
    ]
    curve = np.vstack([one.curve[many] for one, many in zip(lives, several, strict=True)])
    held = np.concatenate([one.held[many] for one, many in zip(lives, several, strict=True)])
    weight = np.full(held.size, 0.5) + 0.5 * held.size * held / max(held.sum(), 1e-300)
    table, found = profiles.cluster(curve, weight)
    of: list[Ints] = [np.full(many.size, -1, np.int64) for many in several]
    of[0][several[0]] = found[: several[0].sum()]
    of[1][several[1]] = found[several[0].sum() :]
    return tuple(map(tuple, np.exp(table).tolist())), of


def _machines(trace: Trace) -> tuple[Machines, ...]:
    names = ["model", *trace.resources]
    frame = trace.machines.group_by(names, maintain_order=True).len("count").collect()
    return tuple(
        Machines(row["count"], tuple(row[name] for name in trace.resources), row["model"])
        for row in frame.iter_rows(named=True)
    )


def _sizes(tasks: Tasks) -> tuple[Sizes, ...]:
    """How large batches are, and how mixed, by their band."""
    if not len(tasks):
        return ()
    size, kind = tasks.batches.size, tasks.batches.kind
    others = np.bincount(tasks.batch, weights=tasks.kind != kind[tasks.batch])
    bands = band(size)
    made = []
    for lower in np.unique(bands):
        some = bands == lower
        table = copula.marginal(size[some].astype(np.float64), SIZES_MAX)
        counts = np.diff([0.0, *(upto for _, upto in table)]) * some.sum()
        mixed = some & (others > 0)
        made.append(
            Sizes(
                int(lower),
                tuple((int(n), round(c)) for (n, _), c in zip(table, counts, strict=True)),
                float(mixed.sum() / some.sum()),
                float(others[mixed].sum() / max(size[mixed].sum(), 1)),
            )
        )
    return tuple(made)


def _beside(tasks: Tasks, kinds: int) -> Floats:
    """Tasks of each kind in batches that are mostly of another."""
    if not len(tasks):
        return np.zeros(kinds)
    other = tasks.kind != tasks.batches.kind[tasks.batch]
    return np.bincount(tasks.kind[other], minlength=kinds).astype(np.float64)


def _services(seen: Observed, kinds: int) -> tuple[Floats, tuple[float, ...]]:
    """Jobs of each kind, 0 where each batch is one; batches a job has, by quantiles, if several."""
    both = (seen.arriving.batches, seen.alive.batches)
    job = np.concatenate([some.job for some in both])
    kind = np.concatenate([some.kind for some in both])
    pairs, counts = np.unique(np.column_stack([kind, job]), axis=0, return_counts=True)
    jobs = np.bincount(pairs[:, 0], minlength=kinds).astype(np.float64)
    number = np.bincount(kind, minlength=kinds)
    gang = np.array([one.gang for one in seen.requests.kinds])
    several = (jobs < number) & ~gang
    if not several.any():
        return np.zeros(kinds), ()
    of_services = counts[several[pairs[:, 0]]].astype(np.float64)
    points = np.quantile(of_services, (np.arange(SERVICES_POINTS) + 0.5) / SERVICES_POINTS)
    return np.where(several, jobs, 0.0), tuple(np.round(points, 2).tolist())


def _ages(seen: Observed) -> tuple[Component, ...]:
    """Of what runs at the start, where the trace tells."""
    age = -seen.alive.batches.submit
    if not age.size or not (age > 0).any():
        return ()
    logs = np.log(np.maximum(age, seen.steps_s[0]))
    return mixture.fit(Sample.of(logs, np.ones(age.size, bool)))


def _left_out(trace: Trace, seen: Observed) -> list[str]:
    said = []
    if trace.machines.select(pl.col("rack").count()).collect().item():
        said.append("racks")
    if trace.events is not None:
        said.append("machine events")
    if trace.recorded:
        said.append("placements")
    if seen.requests.left_out:
        said.append(f"rare constraints of {seen.requests.left_out} tasks")
    return [f"left out of the model: {', '.join(said)}"] if said else []
