"""Rows kept and rows reported, as a trace's own tables and words have them.

A row that stands for several tasks is kept where its first task is there.
"""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from traces import Trace

Counts = dict[str, tuple[int, int]]


def dropped(trace: Trace) -> int:
    """Rows of the table of tasks that are no task, of all reasons."""
    return sum(trace.dropped.values())


def counted(trace: Trace, those: pl.Expr) -> int:
    """How many tasks of which that holds."""
    return int(trace.tasks.select(those.sum()).collect().item())


def tasks_and_dropped(trace: Trace, folder: Path) -> Counts:
    """Where a row of tasks is one task."""
    return {"tasks": (trace.task_count, dropped(trace))}


def tasks_and_machines(trace: Trace, folder: Path) -> Counts:
    """Where a row of machines is one machine as well."""
    return {**tasks_and_dropped(trace, folder), "machines": (trace.machine_count, 0)}


def gangs(trace: Trace, folder: Path) -> Counts:
    """Where a row may be a gang, of tasks named JOB/1, JOB/2 and on."""
    first = ~pl.col("gang") | pl.col("id").str.ends_with("/1")
    machines = {"machines": (trace.machine_count, 0)}
    return {"tasks": (counted(trace, first), dropped(trace)), **machines}


def copies(trace: Trace, folder: Path) -> Counts:
    """Where a row is so many tasks, whose names end in their number, and one of machines is one."""
    first = pl.col("id").str.contains("[-/]1$")
    return {
        "tasks": (counted(trace, first), dropped(trace)),
        "machines": (trace.machine_count, 0),
    }


def said(trace: Trace, text: str) -> int:
    """The number that follows `text: ` in what is assumed, 0 where nothing is said."""
    for sentence in trace.assumed:
        if found := re.match(rf"{re.escape(text)}: ([\d,]+)", sentence):
            return int(found[1].replace(",", ""))
    return 0


def happened(trace: Trace) -> int:
    """How many events of machines there are."""
    return 0 if trace.events is None else trace.events.height
