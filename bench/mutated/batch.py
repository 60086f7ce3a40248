"""Valid tables of batch systems: Slurm's, the Parallel Workloads Archive's, Alibaba's of 2018."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from bench.mutated import accounts
from bench.mutated.accounts import Counts, counted, dropped, said
from bench.mutated.forms import Delimited, Pairs, Spaced
from bench.mutated.sheets import Case, Format, Sheet, rows
from traces import Trace
from traces.alibaba2018 import batch, containers, fleet
from traces.swf.lines import FIELDS

_BEGIN = datetime(2024, 3, 1, 8)
_BARE = Delimited(header=False)


def _at(seconds: float) -> str:
    return (_BEGIN + timedelta(seconds=seconds)).isoformat()


def _slurm(random: Random, count: int) -> Case:
    columns = (
        *("JobID", "Submit", "Start", "End", "State", "ReqCPUS", "ReqMem", "ReqTRES"),
        *("NNodes", "Partition", "NodeList"),
    )
    table: list[list[str]] = []
    while len(table) < count:
        job, at = 100 + len(table), random.randrange(9_999)
        count_of = random.choice("1112")
        tres = random.choice(("", f"cpu=4,mem=16G,gres/gpu=2,node={count_of}"))
        same = ["4", random.choice(("4Gc", "16G", "16Gn")), tres, count_of, "batch", f"c{job % 4}"]
        times = [_at(at), _at(at + 5), _at(at + 999)]
        form = random.randrange(5)
        if form == 0:
            table.append([f"{job}_[1-3%2]", _at(at), "Unknown", "Unknown", "PENDING", *same])
        elif form == 1:
            table.append([str(job), _at(at), "None", _at(at), "CANCELLED by 7", *same])
        else:
            name = random.choice((f"{job}", f"{job}_4", f"{job}+1"))
            table.append([name, *times, random.choice(("COMPLETED", "RUNNING")), *same])
            if form == 2:
                table.append([f"{job}.batch", *times, "COMPLETED", *same])
    nodes = [
        [
            *(f"c{n}", "64", "256000", random.choice(("(null)", "gpu:a100:4(S:0-1)"))),
            *(random.choice(("IDLE", "MIXED+DRAIN", "DOWN")) if n else "IDLE", "batch"),
        ]
        for n in range(max(count // 10, 4))
    ]
    ids = ("7_[...]", "7_[1,...]", "7_[%2]", "7_[]", "7_[5-2]", "7_[1-3:0]", "7_[9]", "7+1.2", "7_")
    sheets = [
        Sheet(
            "jobs.txt",
            Delimited("|", quotes=False),
            columns,
            rows(table),
            odd={
                "JobID": ids,
                "State": ("PENDING", "CANCELLED+", "?"),
                "ReqTRES": ("cpu=٣", "mem=1.5P", "gres/gpu:a=1,gres/gpu:b=2", "gres/gpu=99"),
                "ReqMem": ("0n", "16GB", "1E", "?"),
            },
            count=("NNodes",),
        ),
        Sheet(
            "nodes.txt",
            Pairs(),
            ("NodeName", "CPUTot", "RealMemory", "Gres", "State", "Partitions"),
            rows(nodes),
            "machines",
            odd={"State": ("DOWN*", "FUTURE"), "Gres": ("gpu", "gpu:99", "gpu:a:b:1", "gpu:(")},
        ),
    ]
    options: dict[str, Any] = {"pending": random.random() < 0.5}
    if random.random() < 0.3:
        options["start"] = _at(2_000)

    def given(folder: Path) -> dict[str, Any]:
        return {"tasks": folder / "jobs.txt", "nodes": folder / "nodes.txt", **options}

    return Case(sheets, given, _of_slurm)


def _of_slurm(trace: Trace, folder: Path) -> Counts:
    """A job on several nodes is ID/1 and on; one row of an array that waits is all of its list."""
    ids = trace.tasks.select("id").collect()["id"]
    first = ids.filter(~ids.str.contains("/", literal=True) | ids.str.ends_with("/1"))
    names = set(first.str.replace("/1$", ""))
    arrays = 0
    for line in (folder / "jobs.txt").read_bytes().decode("utf-8", "replace").split("\n"):
        listed = re.match(r"(\d+)_\[([-0-9,:.]+)(?:%\d*)?\]", line)
        if listed:
            numbers = _numbers(listed[2])
            there = {f"{listed[1]}_{number}" for number in numbers} & names
            arrays += bool(there)
            names -= there
    gone = sum(
        int(number)
        for text in trace.assumed
        if text.startswith("nodes left out as they can run nothing: ")
        for number in re.findall(r"(\d+) ", text)
    )
    return {
        "tasks": (len(names) + arrays, dropped(trace)),
        "machines": (trace.machine_count, gone),
    }


def _numbers(listed: str) -> set[int]:
    found: set[int] = set()
    for piece in listed.split(","):
        part = re.fullmatch(r"(\d+)(?:-(\d+)(?::(\d+))?)?", piece)
        if part:
            found |= {*range(int(part[1]), int(part[2] or part[1]) + 1, int(part[3] or 1) or 1)}
    return found


def _swf(random: Random, count: int) -> Case:
    table = []
    for n in range(count):
        processors = random.choice(("1", "2", "16", "-1"))
        table.append(
            [
                *(str(n + 1), str(n * 7), "5", random.choice(("0", "-1", "60", "700"))),
                *(random.choice(("1", "4")), "-1", "-1", processors, random.choice(("600", "-1"))),
                *(random.choice(("-1", "1024")), random.choice(("0", "1", "1", "3", "5"))),
                *("1", "1", "-1", "1", "-1", random.choice(("-1", "1")), "-1"),
            ]
        )
    table[0][3:9] = ["60", "1", "-1", "-1", "1", "600"]
    table[0][9:11] = ["1024", "1"]
    form = Spaced(("Version: 2.2", "MaxProcs: 128", "MaxNodes: 32"))
    sheet = Sheet("log.swf", form, FIELDS, rows(table))
    options = random.choice(({}, {"machines": 8}, {"machines": 4, "memory_gib": 64.0}))
    options["capped"] = random.random() < 0.8
    return Case([sheet], lambda folder: {"path": folder / "log.swf", **options}, accounts.gangs)


def _alibaba2018(random: Random, count: int) -> Case:
    meta, held, ran = [], [], []
    for n in range(max(count // 10, 4)):
        meta.append([f"m_{n}", "0", str(n), f"r{n % 3}", "96", "100", "USING"])
        if n % 3 == 0:
            meta.append([f"m_{n}", "500", str(n), f"r{n % 3}", "64", "50", "USING"])
    for n in range(count // 3):
        held.append(
            [
                *(f"c_{n // 2}", f"m_{random.randrange(4)}", str(random.choice((0, n)))),
                *(f"app_{n % 5}", random.choice(("started", "stopped", "allocated"))),
                *("400", "400", random.choice(("1.56", "0.78", "-1", "101"))),
            ]
        )
    for n in range(count - count // 3):
        start = random.choice((0, random.randrange(9_999)))
        ran.append(
            [
                *(f"R{n}_2", random.choice("125"), f"j_{n // 2}", "1"),
                *(random.choice(("Terminated", "Running", "Failed")), str(start)),
                *(random.choice(("0", str(start + 70))), "100", random.choice(("0.3", "0.59"))),
            ]
        )
    ran[0] = ["R0_2", "1", "j_0", "1", "Terminated", "5", "70", "100", "0.3"]
    states = {"status": ("STARTED", "Stopped", "Waiting")}
    sheets = [
        Sheet(
            "batch_task.csv",
            _BARE,
            batch.BATCH_TASK,
            rows(ran),
            odd=states,
            count=("instance_num",),
        ),
        Sheet("container_meta.csv", _BARE, containers.CONTAINER_META, rows(held), odd=states),
        Sheet("machine_meta.csv", _BARE, fleet.MACHINE_META, rows(meta), "machines"),
    ]
    hours = random.choice((None, None, 1.0))
    if not held:
        del sheets[1]
    return Case(sheets, lambda folder: {"path": folder, "hours": hours}, _of_alibaba2018)


def _of_alibaba2018(trace: Trace, folder: Path) -> Counts:
    """Instances of a batch task are named JOB/TASK/1 and on, containers by their ids."""
    numbered = pl.col("id").str.contains(r"/\d+$")
    first = ~numbered | pl.col("id").str.ends_with("/1")
    others = said(trace, "further rows of machine_meta that change no size")
    machines = trace.machine_count + accounts.happened(trace)
    return {"tasks": (counted(trace, first), dropped(trace)), "machines": (machines, others)}


FORMATS = (
    Format("slurm", "slurm", _slurm),
    Format("swf", "swf", _swf),
    Format("alibaba2018", "alibaba2018", _alibaba2018),
)
