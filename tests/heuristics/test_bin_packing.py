"""The bin-packing rules reproduce the published excess over the L1 bound, on the real lists."""

from __future__ import annotations

import csv
import math
import os
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import heuristics

FOLDER = Path(os.environ.get("UNSTRAND_DATA", "../shared/traces")) / "bin_packing"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="needs the bin-packing lists")


def excess(file: str, scores: Callable[..., Any]) -> float:
    """Bins used over the bound, in per cent, all bins open from the start, ties to the first."""
    lists: dict[str, list[float]] = defaultdict(list)
    with (FOLDER / file).open(newline="") as rows:
        for row in csv.DictReader(rows):
            lists[row["instance"]].append(float(row["size"]))
            capacity = float(row["capacity"])
    used, bound = 0, 0
    for sizes in lists.values():
        bins = np.full(len(sizes), capacity)
        for size in sizes:
            fits = np.flatnonzero(bins >= size)
            required, free = (
                SimpleNamespace(size=np.float64(size)),
                SimpleNamespace(size=bins[fits]),
            )
            bins[fits[np.argmax(scores(required=required, free=free))]] -= size
        used += int((bins < capacity).sum())
        bound += math.ceil(sum(sizes) / capacity)
    return 100 * (used / bound - 1)


@pytest.mark.parametrize(
    ("file", "name", "published"),
    [("or3.csv", "funsearch_or3", 3.11), ("weibull_5k.csv", "funsearch_weibull", 0.68)],
)
def test_funsearch_rules_have_the_published_excess(file: str, name: str, published: float) -> None:
    assert round(excess(file, heuristics.get(name).function()), 2) == published


@pytest.mark.parametrize(
    ("file", "name", "measured"),
    [("or3.csv", "funsearch_or_short", 4.22), ("weibull_5k.csv", "eoh", 0.68)],
)
def test_other_rules_have_the_documented_excess(file: str, name: str, measured: float) -> None:
    assert round(excess(file, heuristics.get(name).function()), 2) == measured
