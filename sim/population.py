"""A trace as arrays: its machines, its distinct shapes, and one row a task.

Amounts become whole multiples of the trace's unit, times whole ticks of a millisecond.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sim import layout
from sim.errors import SimError
from sim.names import Names
from sim.state import Floats, Ints, Mix, Shapes

if TYPE_CHECKING:
    import polars as pl

    from traces import Trace

TICKS_A_SECOND = 1000
MAX_MODELS = 61
ABSENT, NO_MODEL = 61, 62
"""Bit of a model that no machine has, and the code of a machine that has none."""
MAX_DEVICES = 64  # one bit each in the mask of whole devices that a task holds


@dataclass(frozen=True)
class Machines:
    """The machines in the trace's order.

    ids: names; total (N, R) whole units; devices (N,); model (N,) code, its bit in masks. ordered:
    their order is part of the trace (bins). rack: (N,) code, −1 not known; None where none is.
    """

    ids: tuple[str, ...]
    total: Floats
    devices: Ints
    model: Ints
    ordered: bool = False
    rack: Ints | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, order: Ints) -> Machines:
        """Some machines, in that order."""
        ids = tuple(self.ids[i] for i in order)
        return replace(
            self,
            ids=ids,
            total=self.total[order],
            devices=self.devices[order],
            model=self.model[order],
            rack=None if self.rack is None else self.rack[order],
        )

    def counted(self, factor: Floats) -> Machines:
        """The machines with their amounts counted so many times, (R,), in whole units."""
        return replace(self, total=np.floor(self.total * factor))

    def racks(self, size: int) -> Ints:
        """(N,) the rack of each machine: the trace's, or so many machines each, in order."""
        if self.rack is None:
            return np.arange(len(self)) // size
        alone = int(self.rack.max()) + 1 + np.arange(len(self))
        return np.where(self.rack >= 0, self.rack, alone)


@dataclass(frozen=True)
class Population:
    """The tasks of a trace.

    shapes: the distinct requests, most frequent first (ties: first seen first).
    shape, submit (ticks), life (ticks; layout.FOREVER = outlives the trace), priority,
    group (the job, where any of its tasks has a limit a machine, else −1), job (code): one entry
    a task, trace order.
    job_names: names. raised: lifetimes under one tick that became one.
    """

    resources: tuple[str, ...]
    per: Floats  # (R,) whole units a natural amount
    gpu: int  # index of the resource with devices, −1 none
    shapes: Shapes
    shape: Ints
    submit: Ints
    life: Ints
    seen: Ints  # ticks: the life, or as much of one that outlives the trace as the trace saw
    priority: Ints
    group: Ints
    job: Ints
    job_names: Sequence[str]
    alive: np.ndarray
    requested: Ints  # ticks asked for; layout.FOREVER where none were
    gang: Ints  # the job, where its tasks start together, else −1
    ran_on: Ints  # the machine it ran on, an index into the trace's; −1 not known
    raised: int
    largest_gang: int = 1

    def __len__(self) -> int:
        return int(self.shape.size)


def whole_amounts(natural: Floats, per: Floats) -> Floats:
    """Natural amounts as whole units. The last axis runs over resources."""
    return np.asarray(np.rint(natural * per), np.float64)


def units_a_natural(trace: Trace) -> Floats:
    """Whole units in one natural amount, a resource: 1000 milli-cores a core."""
    return np.array([np.rint(1.0 / trace.units[r]) for r in trace.resources], np.float64)


def machines_of(trace: Trace) -> Machines:
    """The trace's machines.

    Raises:
        SimError: the trace has none.
    """
    frame = trace.machines.collect()
    if frame.height == 0:
        raise SimError(f"trace {trace.name} has no machines to place tasks on")
    total = whole_amounts(
        frame.select(trace.resources).to_numpy().astype(np.float64), units_a_natural(trace)
    )
    if "gpu" in trace.resources:
        devices = np.rint(frame["gpu"].to_numpy()).astype(np.int64)
    else:
        devices = np.zeros(frame.height, np.int64)
    if devices.max(initial=0) > MAX_DEVICES:
        raise SimError(
            f"trace {trace.name} has a machine of {devices.max()} GPUs; at most {MAX_DEVICES}"
        )
    if len(trace.models) > MAX_MODELS:
        raise SimError(
            f"trace {trace.name} has {len(trace.models)} machine models; at most {MAX_MODELS}"
        )
    code = {name: i for i, name in enumerate(trace.models)}
    model = np.array([code.get(m, NO_MODEL) for m in frame["model"].to_list()], np.int64)
    ids = tuple(frame["id"].to_list())
    return Machines(ids, total, devices, model, trace.ordered, _racks(frame))


def _racks(frame: pl.DataFrame) -> Ints | None:
    """A code a rack, −1 for machines that name none; None where no machine does."""
    if "rack" not in frame.columns or not frame["rack"].count():
        return None
    code = {name: i for i, name in enumerate(frame["rack"].drop_nulls().unique().sort())}
    return np.array([code.get(name, -1) for name in frame["rack"].to_list()], np.int64)


def shapes_table(whole: Floats, models: Ints, limit: Ints, per: Floats, gpu: int) -> Shapes:
    """Shapes from whole amounts (S, R), model masks and limits (S,)."""
    natural = whole / per
    count = len(whole)
    share, devices = np.zeros(count), np.zeros(count)
    kind = np.full(count, -1, np.int64)
    if gpu >= 0:
        asked = natural[:, gpu]
        partial = (asked > 0) & (asked < 1)
        share[partial] = asked[partial]
        devices[asked >= 1] = np.rint(asked[asked >= 1])
        kind[partial] = 0
        kind[devices > 0] = 1 + np.searchsorted([1, 2, 4], devices[devices > 0])
    return Shapes(
        whole=np.ascontiguousarray(whole),
        natural=np.ascontiguousarray(natural),
        share=share,
        devices=devices,
        models=models,
        kind=kind,
        limit=limit,
    )


def population_of(trace: Trace) -> Population:
    """The trace's tasks as arrays."""
    import polars as pl

    columns = ["job", "submit", "lifetime", "priority", "models", "max_per_machine"]
    there = trace.tasks.collect_schema().names()
    columns += ["machine"] if trace.recorded else []
    columns += [name for name in ("requested", "gang") if name in there]
    frame = trace.tasks.select([*columns, "alive_at_start", *trace.resources]).collect()
    per = units_a_natural(trace)
    gpu = trace.resources.index("gpu") if "gpu" in trace.resources else -1
    code = {name: i for i, name in enumerate(trace.models)}
    labels = frame["models"].unique()
    masks = pl.DataFrame(
        {"models": labels, "mask": [_mask(label, code) for label in labels.to_list()]},
        schema_overrides={"mask": pl.Int64},
    )
    same = [*trace.resources, "mask", "limit"]  # two of the same are one shape, however written
    # Lazily, so that what is not asked for is not copied: a table may fill half of the memory.
    key = (
        frame.lazy()
        .select([*trace.resources, "models", "max_per_machine"])
        .join(masks.lazy(), on="models", how="left", nulls_equal=True, maintain_order="left")
        .select([*trace.resources, "mask", pl.col("max_per_machine").fill_null(0).alias("limit")])
        .collect()
    )
    frame = frame.drop([*trace.resources, "models", "max_per_machine"])
    table = (
        key.with_row_index("first")
        .group_by(same, maintain_order=True)
        .agg(pl.len().alias("count"), pl.col("first").min())
        .sort(["count", "first"], descending=[True, False])
        .with_row_index("shape")
    )
    limits = table["limit"].to_numpy().astype(np.int64)
    whole = whole_amounts(table.select(trace.resources).to_numpy().astype(np.float64), per)
    shape = (
        key.lazy()
        .join(table.lazy().select([*same, "shape"]), on=same, how="left", maintain_order="left")
        .select("shape")
        .collect()["shape"]
        .to_numpy()
        .astype(np.int64)
    )
    del key
    jobs = frame["job"].rank("dense").to_numpy().astype(np.int64) - 1
    life, raised = _ticks(frame["lifetime"])
    requested = _alike(layout.FOREVER, len(life))
    if "requested" in there and frame["requested"].count():
        requested, _ = _ticks(frame["requested"])
    submit = np.rint(frame["submit"].to_numpy() * TICKS_A_SECOND).astype(np.int64)
    gang = _alike(-1, len(life))
    if "gang" in there and frame["gang"].any():
        gang, submit = _gangs(frame["gang"].to_numpy(), jobs, submit)
    limited = np.zeros(int(jobs.max(initial=0)) + 1, bool)
    limited[jobs[limits[shape] > 0]] = True
    group = np.where(limited[jobs], jobs, -1) if limited.any() else _alike(-1, len(life))
    priority = frame["priority"]
    one = priority.n_unique() == 1
    return Population(
        resources=trace.resources,
        per=per,
        gpu=gpu,
        shapes=shapes_table(whole, table["mask"].to_numpy(), limits, per, gpu),
        shape=shape,
        submit=submit,
        life=life,
        seen=_seen(trace, life, submit),
        priority=_alike(priority[0], len(life)) if one else priority.to_numpy().astype(np.int64),
        group=group,
        job=jobs,
        job_names=Names.of(frame["job"].unique().sort()),
        alive=frame["alive_at_start"].to_numpy(),
        requested=requested,
        gang=gang,
        ran_on=_ran_on(trace, frame["machine"]) if trace.recorded else _alike(-1, len(life)),
        raised=raised,
        largest_gang=int(np.bincount(gang[gang >= 0]).max(initial=1)),
    )


def _alike(value: int, count: int) -> Ints:
    """As many times the same number, in the memory of one; to be read alone."""
    return np.broadcast_to(np.int64(value), (count,))


def _gangs(together: np.ndarray, jobs: Ints, submit: Ints) -> tuple[Ints, Ints]:
    """The gang of each task, −1 without; and when it comes, which is when the last of it does."""
    gang = np.where(together, jobs, -1)
    sizes = np.bincount(gang[gang >= 0], minlength=int(jobs.max(initial=0)) + 1)
    gang = np.where((gang >= 0) & (sizes[jobs] > 1), gang, -1)
    last = np.full(sizes.size, np.iinfo(np.int64).min)
    np.maximum.at(last, gang[gang >= 0], submit[gang >= 0])
    return gang, np.where(gang >= 0, last[jobs], submit)


def _ticks(column: pl.Series) -> tuple[Ints, int]:
    """Durations in ticks, layout.FOREVER for a blank; and how many were raised to one tick."""
    seconds = column.fill_null(np.inf).to_numpy()
    known = np.isfinite(seconds)
    found = np.full(len(seconds), layout.FOREVER, np.int64)
    ticks = np.rint(seconds[known] * TICKS_A_SECOND).astype(np.int64)
    found[known] = np.maximum(ticks, 1)
    return found, int((ticks < 1).sum())


def _seen(trace: Trace, life: Ints, submit: Ints) -> Ints:
    if (life < layout.FOREVER).all():
        return life
    until = round(trace.span_s * TICKS_A_SECOND) - submit
    return np.where(life < layout.FOREVER, life, np.maximum(until, 1))


def _ran_on(trace: Trace, names: pl.Series) -> Ints:
    machines = trace.machines.select("id").collect()["id"].to_list()
    codes = {name: i for i, name in enumerate(machines)}
    found = [codes.get(name, -1) for name in names.to_list()]
    return np.array(found, np.int64)


def _mask(models: str | None, code: dict[str, int]) -> int:
    """The bit mask of the models named; a model no machine has sets a bit that none has."""
    if not models:
        return 0
    mask = sum(1 << code[m] for m in set(models.split("|")) if m in code)
    return mask or 1 << ABSENT


def mix_of(
    population: Population,
    tasks: Ints | None = None,
    *,
    coverage: float = 1.0,
    resources: tuple[str, ...] | None = None,
) -> Mix:
    """The reference mix of some tasks (all by default), weighted by count.

    With `resources`, shapes are seen through these alone (FGD's typical pods have CPU and GPU);
    `coverage` keeps the most frequent shapes that make up that share of the tasks.
    """
    shapes, per, gpu = population.shapes, population.per, population.gpu
    chosen = population.shape if tasks is None else population.shape[tasks]
    counts = np.bincount(chosen, minlength=len(shapes.share)).astype(np.float64)
    used = np.flatnonzero(counts)
    whole = shapes.whole[used].copy()
    for r, name in enumerate(population.resources):
        if resources is not None and name not in resources:
            whole[:, r] = 0.0
    key = np.column_stack([whole, np.unique(shapes.models[used], return_inverse=True)[1]])
    distinct, first, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
    totals = np.bincount(inverse.reshape(-1), weights=counts[used])
    order = np.lexsort((first, -totals))
    below = np.cumsum(totals[order]) < coverage * totals.sum() - 1e-9
    order = order[: min(int(below.sum()) + 1, len(order))]
    whole, count = np.ascontiguousarray(distinct[order, :-1]), totals[order]
    models = shapes.models[used][first[order]]
    table = shapes_table(whole, models, np.zeros(len(order), np.int64), per, gpu)
    need = np.where(table.devices > 0, layout.WHOLE, np.rint(table.share * layout.WHOLE))
    asks = table.kind >= 0
    levels = np.unique(need[asks])
    level = np.where(asks, np.searchsorted(levels, need), levels.size).astype(np.int64)
    weight = count / count.sum()
    return Mix(
        natural=np.ascontiguousarray(np.vstack([table.natural.T, models[None, :], weight])),
        whole=whole,
        amounts=np.ascontiguousarray(whole.T),
        share=np.rint(table.share * layout.WHOLE),
        devices=table.devices,
        models=models,
        counts=count.astype(np.float64),
        level=level,
        levels=levels,
        weight=np.array([count.sum()]),
    )
