"""A comparison's folder is read whole or refused in one line; its numbers reach every table."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

import report
from report.build import FULL, told
from report.comparison_series import recovered_pairs, shares
from report.comparisons import comparison
from report.folder import read, read_all
from report.section import Section

Spoil = Callable[[Path], None]


def section(*paths: Path) -> Section:
    return told(read_all(paths))[0][0]


def changed(change: Callable[[dict[str, Any]], object]) -> Spoil:
    def spoil(folder: Path) -> None:
        summary = json.loads((folder / "summary.json").read_text())
        change(summary)
        (folder / "summary.json").write_text(json.dumps(summary))

    return spoil


def parquet(name: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Spoil:
    def spoil(folder: Path) -> None:
        change(pl.read_parquet(folder / name)).write_parquet(folder / name)

    return spoil


def fgd(summary: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = summary["results"][1]
    return found


SPOILT: dict[str, tuple[Spoil, str, str]] = {
    "no pairs": (lambda f: (f / "pairs.parquet").unlink(), "pairs.parquet", "found nothing"),
    "no samples": (lambda f: (f / "samples.parquet").unlink(), "samples.parquet", "found nothing"),
    "no shapes": (lambda f: (f / "shapes.parquet").unlink(), "shapes.parquet", "found nothing"),
    "no numbers": (
        changed(lambda s: fgd(s).update(recovered_pct="much")),
        "results[1].recovered_pct",
        'found "much", expected a finite number',
    ),
    "no resource": (
        changed(lambda s: fgd(s)["resources"]["gpu"].pop("stranded_pct")),
        "results[1].resources.gpu.stranded_pct",
        "found nothing",
    ),
    "no common resource": (
        changed(lambda s: fgd(s).update(resources={})),
        "results",
        "a resource common to all",
    ),
    "interval turned": (
        changed(lambda s: fgd(s).update(recovered_pct_ci95=[2.0, 1.0])),
        "results[1].recovered_pct_ci95",
        "the lower end first",
    ),
    "interval of one": (
        changed(lambda s: fgd(s)["resources"]["gpu"].update(recovered_ci95=[1.0])),
        "resources.gpu.recovered_ci95",
        "a pair of numbers",
    ),
    "marks": (changed(lambda s: fgd(s).update(marks="x")), "results[1].marks", "a list of texts"),
    "half a pair": (
        changed(lambda s: s["results"][0].update(pairs=2.5)),
        "results[0].pairs",
        "a whole number from 1 on",
    ),
    "pairs that are no grid": (
        changed(lambda s: s["results"][0].update(windows=3)),
        "results[0].pairs",
        "expected 24 (windows × seeds: 3 × 8)",
    ),
    "seeds that differ": (
        parquet("pairs.parquet", lambda p: p.with_columns(window=pl.col("seed") % 2)),
        "heuristic fgd, policy first",
        "windows × seeds: 1 × 8",
    ),
    "twice": (
        changed(lambda s: fgd(s).update(heuristic="best_fit")),
        "results[1].heuristic",
        "each heuristic once",
    ),
    "two baselines": (
        changed(lambda s: fgd(s).update(baseline="random")),
        "results[1].baseline",
        "best_fit, as in results[0]",
    ),
    "no baseline": (
        changed(lambda s: s["results"].pop(0)),
        "results",
        "the baseline best_fit among the heuristics",
    ),
    "spread": (
        changed(lambda s: fgd(s)["spread"]["random"].pop("goodput_delta_points")),
        "results[1].spread.random.goodput_delta_points",
        "found nothing",
    ),
    "weights": (
        changed(lambda s: s["config"].update(weights=[1])),
        "config.weights",
        "a JSON object",
    ),
    "a pair missing": (
        parquet("pairs.parquet", lambda p: p.filter(pl.col("seed") != 2)),
        "heuristic fgd, policy first",
        "found 7 rows of 7 pairs, expected one row for each of 8",
    ),
    "a pair twice": (
        parquet("pairs.parquet", lambda p: pl.concat([p, p.filter(pl.col("heuristic") == "fgd")])),
        "pairs.parquet",
        "expected one row for each of 8 pairs",
    ),
    "a pair without its number": (
        parquet("pairs.parquet", lambda p: p.with_columns(recovered_pct=pl.lit(None))),
        "column recovered_pct",
        "expected one a pair",
    ),
    "window of text": (
        parquet("pairs.parquet", lambda p: p.cast({"window": pl.String})),
        "column window",
        "expected integers",
    ),
    "no samples in it": (
        parquet("samples.parquet", lambda p: p.clear()),
        "samples.parquet",
        "found no rows",
    ),
    "no time": (
        parquet("samples.parquet", lambda p: p.drop("time_s")),
        "samples.parquet",
        "expected also time_s",
    ),
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_spoilt_comparison_gives_one_line_and_no_files(
    kind: str, comparing: ModuleType, tmp_path: Path
) -> None:
    spoil, where, what = SPOILT[kind]
    folder = comparing.compare(tmp_path / "in", heuristics=("best_fit", "fgd"))
    spoil(folder)
    with pytest.raises(report.ReportError) as caught:
        report.build([folder], tmp_path / "out")
    line = str(caught.value)
    assert "\n" not in line
    assert str(folder) in line
    assert where in line
    assert what in line
    assert not (tmp_path / "out").exists()


def rows_of(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return {next(iter(row.values())): row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def built(compared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built")
    report.build([compared], out)
    return out


def results(folder: Path) -> dict[str, dict[str, Any]]:
    summary = json.loads((folder / "summary.json").read_text())
    return {result["heuristic"]: result for result in summary["results"]}


def test_the_answer_holds_the_summarys_numbers(built: Path, compared: Path) -> None:
    rows = rows_of(built / "tables/compare.csv")
    assert list(rows) == ["fgd", "dot_product", "best_fit", "cosine"]
    recovered = "Recovered compute, % against best_fit"
    for heuristic, result in results(compared).items():
        row = rows[heuristic]
        if heuristic == "best_fit":
            assert row[recovered] == "baseline"
            assert row["Of the recoverable, %"] == ""
            continue
        assert float(row[recovered]) == result["recovered_pct"]
        assert float(row[f"{recovered} low"]) == result["recovered_pct_ci95"][0]
        assert float(row[f"{recovered} high"]) == result["recovered_pct_ci95"][1]
        assert int(row[f"{recovered} n"]) == 8
        assert float(row["Of the stranded, %"]) == result["of_stranded_pct"]
        assert float(row["Of the recoverable, %"]) == result["of_recoverable_pct"]
        assert float(row["Recovered machines"]) == result["recovered_machines"]
        goodput = "Goodput against best_fit, points"
        assert float(row[goodput]) == result["goodput_delta_points"]
        assert float(row["Stranded, %"]) == result["stranded_pct"]
        assert float(row["Bound, %"]) == result["bound_pct"]
    assert rows["cosine"]["Marks"] == "rejects work"
    assert "Recovered money" not in rows["fgd"]


def test_each_resource_and_tie_rule_has_its_numbers(built: Path, compared: Path) -> None:
    rows = rows_of(built / "tables/compare-resources.csv")
    measures = rows_of(built / "tables/compare-measures.csv")
    ties = rows_of(built / "tables/compare-ties.csv")
    for heuristic, result in results(compared).items():
        for resource, name in (("gpu", "GPU"), ("cpu", "CPU"), ("mem", "Memory")):
            part = result["resources"][resource]
            assert float(rows[heuristic][f"{name} stranded, %"]) == part["stranded_pct"]
            row = measures[f"{name}: {heuristic}"]
            assert float(row["Exhausted, %"]) == part["exhausted_pct"]
            assert float(row["Expected fragmentation, %"]) == part["frag_pct"]
            assert float(row["Allocated, %"]) == part["allocated_pct"]
            assert float(row["Bound, %"]) == part["bound_pct"]
            if heuristic != "best_fit":
                column = f"{name} recovered, points"
                assert float(rows[heuristic][column]) == part["recovered_points"]
                assert float(rows[heuristic][f"{column} low"]) == part["recovered_ci95"][0]
        for policy, tried in result["spread"].items():
            if heuristic != "best_fit":
                row = ties[heuristic]
                assert float(row[f"Recovered, % ({policy})"]) == tried["recovered_pct"]
                assert float(row[f"Goodput, points ({policy})"]) == tried["goodput_delta_points"]


def test_windows_are_the_means_over_their_seeds(comparing: ModuleType, tmp_path: Path) -> None:
    folder = comparing.compare(tmp_path / "in", windows=3, seeds=4)
    (table,) = next(part for part in section(folder).parts if part.title == "By window").tables
    pairs = pl.read_parquet(folder / "pairs.parquet").filter(
        (pl.col("heuristic") == "fgd")
        & (pl.col("policy") == "first")
        & (pl.col("resource") == "gpu")
    )
    means = pairs.group_by("window").agg(pl.col("recovered_pct").mean()).sort("window")
    row = next(row for row in table.rows if row[0] == "fgd")
    assert [column.title for column in table.columns[1:]] == ["Window 0", "Window 1", "Window 2"]
    found = [cell.mean for cell in row[1:] if not isinstance(cell, str | float) and cell]
    assert found == pytest.approx(means["recovered_pct"].to_list())


def test_one_window_shows_its_pairs_and_no_table_of_windows(compared: Path) -> None:
    part = next(part for part in section(compared).parts if part.title == "By window")
    assert part.tables == ()
    assert [figure.name for figure in part.figures] == ["compare-pairs"]


def test_shapes_that_never_fit_stand_first_and_those_that_always_do_are_left_out(
    compared: Path, comparing: ModuleType, tmp_path: Path
) -> None:
    (table,) = section(compared).parts[-1].tables
    assert [row[0] for row in table.rows] == list(comparing.SHAPES[:2])
    assert [column.title for column in table.columns[2:4]] == [
        "Unfit under best_fit, %",
        "Unfit under fgd, %",
    ]
    folder = comparing.compare(tmp_path / "in")
    parquet("shapes.parquet", lambda p: p.clear())(folder)
    titles = [part.title for part in section(folder).parts]
    assert "Shapes that no longer fit" not in titles


def test_of_many_heuristics_the_lines_of_the_baseline_and_the_first_are_drawn(
    comparing: ModuleType, tmp_path: Path
) -> None:
    names = [f"h{i}" for i in range(9)]
    folder = comparing.compare(
        tmp_path / "in",
        heuristics=("best_fit", *names, "cosine"),
        gains={name: (1.0 - 0.3 * i, 0.0) for i, name in enumerate(names)},
        noise=0.01,
        windows=2,
        seeds=1,
        policies=("first",),
    )
    found = section(folder)
    figures = {figure.name: figure for figure in found.all_figures}
    for name, lines in (
        ("compare-stranded-gpu", ["h0", "h1", "h2", "h3", "best_fit", "h4", "h5", "h6"]),
        ("compare-windows", ["h0", "h1", "h2", "h3", "h4", "h5", "h6"]),
    ):
        assert [style.label for style in figures[name].legend] == lines
        assert "Drawn: the baseline and the first 7 others" in figures[name].caption
    shapes = found.parts[-1].tables[0]
    assert len(shapes.columns) == 2 + 8
    assert "first 7 others" in shapes.caption
    assert len(found.tables[0].rows) == 11


def test_a_rule_of_a_heuristics_own_is_no_comparison_of_rules(
    comparing: ModuleType, tmp_path: Path
) -> None:
    folder = comparing.compare(tmp_path / "in", heuristics=("best_fit", "fgd"), policies=("first",))
    path = folder / "pairs.parquet"
    pairs = pl.read_parquet(path)
    own = pl.when(pl.col("heuristic") == "fgd").then(pl.lit("random")).otherwise(pl.col("policy"))
    pairs.with_columns(policy=own).write_parquet(path)

    def random_ties(summary: dict[str, Any]) -> None:
        fgd(summary)["ties"] = "random"
        fgd(summary)["spread"] = {"random": fgd(summary)["spread"]["first"]}

    changed(random_ties)(folder)
    found = section(folder)
    assert dict(found.facts)["Ties"] == "random and first"
    assert "Tie rules side by side" not in [part.title for part in found.parts]


def test_a_queue_brings_its_columns_and_what_waits_over_time(
    compared: Path, comparing: ModuleType, tmp_path: Path
) -> None:
    queued = section(comparing.compare(tmp_path / "in", queue="fifo"))
    (table,) = next(p for p in queued.parts if p.title == "Work, queue and machines").tables
    assert {"Queueing p99, s", "Pending at end, mean", "Queued"} <= {c.title for c in table.columns}
    assert "compare-pending" in [figure.name for figure in queued.all_figures]
    plain = section(compared)
    assert "compare-pending" not in [figure.name for figure in plain.all_figures]
    (table,) = next(p for p in plain.parts if p.title == "Work, queue and machines").tables
    assert not any("Queueing" in column.title for column in table.columns)


def test_the_front_leaves_out_marked_rows_and_those_that_another_beats(
    comparing: ModuleType, tmp_path: Path
) -> None:
    folder = comparing.compare(
        tmp_path / "in",
        heuristics=("best_fit", "fgd", "dot_product", "cosine"),
        resources=("cpu", "gpu"),
        weights={"cpu": 1.0, "gpu": 1.0},
        noise=0.001,
    )
    figures = section(folder).all_figures
    alt = next(figure.alt for figure in figures if figure.name == "compare-front-cpu")
    assert alt.endswith("on the front: 1\N{NO-BREAK SPACE}fgd")


def test_shares_add_up_to_what_the_baseline_strands(compared: Path) -> None:
    values = shares(comparison(read(compared)))
    base = results(compared)["best_fit"]
    for heuristic in ("fgd", "best_fit"):
        parts = [row for row in values if row["label"] == heuristic]
        assert parts[0]["low"] == 0
        assert parts[0]["high"] == pytest.approx(base["bound_pct"], abs=1e-4)
        assert parts[-1]["high"] == pytest.approx(base["stranded_pct"], abs=1e-4)
        assert sum(part["size"] for part in parts) == pytest.approx(base["stranded_pct"], abs=1e-3)


def test_without_bound_spread_or_price_nothing_is_said_of_them(
    comparing: ModuleType, tmp_path: Path
) -> None:
    folder = comparing.compare(tmp_path / "in", bound="none", policies=("first",))
    found = section(folder)
    titles = [column.title for table in found.all_tables for column in table.columns]
    assert not any("recoverable" in title or "Bound" in title for title in titles)
    assert "Tie rules side by side" not in [part.title for part in found.parts]
    assert "not asked for (bound=none)" in " ".join(found.details)
    report.build([folder], tmp_path / "out")


def test_a_heuristic_with_a_tie_rule_of_its_own_is_told_under_it(
    comparing: ModuleType, tmp_path: Path
) -> None:
    folder = comparing.compare(tmp_path / "in", heuristics=("best_fit", "fgd"))
    changed(lambda s: fgd(s).update(ties="random"))(folder)
    found = comparison(read(folder))
    pairs = pl.read_parquet(folder / "pairs.parquet").filter(
        (pl.col("heuristic") == "fgd")
        & (pl.col("policy") == "random")
        & (pl.col("resource") == "gpu")
    )
    values = [value for _, _, value in recovered_pairs(found, found.candidates[0])]
    assert values == pairs.sort("window", "seed")["recovered_pct"].to_list()
    assert dict(section(folder).facts)["Ties"] == "random and first"
    (table,) = next(p for p in section(folder).parts if p.title == "Tie rules side by side").tables
    by_name = {row[0]: row for row in table.rows}
    assert by_name["fgd"][1] == "random"
    assert by_name["best_fit"][2] == "baseline"
    assert by_name["best_fit"][3] != "baseline"


def test_recovered_money_is_there_with_a_price(comparing: ModuleType, tmp_path: Path) -> None:
    found = section(comparing.compare(tmp_path / "in", price=12000.0))
    assert "Recovered money" in [column.title for column in found.tables[0].columns]
    assert "Recovered money" in [tile.name for tile in found.tiles]


def test_many_comparisons_are_told_by_their_answers(comparing: ModuleType, tmp_path: Path) -> None:
    made = [
        comparing.compare(tmp_path / f"{k}", load=0.5 + k / 50, seeds=3, policies=("first",))
        for k in range(FULL + 1)
    ]
    few, _ = told(read_all(made[:FULL]))
    assert all(len(one.all_figures) > 5 for one in few if one.kind == "comparison")
    many, overviews = told(read_all(made))
    alone = [one for one in many if one.kind == "comparison"]
    assert len(alone) == FULL + 1
    for one in alone:
        assert len(one.all_tables) == 1
        assert not one.all_figures
        assert f"One of {FULL + 1}" in one.details[-1]
    assert len(overviews[0].rows) == FULL + 1
    assert [len(one.all_figures) for one in many if one.kind == "sweep"] == [1]


def test_what_a_sweep_set_is_an_axis_where_it_is_a_number(
    comparing: ModuleType, tmp_path: Path
) -> None:
    for number, (age, queue) in enumerate([(0, "reject"), (20, "reject"), (100, "fifo")]):
        folder = comparing.compare(tmp_path / f"{number}", seeds=2, noise=0.1 + age / 100)
        told_by = [f"stale.decisions={age}", f"queue={queue}", f"seed={number // 2}"]
        (folder / "overrides.json").write_text(json.dumps(told_by))
    sections = told(read_all([tmp_path / f"{number}" for number in range(3)]))[0]
    (found,) = [one for one in sections if one.kind == "sweep"]  # none for seeds
    assert found.title == "Recovered compute by stale.decisions"
    spec = json.dumps(found.figures[0].draw(True))
    assert '"sort": ["0", "20"]' in spec
    assert [row[0] for row in found.tables[0].rows] == [
        "openb, queue=fifo, seed=1 at 100",
        "openb, queue=reject, seed=0 at 0",
        "openb, queue=reject, seed=0 at 20",
    ]
