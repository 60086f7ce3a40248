"""The maps of machines: each machine stands in one square, what is stranded is told."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest

from report.build import told
from report.fields import ReportError
from report.folder import read_all
from report.section import Figure

COUNT = 50


def machines(folder: Path, left: float = 0.5) -> None:
    random = np.random.default_rng(3)
    parts = []
    for heuristic in ("best_fit", "fgd"):
        free = random.random((2, COUNT)) * [[96.0], [384.0]]
        parts.append(
            pl.DataFrame(
                {
                    "heuristic": [heuristic] * COUNT,
                    "machine": [f"m{k}" for k in range(COUNT)],
                    "total_cpu": [96.0] * COUNT,
                    "total_mem": [384.0] * COUNT,
                    **{f"free_{r}": free[k] for k, r in enumerate(("cpu", "mem"))},
                    **{f"left_{r}": left * free[k] for k, r in enumerate(("cpu", "mem"))},
                }
            )
        )
    pl.concat(parts).write_parquet(folder / "machines.parquet")


def maps(folder: Path) -> list[Figure]:
    sections, _ = told(read_all([folder]))
    return [one for one in sections[0].all_figures if "-machines-" in one.name]


def squares(figure: Figure) -> list[dict[str, float]]:
    spec = figure.draw(False)
    return list(next(iter(spec["datasets"].values())))


def test_every_machine_stands_in_one_square_and_the_stranded_parts_add_up(
    comparing: ModuleType, tmp_path: Path
) -> None:
    folder = comparing.compare(tmp_path / "c", heuristics=("best_fit", "fgd"))
    machines(folder)
    found = maps(folder)
    assert [figure.name for figure in found] == [
        "compare-machines-best_fit",
        "compare-machines-fgd",
    ]
    frame = pl.read_parquet(folder / "machines.parquet")
    for figure, heuristic in zip(found, ("best_fit", "fgd"), strict=True):
        values = squares(figure)
        assert sum(one["machines"] for one in values) == COUNT
        assert len({(one["x"], one["y"]) for one in values}) == len(values)
        own = frame.filter(pl.col("heuristic") == heuristic)
        for at, name in (("x", "cpu"), ("y", "mem")):
            share = 100 * own[f"left_{name}"].sum() / own[f"total_{name}"].sum()
            assert sum(one[f"left_{at}"] for one in values) == pytest.approx(share, abs=0.01)


def test_a_folder_of_an_earlier_version_has_no_map(comparing: ModuleType, tmp_path: Path) -> None:
    assert maps(comparing.compare(tmp_path / "c")) == []


def test_a_file_that_is_none_is_named(comparing: ModuleType, tmp_path: Path) -> None:
    folder = comparing.compare(tmp_path / "c", heuristics=("best_fit", "fgd"))
    (folder / "machines.parquet").write_bytes(b"PAR1 and nothing")
    with pytest.raises(ReportError, match=r"machines\.parquet: found .* expected Parquet"):
        maps(folder)
    machines(folder)
    frame = pl.read_parquet(folder / "machines.parquet").with_columns(free_cpu=pl.lit("x"))
    frame.write_parquet(folder / "machines.parquet")
    with pytest.raises(ReportError, match=r"machines\.parquet: column free_cpu: found String"):
        maps(folder)
