"""What is compared with what, and what is said where there is less than usual."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import report
from report.build import told
from report.folder import read_all
from report.section import Section


def sections(*paths: Path) -> tuple[Section, ...]:
    return told(read_all(paths))[0]


def test_two_folders_of_one_trace_are_one_comparison(folders: ModuleType, tmp_path: Path) -> None:
    a = folders.saturate(tmp_path / "a", heuristics=("fgd",))
    b = folders.saturate(tmp_path / "b", heuristics=("best_fit", "random"))
    (section,) = sections(a, b, a)
    assert [row[0] for row in section.tables[0].rows] == ["fgd", "best_fit", "random"]
    assert "paired over 4 seeds" in " ".join(section.details)


def test_other_seeds_are_compared_unpaired(folders: ModuleType, tmp_path: Path) -> None:
    a = folders.saturate(tmp_path / "a", heuristics=("fgd",), seeds=range(4))
    b = folders.saturate(tmp_path / "b", heuristics=("best_fit",), seeds=range(4, 9))
    (section,) = sections(a, b)
    assert "unpaired" in " ".join(section.details)


def test_one_heuristic_under_both_tie_rules_is_two_rows(
    folders: ModuleType, tmp_path: Path
) -> None:
    a = folders.saturate(tmp_path / "a", heuristics=("fgd",))
    b = folders.saturate(tmp_path / "b", heuristics=("fgd",), ties="random")
    c = folders.saturate(tmp_path / "c", heuristics=("fgd",), ties="random")
    (section,) = sections(a, b)
    labels = {row[0] for row in section.tables[0].rows}
    assert labels == {"fgd (ties first)", "fgd (ties random)"}
    (section,) = sections(b, c)
    assert {row[0] for row in section.tables[0].rows} == {"fgd (b)", "fgd (c)"}


def test_two_traces_are_two_comparisons_and_a_table_over_both(
    folders: ModuleType, tmp_path: Path
) -> None:
    a = folders.saturate(tmp_path / "a")
    b = folders.saturate(tmp_path / "b", sha256="ff" * 32, tasks="/data/pods_cpu250.csv")
    found, (overview,) = told(read_all([a, b]))
    assert [section.title for section in found] == [
        "Saturation of openb",
        "Saturation of openb (pods_cpu250)",
    ]
    assert [row[0] for row in overview.rows] == [
        "openb at 130 %",
        "openb (pods_cpu250) at 130 %",
    ]
    built = report.build([a, b], tmp_path / "out")
    assert (tmp_path / "out/tables/saturate-overview.tex") in built.tables


def test_without_gpu_the_first_resource_decides(folders: ModuleType, tmp_path: Path) -> None:
    folder = folders.saturate(tmp_path / "a", resources=("mem", "cpu"))
    (section,) = sections(folder)
    assert "CPU" in section.headline
    other = folders.saturate(tmp_path / "b", resources=("size",))
    built = report.build([other], tmp_path / "out")
    assert "size" in built.headlines[0]
    assert not any("fragmentation" in path.name for path in built.figures)


def test_one_seed_has_no_interval_and_says_so(folders: ModuleType, tmp_path: Path) -> None:
    folder = folders.saturate(tmp_path / "a", seeds=(7,))
    (section,) = sections(folder)
    assert dict(section.facts)["Seeds"] == "one seed, so no intervals"
    assert "chance is not ruled out" in " ".join(section.details)
    report.build([folder], tmp_path / "out")
    text = (tmp_path / "out/tables/saturate-final.md").read_text(encoding="utf-8")
    assert "one seed" in text
    assert "[" not in text.splitlines()[2]


def test_one_heuristic_alone_is_told_without_a_baseline(
    folders: ModuleType, tmp_path: Path
) -> None:
    (section,) = sections(folders.saturate(tmp_path / "a", heuristics=("fgd",)))
    assert section.headline.startswith("fgd allocates 9")
    assert "against" not in " ".join(column.title for column in section.tables[0].columns)


def test_best_fit_first_is_compared_with_the_runner_up(folders: ModuleType, tmp_path: Path) -> None:
    (section,) = sections(folders.saturate(tmp_path / "a", heuristics=("random", "best_fit")))
    assert section.headline.startswith("best_fit allocates")
    assert section.headline.endswith("than random")


def test_an_interval_with_zero_in_it_is_called_no_difference(
    folders: ModuleType, tmp_path: Path
) -> None:
    (section,) = sections(folders.saturate(tmp_path / "a", heuristics=("x", "x2"), seeds=range(2)))
    folder = folders.saturate(tmp_path / "b", heuristics=("fgd", "best_fit"), seeds=range(2))
    assert "paired" in " ".join(section.details)
    import polars as pl

    same = pl.read_parquet(folder / "curve.parquet").with_columns(
        pl.when(pl.col("seed") == 0)
        .then(90.0)
        .otherwise(pl.when(pl.col("heuristic") == "fgd").then(91.0).otherwise(89.0))
        .alias("allocated_pct")
    )
    same.write_parquet(folder / "curve.parquet")
    (section,) = sections(folder)
    assert "do not tell them apart" in " ".join(section.details)


def test_replays_on_several_seeds_get_an_interval(folders: ModuleType, tmp_path: Path) -> None:
    paths = [folders.replay(tmp_path / str(seed), seed=seed) for seed in range(3)]
    (section,) = sections(*paths)
    assert "paired over 3 seeds" in " ".join(section.details)
    assert dict(section.facts)["Seeds"] == "0, 1, 2"


def test_champion_py_is_the_source_where_it_is_there(folders: ModuleType, tmp_path: Path) -> None:
    folder = folders.evolve(tmp_path / "a")
    (folder / "champion.py").write_text("def score():\n\treturn 1\x00\n", encoding="utf-8")
    (section,) = sections(folder)
    title, source = section.sources[0]
    assert title == "The champion, cut down"
    assert source == "def score():\n    return 1\N{REPLACEMENT CHARACTER}\n"
