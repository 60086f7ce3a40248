"""What a comparison is said to show: no more than its interval, its marks and its pairs allow."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

import report
from report.build import told
from report.comparison_series import between
from report.comparisons import comparison
from report.definitions import told as pieces
from report.folder import read, read_all
from report.intervals import nested
from report.page import title
from report.section import Section

Tell = Callable[..., Section]


@pytest.fixture
def compared_as(comparing: ModuleType, tmp_path: Path) -> Tell:
    """Write a comparison and tell it."""

    def tell(**choices: object) -> Section:
        return told(read_all([comparing.compare(tmp_path / "in", **choices)]))[0][0]

    return tell


def words(section: Section) -> str:
    return " ".join(section.details)


def test_the_winner_is_named_with_its_gain_interval_and_baseline(compared: Path) -> None:
    (section,) = told(read_all([compared]))[0]
    assert section.headline.startswith("fgd recovers 1.")
    assert "% of the fleet's GPU over best_fit, 95 % interval 1." in section.headline
    assert section.outcome == "fgd ahead"
    assert section.warning is None
    facts = dict(section.facts)
    assert facts["Baseline"] == "best_fit"
    assert facts["Load"] == "0.9 on 300 machines"
    assert facts["Pairs"] == "1 window of 168 h after 96 h of history, 8 seeds: 8 pairs"
    assert facts["Sold by"] == "GPU alone"
    assert facts["Data"].startswith("openb: 8152 tasks, 1213 machines")
    assert "Goodput held" in words(section)


def test_a_marked_row_is_never_the_winner_and_the_page_says_why(compared: Path) -> None:
    (section,) = told(read_all([compared]))[0]
    answer = section.tables[0]
    assert [row[0] for row in answer.rows] == ["fgd", "dot_product", "best_fit", "cosine"]
    assert answer.first == 0
    assert answer.apart == 3
    assert answer.marked == {3: "rejects work"}
    assert "cosine shows more" in words(section)
    assert "is marked “rejects work”" in words(section)
    assert "not called the winner" in words(section)


def test_marked_rows_stand_apart_in_every_table_but_a_marked_baseline_does_not(
    compared_as: Tell,
) -> None:
    section = compared_as(
        heuristics=("best_fit", "fgd", "cosine", "random", "worst_fit"),
        marks={
            "cosine": ("rejects work",),
            "random": ("fresh packing",),
            "worst_fit": ("contain=off",),
            "best_fit": ("fresh packing",),
        },
        windows=2,
    )
    expected = ["fgd", "best_fit", "worst_fit", "cosine", "random"]
    for table in section.all_tables:
        if table.columns[0].title == "Heuristic":
            names = [row[0] for row in table.rows]
            assert names == [name for name in expected if name in names]
            assert names[table.apart or 0 :] == ["cosine", "random"]
            assert set(table.marked) == {i for i, name in enumerate(names) if name != "fgd"}


def test_many_marked_rows_that_show_more_are_told_in_one_sentence(compared_as: Tell) -> None:
    names = ["cosine", "a", "b"]
    section = compared_as(
        heuristics=("best_fit", "fgd", *names),
        gains={"a": (1.8, -1.0), "b": (1.9, -1.0)},
        marks=dict.fromkeys(names, ("rejects work",)),
    )
    assert "3 show more, cosine the most (+2." in words(section)
    assert words(section).count("called the winner") == 1


def test_where_only_a_marked_row_is_ahead_there_is_no_clear_winner(compared_as: Tell) -> None:
    section = compared_as(heuristics=("best_fit", "cosine", "random"))
    assert section.headline.startswith("No clear winner: cosine shows +2.")
    assert section.headline.endswith("but is marked “rejects work”")
    assert section.warning == "cosine: “rejects work”"
    assert section.tables[0].first is None
    assert "Goodput did not hold" in words(section)
    assert any(tile.warns and tile.name == "Goodput did not hold" for tile in section.tiles)


def test_work_that_only_waits_is_told_as_waiting(compared_as: Tell) -> None:
    section = compared_as(
        heuristics=("best_fit", "fgd"), queue="fifo", marks={"fgd": ("rejects work",)}
    )
    assert "Work waits longer" in words(section)
    assert dict(section.facts)["Queue"].startswith("fifo: what fits nowhere waits")
    assert any(tile.warns and tile.name == "Goodput held, but work waits" for tile in section.tiles)


def test_a_marked_row_under_which_work_only_waits_is_told_so(compared_as: Tell) -> None:
    section = compared_as(
        heuristics=("best_fit", "gpu_packing", "fgd"),
        queue="skip",
        marks={"fgd": ("rejects work",)},
    )
    assert section.headline.startswith("gpu_packing recovers")
    assert "fgd shows more, +1." in words(section)
    assert ", but work waits), so it is not called the winner." in words(section)


def test_recorded_placements_are_a_baseline_in_words(compared_as: Tell) -> None:
    section = compared_as(
        heuristics=("recorded", "best_fit", "fgd"),
        baseline="recorded",
        gains={"best_fit": (0.8, 0.0), "fgd": (1.6, 0.0)},
    )
    assert "% of the fleet's GPU over the recorded placement, 95 % interval" in section.headline
    assert section.details[0].startswith("The recorded placement leaves ")
    assert "against the recorded placement, no loss" in words(section)
    assert "Next is best_fit" in words(section)
    facts = dict(section.facts)
    assert facts["Baseline"] == (
        "recorded: each task where the trace ran it; where that is not known, and in the probe, "
        "best_fit"
    )
    assert section.tables[0].columns[1].title == "Recovered compute, % against recorded"
    titles = [figure.title for figure in section.all_figures]
    assert "Recovered compute against the recorded placement" in titles


def test_recorded_placements_may_be_beaten_or_not(compared_as: Tell, tmp_path: Path) -> None:
    section = compared_as(
        heuristics=("best_fit", "recorded"), gains={"recorded": (0.9, 0.0)}, marks={}
    )
    assert section.headline.startswith("The recorded placement recovers 0.")
    assert section.outcome == "the recorded placement ahead"


def test_how_the_bound_was_found_is_told(compared_as: Tell) -> None:
    section = compared_as(
        heuristics=("best_fit", "fgd"),
        bound="milp",
        bound_status="stopped in time: dual bound, similar machines as one type",
    )
    assert dict(section.facts)["Bound"] == (
        "milp, stopped in time: dual bound, similar machines as one type"
    )


def test_goodput_that_may_have_been_lost_is_open(compared_as: Tell) -> None:
    section = compared_as(heuristics=("best_fit", "fgd"), gains={"fgd": (1.2, -0.1)}, seeds=3)
    assert "Whether goodput held is open" in words(section)
    assert "Goodput open" in [tile.name for tile in section.tiles]


def test_a_fresh_start_is_told_before_work_turned_away(compared_as: Tell) -> None:
    section = compared_as(
        heuristics=("best_fit", "fgd", "cosine"),
        marks={"fgd": ("fresh packing",), "cosine": ("rejects work", "fresh packing")},
    )
    assert section.headline.startswith("No clear winner: fgd shows")
    assert section.warning == "fgd: “fresh packing”"
    assert "cosine shows more" in words(section)
    assert "“rejects work” and “fresh packing”" in words(section)


def test_a_heuristic_that_was_not_contained_wins_with_that_said(compared_as: Tell) -> None:
    section = compared_as(heuristics=("best_fit", "fgd"), marks={"fgd": ("contain=off",)})
    assert section.outcome == "fgd ahead"
    assert section.warning == "fgd: “contain=off”"
    assert section.tables[0].marked == {0: "contain=off"}


def test_a_marked_baseline_is_told_beside_the_headline(compared_as: Tell) -> None:
    section = compared_as(heuristics=("best_fit", "fgd"), marks={"best_fit": ("fresh packing",)})
    assert section.warning == "baseline best_fit: “fresh packing”"
    assert "The baseline best_fit is itself marked" in words(section)


def test_an_interval_over_zero_shows_no_difference(compared_as: Tell) -> None:
    section = compared_as(
        heuristics=("best_fit", "fgd"), gains={"fgd": (0.0, 0.0)}, seeds=8, noise=0.5
    )
    assert section.headline.startswith("No difference shown: ")
    assert section.outcome == "no difference shown"
    assert "recovers" not in section.headline
    assert [tile.name for tile in section.tiles] == ["Recovered GPU", "Goodput held"]
    assert "of it recovered" not in words(section)
    assert section.tables[0].first is None


def test_one_pair_has_no_interval_and_is_no_win(compared_as: Tell) -> None:
    section = compared_as(heuristics=("best_fit", "fgd"), seeds=1)
    assert section.headline.startswith("fgd stands 1.")
    assert section.headline.endswith("on 1 pair, without an interval")
    assert dict(section.facts)["Intervals"] == "none: one pair"
    assert "Whether goodput held is open" in words(section)


def test_a_baseline_that_nothing_beats_is_told_with_the_nearest(compared_as: Tell) -> None:
    section = compared_as(heuristics=("best_fit", "worst_fit", "random"))
    assert section.headline.startswith("No heuristic beats best_fit; the nearest is worst_fit, -1.")
    assert section.outcome == "best_fit not beaten"


def test_a_baseline_alone_is_told_without_a_winner(compared_as: Tell, tmp_path: Path) -> None:
    section = compared_as(heuristics=("best_fit",))
    assert section.headline.endswith("nothing was compared with it")
    report.build([tmp_path / "in"], tmp_path / "out")


@pytest.mark.parametrize(
    ("windows", "seeds", "said"),
    [
        (1, 8, "t-interval on 8 seeds of one window"),
        (3, 2, "t-interval on the means of 3 windows"),
        (6, 2, "nested bootstrap"),
    ],
)
def test_the_kind_of_interval_is_told(
    compared_as: Tell, windows: int, seeds: int, said: str
) -> None:
    section = compared_as(heuristics=("best_fit", "fgd"), windows=windows, seeds=seeds)
    assert said in dict(section.facts)["Intervals"]


def test_a_gain_that_hangs_on_the_tie_rule_says_so(comparing: ModuleType, tmp_path: Path) -> None:
    folder = comparing.compare(tmp_path / "in", heuristics=("best_fit", "fgd"))
    text = (folder / "summary.json").read_text()
    (section,) = told(read_all([folder]))[0]
    assert "hangs on the tie rule" not in words(section)
    summary = json.loads(text)
    summary["results"][1]["spread"]["random"]["recovered_pct_ci95"] = [-0.4, 0.3]
    (folder / "summary.json").write_text(json.dumps(summary))
    (section,) = told(read_all([folder]))[0]
    assert "The gain hangs on the tie rule: it is not shown under random." in words(section)


def test_a_cell_without_headroom_says_that_there_is_hardly_anything_to_recover(
    comparing: ModuleType, tmp_path: Path
) -> None:
    folder = comparing.compare(tmp_path / "in", heuristics=("best_fit", "fgd"))
    summary = json.loads((folder / "summary.json").read_text())
    for result in summary["results"]:
        result["bound_pct"] = summary["results"][0]["stranded_pct"] - 0.05
    (folder / "summary.json").write_text(json.dumps(summary))
    (section,) = told(read_all([folder]))[0]
    assert "There is hardly anything to recover" in words(section)


def test_the_runner_up_is_compared_pair_by_pair(compared_as: Tell) -> None:
    close = compared_as(
        heuristics=("best_fit", "fgd", "gpu_packing"),
        gains={"gpu_packing": (1.2, 0.0)},
        noise=0.3,
    )
    assert "no difference shown between these two" in words(close)
    assert "does not allow for the choice" not in words(close)


def test_the_runner_up_has_the_interval_of_the_comparison(
    comparing: ModuleType, tmp_path: Path
) -> None:
    folder = comparing.compare(
        tmp_path / "in",
        heuristics=("best_fit", "fgd", "gpu_packing"),
        gains={"gpu_packing": (0.9, 0.0)},
        windows=6,
        seeds=2,
    )
    found = comparison(read(folder))
    pairs = pl.read_parquet(folder / "pairs.parquet").filter(
        (pl.col("policy") == "first") & (pl.col("resource") == "gpu")
    )
    rows = {
        name: pairs.filter(pl.col("heuristic") == name)
        .sort("window", "seed")["recovered_pct"]
        .to_numpy()
        for name in ("fgd", "gpu_packing")
    }
    gap = (rows["fgd"] - rows["gpu_packing"]).reshape(6, 2)
    assert between(found, *found.candidates) == nested(gap.tolist())


def test_several_comparisons_have_one_section_each_and_one_table_over_all(
    comparing: ModuleType, tmp_path: Path
) -> None:
    a = comparing.compare(tmp_path / "a", heuristics=("best_fit", "fgd"))
    b = comparing.compare(tmp_path / "b", heuristics=("best_fit", "cosine"), trace="azure_v1")
    c = comparing.compare(tmp_path / "c", heuristics=("best_fit", "fgd"))
    sections, (overview,) = told(read_all([a, b, c]))
    assert [section.title for section in sections] == [
        "openb, 300 machines at load 0.9 (a)",
        "azure_v1, 300 machines at load 0.9",
        "openb, 300 machines at load 0.9 (c)",
    ]
    assert [row[0] for row in overview.rows] == [section.title for section in sections]
    assert overview.marked == {1: "rejects work"}
    assert [row[1] for row in overview.rows] == [
        "fgd ahead",
        "no clear winner",
        "fgd ahead",
    ]
    assert title(sections) == ("3 comparisons: fgd ahead in 2; no clear winner in 1")
    built = report.build([a, b, c], tmp_path / "out")
    assert (tmp_path / "out/tables/compare-overview.md") in built.tables
    assert (tmp_path / "out/figures/compare-2-recovered.pdf") in built.figures


def test_a_comparison_comes_first_and_heads_the_page(compared: Path, saturated: Path) -> None:
    sections, overviews = told(read_all([saturated, compared]))
    assert [section.kind for section in sections] == ["comparison", "saturation experiment"]
    assert title(sections) == sections[0].headline
    assert overviews == ()


def test_a_role_tells_two_cells_of_one_trace_apart(comparing: ModuleType, tmp_path: Path) -> None:
    paths = []
    for role in ("CN", "HN"):
        folder = comparing.compare(tmp_path / role, trace="dlrm2025")
        summary = json.loads((folder / "summary.json").read_text())
        summary["config"]["trace"]["role"] = role
        (folder / "summary.json").write_text(json.dumps(summary))
        paths.append(folder)
    found, _ = told(read_all(paths))
    assert [s.title.split(",")[0] for s in found] == ["dlrm2025 CN", "dlrm2025 HN"]


def test_terms_in_sentences_are_linked_once_and_names_never() -> None:
    said = list(
        pieces("goodput of stranded_first held; goodput, stranded", ["goodput", "stranded"])
    )
    assert said == [
        ("goodput", "goodput"),
        (" of stranded_first held; goodput, ", None),
        ("stranded", "stranded"),
    ]
    assert list(pieces("stranded", [])) == [("stranded", None)]


def test_a_shown_gain_is_not_hidden_by_a_higher_one_that_is_not(
    comparing: ModuleType, tmp_path: Path
) -> None:
    folder = comparing.compare(tmp_path / "in", marks={}, gains={"cosine": (2.2, 0.0)})
    summary = json.loads((folder / "summary.json").read_text())
    (wide,) = [one for one in summary["results"] if one["heuristic"] == "cosine"]
    wide["recovered_pct_ci95"] = [-1.0, 5.4]
    (folder / "summary.json").write_text(json.dumps(summary))
    (section,) = told(read_all([folder]))[0]
    assert section.headline.startswith("fgd recovers 1.")
    assert "cosine stands higher" in words(section)
    assert "its interval covers zero" in words(section)


def test_without_a_bound_nothing_is_called_recoverable(compared_as: Tell) -> None:
    section = compared_as(bound="none")
    (figure,) = [one for one in section.all_figures if one.name.endswith("-share")]
    assert "recoverable" not in json.dumps(figure.draw(True))
    assert not any("recovered at all" in part.title for part in section.parts)
