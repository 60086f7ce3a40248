"""Tables hold the summary's numbers; whatever names contain, each format stays whole."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from types import ModuleType

import pytest

import report
from report.intervals import Estimate
from report.table import Column, Table, by_columns, decimal, shown
from report.write_table import comma_separated, latex, latex_escaped, markdown, markdown_escaped


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_saturation_table_holds_the_summarys_numbers(saturated: Path, tmp_path: Path) -> None:
    report.build([saturated], tmp_path)
    summary = json.loads((saturated / "summary.json").read_text())
    found = {row["Heuristic"]: row for row in rows_of(tmp_path / "tables/saturate-final.csv")}
    assert list(found) == ["fgd", "best_fit", "random"]
    for result in summary["results"]:
        row = found[result["heuristic"]]
        for resource, title in (("gpu", "GPU"), ("cpu", "CPU"), ("mem", "Memory")):
            expected = result["alloc_pct_at"]["130"][resource]
            assert float(row[f"{title} allocated, %"]) == expected["mean"]
            assert float(row[f"{title} allocated, % low"]) == expected["ci95"][0]
            assert float(row[f"{title} allocated, % high"]) == expected["ci95"][1]
            assert int(row[f"{title} allocated, % n"]) == expected["n"]
        frag = result["frag_pct_at"]["130"]["gpu"]["mean"]
        assert float(row["GPU fragmentation, %"]) == frag
        assert float(row["Placed"]) == result["placed"]
        assert (
            float(row["µs a decision"])
            == (summary["timings_s"]["decision_us"][result["heuristic"]])
        )
    way = {row["Heuristic"]: row for row in rows_of(tmp_path / "tables/saturate-way-gpu.csv")}
    for result in summary["results"]:
        for ratio in ("50", "100", "130"):
            mean = result["alloc_pct_at"][ratio]["gpu"]["mean"]
            assert float(way[result["heuristic"]][f"at {ratio} %"]) == mean


def test_the_difference_is_paired_within_seeds(saturated: Path, tmp_path: Path) -> None:
    import polars as pl
    from scipy import stats

    report.build([saturated], tmp_path)
    last = pl.read_parquet(saturated / "curve.parquet").filter(
        (pl.col("offered_pct") == 130) & (pl.col("resource") == "gpu")
    )
    ours, theirs = (
        last.filter(pl.col("heuristic") == name).sort("seed")["allocated_pct"].to_numpy()
        for name in ("fgd", "best_fit")
    )
    expected = stats.ttest_rel(ours, theirs).confidence_interval(0.95)
    row = rows_of(tmp_path / "tables/saturate-final.csv")[0]
    title = "GPU against best_fit, points"
    assert float(row[title]) == pytest.approx((ours - theirs).mean())
    assert float(row[f"{title} low"]) == pytest.approx(expected.low)
    assert float(row[f"{title} high"]) == pytest.approx(expected.high)


def test_replay_and_search_tables_hold_the_summarys_numbers(
    replayed: Path, evolved: Path, tmp_path: Path
) -> None:
    report.build([replayed, evolved], tmp_path)
    summary = json.loads((replayed / "summary.json").read_text())
    found = {row["Heuristic"]: row for row in rows_of(tmp_path / "tables/replay.csv")}
    for result in summary["results"]:
        row = found[result["heuristic"]]
        gpu = result["resources"]["gpu"]
        assert float(row["GPU allocated, %"]) == gpu["allocated_pct"]
        assert float(row["GPU fragmentation, %"]) == gpu["frag_pct"]
        assert float(row["Queueing p99, s"]) == result["queueing_p99_s"]
        assert float(row["Pending at end"]) == result["pending_at_end"]
        assert "CPU fragmentation, %" not in row
    test = json.loads((evolved / "summary.json").read_text())["results"][0]["test"]
    rows = rows_of(tmp_path / "tables/evolve-test.csv")
    assert [row["Heuristic"] for row in rows] == ["champion", "fgd", "best_fit"]
    listed = rows_of(tmp_path / "tables/evolve-lists.csv")
    assert {row["Heuristic"].split(": ")[0] for row in listed} == set(test)
    named = [("default", row["Heuristic"], row) for row in rows]
    for name, key, row in [*named, *((*row["Heuristic"].split(": "), row) for row in listed)]:
        assert float(row["Allocated, %"]) == test[name][key]["mean"]
        if key != "champion":
            difference = test[name][f"champion_minus_{key}"]
            assert float(row["Champion less it, points"]) == difference["mean"]
            assert float(row["Champion less it, points low"]) == difference["ci95"][0]


@pytest.mark.campaign
def test_conflicts_are_shown_where_views_were_stale(
    folders: ModuleType, comparing: ModuleType, tmp_path: Path
) -> None:
    replayed = folders.replay(tmp_path / "replayed", conflicts=17)
    report.build([replayed, folders.replay(tmp_path / "more", seed=1, conflicts=18)], tmp_path)
    assert [float(row["Conflicts"]) for row in rows_of(tmp_path / "tables/replay.csv")] == [
        17.5
    ] * 2
    compared = comparing.compare(tmp_path / "compared", conflicts=17)
    report.build([compared], tmp_path)
    found = rows_of(tmp_path / "tables/compare-cell.csv")
    assert [float(row["Conflicts"]) for row in found] == [17.0] * 4
    plain = comparing.compare(tmp_path / "plain")
    report.build([plain, folders.replay(tmp_path / "none")], tmp_path)
    for name in ("replay", "compare-cell"):
        assert "Conflicts" not in rows_of(tmp_path / f"tables/{name}.csv")[0]


def table(name: str) -> Table:
    return Table(
        "t",
        "caption",
        (Column("Heuristic", number=False), Column("x, %", "allocated")),
        ((name, Estimate(1.005, 0.1, 4, (-0.0001, 2.0))), ("b", None)),
        first=0,
    )


def test_latex_is_a_booktabs_tabular_whatever_the_names() -> None:
    text = latex(table(r"[a_b] 50% & $x^2 #{~}\ *"))
    lines = text.splitlines()
    assert lines[2] == r"\begin{tabular}{lr}"
    assert lines[3] == r"\toprule"
    assert lines[-2:] == [r"\bottomrule", r"\end{tabular}"]
    row = next(line for line in lines if "50" in line)
    assert row == (
        r"\textbf{{[}a\_b] 50\% \& \$x\textasciicircum{}2 \#\{\textasciitilde{}\}"
        r"\textbackslash{} {*}} & 1.00 {[}0.00, 2.00] \\"
    )
    assert latex_escaped("*x") == "{*}x"
    assert latex_escaped("a\nb") == "a b"


def test_markdown_keeps_its_columns_and_its_text_whatever_the_names() -> None:
    lines = markdown(table("a|b <i>_x_ `c`\nd")).splitlines()
    assert lines[2] == r"| **a\|b &lt;i>\_x\_ \`c\` d** | 1.00 \[0.00, 2.00\] |"
    assert markdown_escaped("best_fit") == "best_fit"


def test_csv_quotes_names_and_defuses_formulas() -> None:
    text = comma_separated(table('=1+1,"x"'))
    rows = list(csv.reader(text.splitlines()))
    assert rows[0] == ["Heuristic", "x, %", "x, % low", "x, % high", "x, % n"]
    assert rows[1] == ['\'=1+1,"x"', "1.005", "-0.0001", "2.0", "4"]
    assert rows[2] == ["b", "", "", "", ""]


def test_files_of_hostile_names_stay_in_the_folder(folders: ModuleType, tmp_path: Path) -> None:
    folder = folders.saturate(
        tmp_path / "in", seeds=range(2), resources=("../../x", "a/b", "a:b"), heuristics=("h", "i")
    )
    built = report.build([folder], tmp_path / "out")
    files = [*built.tables, *built.figures]
    assert len(files) == len(set(files))
    assert all(path.resolve().parent.parent == (tmp_path / "out").resolve() for path in files)


def test_figures_are_svg_and_pdf(saturated: Path, tmp_path: Path) -> None:
    built = report.build([saturated], tmp_path)
    stems = {path.stem for path in built.figures}
    assert {"saturate-final-gpu", "saturate-allocated-gpu", "saturate-fragmentation-gpu"} <= stems
    assert "saturate-fragmentation-cpu" not in stems
    for path in built.figures:
        start = path.read_bytes()[:5]
        assert start == (b"%PDF-" if path.suffix == ".pdf" else b"<svg ")


def test_rows_that_stand_apart_do_so_in_every_file_and_their_marks_are_noted() -> None:
    columns = (Column("Heuristic", number=False), Column("x"))
    made = Table("t", "caption", columns, (("a", 1.0), ("b_c", 2.0)), 0, {1: "rejects work"}, 1)
    lines = markdown(made).splitlines()
    assert lines[3:5] == ["| *Marked, so not ranked:* |   |", "| b_c | 2.00 |"]
    assert lines[-1] == "caption. Marked rejects work: b_c"
    text = latex(made)
    assert text.startswith("% caption\n% Marked rejects work: b_c\n")
    assert text.index(r"\textbf{a}") < text.rindex(r"\midrule") < text.index(r"b\_c")
    assert comma_separated(made) == "Heuristic,x\na,1.0\nb_c,2.0\n"
    marked = Table("t", "c", (*columns, Column("Marks", "marks", number=False)), ())
    assert marked.note is None


def test_columns_in_which_nothing_stands_are_left_out() -> None:
    made = by_columns("t", "c", [(Column("a"), [1.0]), (Column("b"), [None])])
    assert [column.title for column in made.columns] == ["a"]


def test_numbers_are_never_a_negative_zero_and_differences_carry_a_sign() -> None:
    assert decimal(-0.001, 2) == "0.00"
    assert decimal(0.5, 2, signed=True) == "+0.50"
    assert decimal(0.001, 2, signed=True) == "0.00"
    assert shown(None, Column("x")) == "–"
