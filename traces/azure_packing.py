"""Azure's trace for packing of 2020: VMs in fractions of a machine, one SQLite file a zone.

A type of VM has a row for each type of machine that it can run on, and what it asks for is a
fraction of *that* machine, so one type of machine is replayed, and VMs that can't run on it are
left out. Times are days from the start of 14 days of arrivals (Hadary et al., Protean: VM
Allocation Service at Scale, OSDI 2020; Azure/AzurePublicDataset, AzureTracesForPacking2020).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import polars as pl

from traces.admit import Label, admit
from traces.columns import Column
from traces.errors import TraceError, nearest, shown
from traces.gathered import without
from traces.places import data_folder, the_file
from traces.rounded import rounded
from traces.rows import Origin, Rows, Rule, enforce
from traces.sqlite import Database, opened
from traces.trace import Advice, Trace

NAMES = ("packing_trace_zone_a_v1.sqlite",)
MACHINES_MAX = 1_000_000
_DAY = 86_400.0  # seconds
_DAYS_MAX = 1e6
_RESOURCES = {"cpu": "core", "mem": "memory", "hdd": "hdd", "ssd": "ssd", "nic": "nic"}
_UNITS = dict.fromkeys(_RESOURCES, 1e-9)
# It has its own population and its own order; drawn, VMs come by deployment.
_ADVICE = Advice(order="trace", together=True)
_VM = (
    Column("vmId", "text"),
    Column("tenantId", "text"),
    Column("vmTypeId", "text"),
    Column("priority", "integer"),
    Column("starttime", "number"),
    Column("endtime", "number", blank=True),
)
_TYPE = (
    Column("vmTypeId", "text"),
    Column("machineId", "text"),
    *(Column(name, "number", blank=True) for name in _RESOURCES.values()),
)
_START, _END = pl.col("starttime"), pl.col("endtime")
_VM_RULES = (
    Rule("priority", ~pl.col("priority").is_in([0, 1]), "0 (high) or 1 (low)"),
    Rule("starttime", ~(_START.abs() <= _DAYS_MAX), f"at most {_DAYS_MAX:g} days"),
    Rule("endtime", ~(_END.abs() <= _DAYS_MAX), f"at most {_DAYS_MAX:g} days, or NULL"),
    Rule("endtime", _END < _START, "no earlier than starttime"),
)
_TYPE_RULES = tuple(
    Rule(name, (pl.col(name) < 0) | ~pl.col(name).is_finite(), "a fraction of a machine, from 0")
    for name in _RESOURCES.values()
)
_ORIGINS = {
    "id": Origin("vmId"),
    "job": Origin("tenantId"),
    "submit": Origin("starttime", 1 / _DAY),
    "lifetime": Origin("endtime", 1 / _DAY),
    **{name: Origin(column) for name, column in _RESOURCES.items()},
}
_ENDED = {"VMs that ended before the 14 days": (_START < 0) & (_END <= 0)}


def read(
    *,
    path: str | PathLike[str] | None = None,
    machine: str | int | None = None,
    machines: int | None = None,
) -> Trace:
    """Reads the VMs that can run on one type of machine; a job is a tenant's VMs of one instant.

    machine: the `machineId`, by default that which most VMs can run on. machines: how many there
    are of it, each 1 of every resource; by default none, and a cell is the user's. Priority 1 is
    high and 0 low, since larger is more. Raises TraceError.
    """
    if machines is not None and not 1 <= machines <= MACHINES_MAX:
        raise TraceError(
            field="trace.machines", found=shown(machines), expected=f"1 to {MACHINES_MAX:,}"
        )
    file = _file(path)
    dropped: Counter[str] = Counter()
    with opened(file) as database:
        types = _types(database)
        runs, count = _vms(database, dropped)
    of = pl.concat(rows.frame.select("vmTypeId") for rows in runs)["vmTypeId"]
    asked = of.value_counts(name="vms")
    chosen = _chosen(types, asked, None if machine is None else str(machine), file)
    known = types["vmTypeId"].implode()
    elsewhere = ~asked["vmTypeId"].is_in(chosen.types["vmTypeId"].implode())
    strange = ~asked["vmTypeId"].is_in(known)
    dropped[f"VMs that can't run on machine {chosen.machine}"] = _sum(asked, elsewhere & ~strange)
    dropped["VMs of a type without a row in vmType"] = _sum(asked, strange)
    label = Label(
        f"azure_packing/{chosen.machine}",
        "azure_packing",
        replayed=("requests", "arrival times", "lifetimes", "start population"),
        assumed=tuple(_assumed(chosen, machine is None, machines)),
        oversized=True,
        advice=_ADVICE,
        dropped=dict(+dropped),
        rows=count,
    )
    return admit(
        label,
        tasks=_tasks(runs, chosen.types),
        machines=None if machines is None else _machines(machines, chosen.resources),
        resources=chosen.resources,
        units=_UNITS,
    )


def _file(path: str | PathLike[str] | None) -> Path:
    """The file, or the only zone in the folder."""
    home = data_folder() / "azure_packing" if path is None else Path(path)
    zones = sorted(home.glob("packing_trace*.sqlite")) if home.is_dir() else []
    return the_file("azure_packing", path, [zone.name for zone in zones] or NAMES)


@dataclass(frozen=True)
class _Chosen:
    """A type of machine. types: a row a type of VM that can run on it, amounts in our names.

    rounded, vms: how many of these types had finer amounts, and how many VMs are of these types.
    blank: how many VMs are of a type that doesn't state a resource, by resource; left_out: the
    resources that none states.
    """

    machine: str
    types: pl.DataFrame
    resources: tuple[str, ...]
    rounded: int
    vms: int
    blank: Mapping[str, int]
    left_out: tuple[str, ...]


def _types(database: Database) -> pl.DataFrame:
    """The rows of vmType; rows that are the same are one."""
    runs = []
    for rows in database.rows("vmType", _TYPE):
        enforce(rows, _TYPE_RULES)
        runs.append(rows.frame)
        head = rows
    frame = pl.concat(runs)
    again = frame.select(~pl.struct("vmTypeId", "machineId").is_first_distinct()).to_series()
    other = again & frame.select(pl.struct(pl.all()).is_first_distinct()).to_series()
    if other.any():
        index = int(other.arg_true()[0])
        row = frame.row(index, named=True)
        raise TraceError(
            file=head.file,
            row=index + 1,
            field="vmTypeId",
            found=f"{shown(row['vmTypeId'])} for machine {shown(row['machineId'])} again, of "
            "another size",
            expected="one row for each type of VM and of machine",
        )
    return frame.filter(~again)


def _vms(database: Database, dropped: Counter[str]) -> tuple[list[Rows], int]:
    """The VMs in runs of typed columns, and how many rows there are."""
    runs, count = [], 0
    for rows in database.rows("vm", _VM):
        enforce(rows, _VM_RULES)
        count += rows.frame.height
        runs.append(without(rows, _ENDED, dropped))
    return runs, count


def _chosen(types: pl.DataFrame, asked: pl.DataFrame, machine: str | None, file: Path) -> _Chosen:
    """The machine that was asked for, else that which most VMs can run on; of equals the first."""
    sized = types.join(asked, on="vmTypeId", how="left", maintain_order="left").with_columns(
        pl.col("vms").fill_null(0)
    )
    able = sized.group_by("machineId", maintain_order=True).agg(pl.col("vms").sum())
    known = able["machineId"].to_list()
    if machine is not None and machine not in known:
        raise TraceError(
            file=file,
            field="trace.machine",
            found=shown(machine),
            expected=f"a machineId of vmType: {', '.join(known[:20])}",
            hint=nearest(machine, known),
        )
    best = machine or str(able.sort("vms", descending=True, maintain_order=True)["machineId"][0])
    ours = sized.filter((pl.col("machineId") == best) & (pl.col("vms") > 0)).rename(
        {column: name for name, column in _RESOURCES.items()}
    )
    if ours.is_empty():
        raise TraceError(
            file=file, found=f"no VM that can run on machine {best}", expected="at least one"
        )
    stated = _stated(ours, file, best)
    blank = {name: _sum(ours, ours[name].is_null()) for name in stated}
    amounts, off = rounded(ours, stated, _UNITS, down=True)
    return _Chosen(
        machine=best,
        types=amounts.select("vmTypeId", pl.col(stated).fill_null(0.0)),
        resources=tuple(stated),
        rounded=off,
        vms=int(ours["vms"].sum()),
        blank={name: count for name, count in blank.items() if count},
        left_out=tuple(name for name in _RESOURCES if name not in stated),
    )


def _stated(types: pl.DataFrame, file: Path, machine: str) -> list[str]:
    """The resources that some type of VM states."""
    stated = [name for name in _RESOURCES if types[name].count()]
    if not stated:
        raise TraceError(
            file=file,
            found=f"no amount of any resource for machine {machine}",
            expected=f"one of {', '.join(_RESOURCES.values())}",
        )
    return stated


def _sum(types: pl.DataFrame, those: pl.Series) -> int:
    return int(types.filter(those)["vms"].sum())


def _assumed(chosen: _Chosen, by_default: bool, machines: int | None) -> Iterator[str]:
    why = ", that which most VMs can run on" if by_default else ""
    yield f"machines are all of type {chosen.machine}{why}: amounts are fractions of one"
    if machines is not None:
        yield f"{machines:,} machines"
    yield "VMs of a tenant that start at one instant are a deployment, which is their job"
    yield "priority 1 is Azure's high (0), and 0 its low (1), which live until they are evicted"
    yield "VMs without an end outlive the trace (90 days)"
    if chosen.rounded:
        yield f"types of VM whose fractions are rounded down to 1e-9: {chosen.rounded:,}"
    for name, count in chosen.blank.items():
        yield f"VMs whose type states no {name} ask for none: {count:,}"
    if chosen.left_out:
        yield f"resources that no type of VM states for it: {', '.join(chosen.left_out)}"


def _tasks(runs: list[Rows], types: pl.DataFrame) -> Iterator[Rows]:
    """The VMs of these types as canonical rows; takes the runs away as it goes."""
    runs.reverse()
    names = types["vmTypeId"].implode()
    resources = [name for name in types.columns if name in _RESOURCES]
    while runs:
        rows = runs.pop()
        rows = rows.picked(
            rows.frame.select(pl.col("vmTypeId").is_in(names)).to_series().arg_true()
        )
        if rows.frame.is_empty():
            continue
        sized = rows.frame.join(types, on="vmTypeId", how="left", maintain_order="left")
        tidy = sized.select(
            pl.col("vmId").alias("id"),
            pl.concat_str("tenantId", pl.lit("@"), _START.cast(pl.String)).alias("job"),
            (_START * _DAY).alias("submit"),
            ((_END - _START) * _DAY).alias("lifetime"),
            *resources,
            (1 - pl.col("priority")).alias("priority"),
            (_START < 0).alias("alive_at_start"),
        )
        yield Rows(rows.file, rows.first, tidy, False, _ORIGINS, rows.every_number())


def _machines(count: int, resources: Sequence[str]) -> Rows:
    number = pl.int_range(1, count + 1, eager=True).cast(pl.String)
    frame = pl.DataFrame({"id": "m" + number.str.zfill(max(5, len(str(count))))})
    whole = (pl.lit(1.0).alias(name) for name in resources)
    return Rows("trace.machines", 1, frame.with_columns(whole), text=False)
