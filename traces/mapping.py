"""Any table by a mapping file: `trace=mapping trace.path=FILE trace.mapping=MAP.yaml`.

The table is CSV, plain or gzipped, or Parquet; the mapping names its columns and their units in a
dozen lines of YAML (docs/your-cluster.md). Columns that aren't mapped are not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import polars as pl

from traces import card, csvfile, mapped, mapping_plan, parquet, parts, tables
from traces.admit import Label, admit
from traces.errors import TraceError
from traces.instants import epoch
from traces.mapping_plan import Plan, Table
from traces.places import there
from traces.rows import Rows, Rule, enforce
from traces.schema import end_rules, task_rules
from traces.trace import Trace


def read(*, path: str | PathLike[str], mapping: str | PathLike[str]) -> Trace:
    """Reads a table of tasks, and one of machines if the mapping names it. Raises TraceError."""
    plan = mapping_plan.read(there(Path(mapping)))
    table = there(Path(path))
    dropped: dict[str, int] = {}
    tasks, assumed = _timed(_whole(plan, table, dropped), plan, dropped)
    if plan.sort:
        order = (
            tasks.frame.select("submit").with_row_index("row").sort("submit", maintain_order=True)
        )
        tasks = tasks.picked(order["row"].cast(pl.Int64))
    read = tasks.frame.height + sum(dropped.values())
    if plan.split:
        tasks, said = _split(tasks, plan)
        assumed += said
    machines = None if plan.machines is None else _machines(plan.machines, plan)
    advice = card.advice(card.Card(advice=plan.advice), plan.tasks.resources, plan.path)
    replayed = ["requests"] + ["machines"] * (machines is not None)
    replayed += _replayed(plan.tasks, machines is not None)
    return admit(
        Label(
            plan.name,
            "mapping",
            replayed=tuple(replayed),
            assumed=(*_constants(plan.tasks), *assumed),
            unplaceable=True,
            advice=advice,
            dropped=dropped,
            rows=read if plan.split else 0,
        ),
        tasks=[tasks],
        machines=machines,
        resources=plan.tasks.resources,
        units=plan.units,
    )


def _whole(plan: Plan, table: Path, dropped: dict[str, int]) -> Rows:
    """The tasks that are kept, in canonical columns, times still the file's own."""
    kept, hashes = [], []
    for run in _runs(plan, table):
        chosen = _chosen(plan, run, dropped)
        kept.append(mapped.columns(chosen, plan.tasks, plan.units))
        if plan.distinct:
            hashes.append(_hashes(chosen.frame))
    first = kept[0]
    rows = Rows(
        first.file,
        first.first,
        pl.concat([run.frame for run in kept]),
        first.text,
        first.origins,
        np.concatenate([run.numbers for run in kept if run.numbers is not None]),
    )
    if plan.distinct:
        fresh = pl.concat(hashes).select(pl.struct("one", "two").is_first_distinct()).to_series()
        _count(dropped, "the same row again", ~fresh)
        rows = rows if fresh.all() else rows.picked(fresh.arg_true())
    if rows.frame.is_empty():
        raise TraceError(file=table, found="no row that is kept", expected="at least one")
    return rows


def _runs(plan: Plan, table: Path) -> Iterator[Rows]:
    if tables.is_lazy(table):
        if plan.header:
            raise TraceError(
                file=plan.path, field="header", found="it for Parquet", expected="it for CSV only"
            )
        yield from parquet.batches(table)
    else:
        yield from csvfile.batches(table, columns=plan.header)


def _chosen(plan: Plan, run: Rows, dropped: dict[str, int]) -> Rows:
    """A run's rows of the values that `keep` names."""
    kept = pl.Series(np.ones(run.frame.height, bool))
    for column, values in plan.keep.items():
        mapped.require(run, column, f"keep of {plan.path.name}")
        of = mapped.among(run.frame[column], values)
        _count(dropped, f"{column} not {_listed(values)}", kept & ~of)
        kept &= of
    return run if kept.all() else run.picked(kept.arg_true())


def _hashes(frame: pl.DataFrame) -> pl.DataFrame:
    """128 bits of hash of each whole row, so that millions need not be held."""
    return pl.DataFrame({"one": frame.hash_rows(seed=1), "two": frame.hash_rows(seed=2)})


def _timed(rows: Rows, plan: Plan, dropped: dict[str, int]) -> tuple[Rows, list[str]]:
    """The tasks with submit from the trace's start and lifetimes, and what was assumed."""
    names, sources = rows.frame.columns, plan.tasks.sources
    if "submit" not in names:
        return rows, ["all tasks submitted at 0", *_lifeless(names)]
    enforce(rows, [Rule("submit", ~pl.col("submit").is_finite(), "a finite number")])
    if "end" in names:
        enforce(rows, end_rules("end", "submit"))
        lived = (pl.col("end") - pl.col("submit")).alias("lifetime")
        origins = {**rows.origins, "lifetime": rows.origins["end"]}
        frame = rows.frame.with_columns(lived).drop("end")
        rows = Rows(rows.file, rows.first, frame, rows.text, origins, rows.numbers)
    start = _start(rows.frame, plan)
    rows = rows.with_frame(rows.frame.with_columns((pl.col("submit") - start).alias("submit")))
    if plan.start is not None and "alive_at_start" not in names:
        alive = (pl.col("submit") < 0).alias("alive_at_start")
        rows = rows.with_frame(rows.frame.with_columns(alive))
    if "lifetime" in rows.frame.columns:
        over = pl.col("submit") + pl.col("lifetime") < 0
        ended = rows.frame.select((over & (pl.col("submit") < 0)).fill_null(False)).to_series()
        _count(dropped, "ended before the start", ended)
        if ended.any():
            rows = rows.picked((~ended).arg_true())
    zones = ["times without a zone as they stand"] if sources["submit"].instants else []
    return rows, [*zones, *_lifeless(rows.frame.columns)]


def _start(frame: pl.DataFrame, plan: Plan) -> float:
    """The instant that is 0: as asked, else the first submit of a task that arrives."""
    submit = plan.tasks.sources["submit"]
    if isinstance(plan.start, str):
        start = epoch(plan.start)
        if start is None:
            raise TraceError(
                file=plan.path, field="start", found=repr(plan.start), expected="an ISO 8601 time"
            )
        return start
    if plan.start is not None:
        return float(plan.start * submit.measure.natural)
    arrivals = frame
    if "alive_at_start" in frame.columns:
        arrivals = frame.filter(~pl.col("alive_at_start"))
    first = arrivals["submit"].min()
    return float(first) if isinstance(first, (int, float)) else 0.0


def _split(rows: Rows, plan: Plan) -> tuple[Rows, list[str]]:
    ((resource, most),) = plan.split.items()
    rules = task_rules(plan.tasks.resources, plan.units)
    enforce(rows, [rule for rule in rules if rule.column in plan.tasks.resources])
    limit = most * parts.PARTS_MAX
    enforce(rows, [Rule(resource, pl.col(resource) > limit, f"at most {limit:g}")])
    if "job" not in rows.frame.columns:
        rows = rows.with_frame(rows.frame.with_columns(pl.col("id").alias("job")))
    several, tasks, pieces = parts.split(rows, resource, most, plan.tasks.resources, plan.units)
    said = f"{tasks} tasks of more than {most:g} {resource} are {pieces} tasks of their jobs"
    return several, [f"{said}, placed each for itself"] if tasks else []


def _machines(table: Table, plan: Plan) -> Rows:
    assert table.file is not None
    rows = tables.whole(there(table.file))
    return mapped.columns(rows, table, plan.units)


def _replayed(table: Table, machines: bool) -> list[str]:
    words = {"submit": "arrival times", "lifetime": "lifetimes", "end": "lifetimes"}
    words |= {"machine": "placements"} if machines else {}
    return [word for name, word in words.items() if name in table.sources]


def _constants(table: Table) -> Iterator[str]:
    for name, source in table.sources.items():
        if source.column is None:
            yield f"{name} {source.value} for every task"
        if source.default is not None:
            yield f"{name} {source.default:g} where it is blank"
        if source.up:
            yield f"{name} rounded up to whole units"


def _lifeless(names: Sequence[str]) -> list[str]:
    return [] if "lifetime" in names else ["lifetimes unknown"]


def _listed(values: Sequence[str | float]) -> str:
    return " or ".join(f"{value:g}" if isinstance(value, float) else value for value in values)


def _count(dropped: dict[str, int], reason: str, rows: pl.Series) -> None:
    if count := int(rows.sum()):
        dropped[reason] = dropped.get(reason, 0) + count
