"""What a search is said to show: allocation at saturation, or points recovered over a baseline."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import report
from report.build import told
from report.folder import read_all
from report.section import Section

Tell = Callable[..., Section]


@pytest.fixture
def searched_as(folders: ModuleType, tmp_path: Path) -> Tell:
    """Write a search for recovery and tell it."""

    def tell(**choices: object) -> Section:
        return told(read_all([folders.evolve_recovery(tmp_path / "in", **choices)]))[0][0]

    return tell


def words(section: Section) -> str:
    return " ".join(section.details)


def only(champion: tuple[float, float], **rivals: tuple[float, float]) -> dict[str, Any]:
    return {"default": {"champion": champion, **rivals}}


def test_a_search_for_recovery_speaks_of_points_over_its_baseline(searched_as: Tell) -> None:
    section = searched_as()
    assert section.headline.startswith("The champion does not win: it recovers 0.")
    assert "points less GPU than fgd, the best shipped heuristic, 95 % " in section.headline
    assert "Recovered over best_fit on test pairs of default: the champion +0." in words(section)
    assert section.warning is None
    assert "Goodput held: allocated resource-time +0." in words(section)
    assert "On 2 task lists that it never saw, over best_fit: ahead on 1, behind on 1" in words(
        section
    )
    assert "against fgd: ahead on 1, behind on 1" in words(section)
    assert "It rejects work on gpuspec10." in words(section)
    assert "Under the other tie rules, over best_fit under its own: random +0." in words(section)
    assert "The gain hangs on the tie rule: it is not shown under rounded." in words(section)
    assert [tile.name for tile in section.tiles] == [
        "Over fgd, best shipped",
        "Recovered GPU over best_fit",
        "Goodput held",
        "Candidates",
    ]
    facts = dict(section.facts)
    assert facts["Baseline"] == "best_fit"
    assert facts["Test pairs"] == "8"
    assert facts["Cells"] == (
        "train 300 machines at load 0.9; validation 200 machines at load 0.8; test 300 machines"
    )
    every = [
        section.headline,
        *section.details,
        *(c.title for t in section.all_tables for c in t.columns),
    ]
    every += [text for f in section.all_figures for text in (f.title, f.alt, f.caption)]
    assert not any("allocated" in text.replace("allocated resource-time", "") for text in every)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_its_tables_hold_the_summarys_numbers(folders: ModuleType, tmp_path: Path) -> None:
    folder = folders.evolve_recovery(tmp_path / "in")
    report.build([folder], tmp_path / "out")
    (result,) = json.loads((folder / "summary.json").read_text())["results"]
    rows = rows_of(tmp_path / "out/tables/evolve-lists.csv")
    assert len(rows) == 6
    for row in rows:
        name, key = row["Heuristic"].split(": ")
        test, held = result["test"][name], result["goodput_delta_points"][name]
        assert float(row["Recovered, points"]) == test[key]["mean"]
        assert float(row["Recovered, points low"]) == test[key]["ci95"][0]
        assert float(row["Goodput, points"]) == held[key]["mean"]
        if key == "fgd":
            assert float(row["Champion less it, points"]) == test["champion_minus_fgd"]["mean"]
    ties = {row["Tie rule"]: row for row in rows_of(tmp_path / "out/tables/evolve-ties.csv")}
    assert list(ties) == ["its own", "random", "rounded"]
    random = result["test_ties_random"]["default"]
    assert float(ties["random"]["champion recovered, points"]) == random["champion"]["mean"]
    assert ties["its own"]["best_fit recovered, points"] == "baseline"
    pools = {row["Pool"]: row for row in rows_of(tmp_path / "out/tables/evolve-pools.csv")}
    assert list(pools) == ["train", "validation", "test"]
    assert float(pools["train"]["Recovered, points"]) == 1.5  # the first draw was a stage's
    assert float(pools["train"]["Score"]) == result["train"]["mean"]
    section = told(read_all([folder]))[0][0]
    (lists,) = [table for table in section.all_tables if table.name == "evolve-lists"]
    marked = [str(lists.rows[i][0]) for i in lists.marked]
    assert marked == ["gpuspec10: champion", "gpuspec10: fgd"]
    assert [figure.name for figure in section.all_figures] == [
        "evolve-against",
        "evolve-goodput",
        "evolve-lists-1",
        "evolve-lists-2",
        "evolve-pools",
        "evolve-score",
        "evolve-archive",
    ]


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        (only((0.02, 0.0)), "No difference shown: the champion against best_fit, "),
        (only((-0.9, 0.0)), "The champion does not win: it recovers 0."),
        (only((0.9, 0.0)), "The champion recovers 0."),
        (only((0.9, -1.0)), "No clear winner: the champion shows +0."),
        (only((-0.9, -1.0)), "The champion does not win: it recovers 0."),
    ],
)
def test_the_headline_says_no_more_than_interval_and_goodput_allow(
    searched_as: Tell, lists: dict[str, Any], said: str
) -> None:
    section = searched_as(lists=lists)
    assert section.headline.startswith(said)
    rejects = lists["default"]["champion"][1] < -0.5
    assert (section.warning == "champion: “rejects work”") == rejects
    assert any(tile.warns for tile in section.tiles) == rejects


def test_a_rival_that_rejects_work_is_no_measure_of_the_champion(searched_as: Tell) -> None:
    section = searched_as(
        lists=only((0.9, 0.0), fgd=(0.9, 0.0), cosine=(2.0, -2.0)), resource="cpu, mem"
    )
    assert "No difference shown: the champion against fgd, the best shipped" in section.headline
    assert "compute" in section.tiles[1].name
    (table,) = [table for table in section.all_tables if table.name == "evolve-test"]
    assert [str(table.rows[i][0]) for i in table.marked] == ["cosine"]
    assert dict(section.facts)["Sold by"] == "CPU and Memory"


def test_one_pair_has_no_interval(searched_as: Tell) -> None:
    section = searched_as(lists=only((0.9, 0.0)), pairs=1, rules={})
    assert section.headline.startswith("The champion stands ")
    assert section.headline.endswith(
        "ahead of best_fit, the baseline and the best shipped heuristic, without an interval"
    )
    assert dict(section.facts)["Test pairs"] == "one pair, so no intervals"
    assert "evolve-ties" not in [table.name for table in section.all_tables]


def test_a_search_at_saturation_says_what_its_champion_does_on_lists_it_never_saw(
    evolved: Path,
) -> None:
    (section,) = told(read_all([evolved]))[0]
    assert section.headline.startswith("The champion allocates ")
    assert "points more GPU than fgd, the best shipped heuristic, 95 %" in section.headline
    assert "On 4 task lists that it never saw, against fgd: " in words(section)
    (lists,) = [table for table in section.all_tables if table.name == "evolve-lists"]
    seen = dict.fromkeys((str(row[0]).split(":")[0], row[-2]) for row in lists.rows)
    assert list(seen) == [
        ("default", "searched, other seeds"),
        *((name, "never seen") for name in ("cpu250", "gpushare100", "gpuspec33", "multigpu50")),
    ]


def test_on_a_terminal_a_search_fits_80_columns(
    folders: ModuleType, evolved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = "a_rather_long_name_of_a_rival_of_ones_own"
    recovery = folders.evolve_recovery(
        tmp_path / "in",
        lists={
            name: {"champion": (0.9, 0.0), "fgd": (1.0, 0.0), long: (2.0, -2.0)}
            for name in ("default", "cpu050")
        },
    )
    report.terminal([recovery, evolved])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert "Points of GPU recovered over best_fit on test pairs (marks: R rejects work):" in text
    assert "GPU allocated on test seeds:" in text
    assert "default: champion" in text
    marked = [line for line in lines if line.startswith("default: a_rather_") and "[" in line]
    assert [line[-1] for line in marked] == ["R"]


def test_a_search_for_fewer_bins_speaks_of_bins(folders: ModuleType, tmp_path: Path) -> None:
    folder = folders.evolve_packing(tmp_path / "in")
    section = told(read_all([folder]))[0][0]
    said = section.headline.replace("\N{NO-BREAK SPACE}", " ")
    assert said.startswith(
        "The champion uses fewer bins than best_fit, the best shipped heuristic, by 3.40 % of the "
        "bound, 95 % interval 2."
    )
    assert "over the L1 bound on test instances of default: champion -0.60" in words(section)
    assert "On 2 sets of instances that it never saw" in words(section)
    assert "allocat" not in words(section) + section.headline
    titles = [column.title for table in section.all_tables for column in table.columns]
    assert {"champion minus excess, %", "Minus excess, %", "Instances"} <= {*titles}
    assert not any("llocated" in title for title in titles)
    assert not any("llocated" in tile.name for tile in section.tiles)
    assert "excess" in section.metrics
    assert report.build([folder], tmp_path / "page").page.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        (
            {"measured": "bins"},
            "results[0].measured",
            "expected one of allocated_pct, recovered_pct",
        ),
        ({"baseline": None}, "results[0].baseline", "found null, expected text"),
        ({"test": {}}, "results[0].test", "at least one list of tasks"),
        ({"goodput_delta_points": {"default": 1}}, "goodput_delta_points.default", "a JSON object"),
        ({"test_ties_random": {"default": {}}}, "default.champion", "expected its mean there"),
    ],
)
def test_a_spoilt_search_gives_one_line(
    change: dict[str, Any], where: str, what: str, folders: ModuleType, tmp_path: Path
) -> None:
    folder = folders.evolve_recovery(tmp_path / "in")
    summary = json.loads((folder / "summary.json").read_text())
    summary["results"][0].update(change)
    (folder / "summary.json").write_text(json.dumps(summary))
    with pytest.raises(report.ReportError) as caught:
        report.terminal([folder])
    assert "\n" not in str(caught.value)
    assert where in str(caught.value)
    assert what in str(caught.value)
