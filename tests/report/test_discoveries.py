"""How a discovery came about, as its journal has it; null arms; journals that are none."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import report
import sim.arenas.behaviour
from evolve.candidate import Candidate, Verdict
from evolve.journal import Journal
from report import evolution_archive, journal
from report.build import told
from report.folder import read_all
from report.section import Section
from report.table import Table


def section_of(*folders: Path) -> Section:
    return told(read_all(folders))[0][0]


def table(section: Section, name: str) -> Table:
    (found,) = [one for one in section.all_tables if one.name == name]
    return found


def tried(folder: Path) -> list[dict[str, Any]]:
    """Proposals with what came of them, straight from the file."""
    with closing(sqlite3.connect(folder / "run.sqlite")) as base:
        rows = base.execute(
            "SELECT c.body, e.body FROM candidate c JOIN event e USING (number) "
            "WHERE e.kind = 'taken' ORDER BY c.number"
        ).fetchall()
    return [json.loads(body) | json.loads(taken) for body, taken in rows]


def change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "run.sqlite")) as base, base:
        base.execute(statement)


def of_result(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    summary = json.loads((folder / "summary.json").read_text())
    change(summary["results"][0])
    (folder / "summary.json").write_text(json.dumps(summary))


def test_what_evolve_writes_is_what_report_reads(tmp_path: Path) -> None:
    made = Candidate(0, -1, 0, (), "fgd", "shipped", "def score():\n    return 1\n", "a", 4)
    child = Candidate(1, 1, 1, (0,), "tune", "embedded", "def score():\n    return 2\n", "b", 4)
    with closing(Journal(tmp_path)) as written:
        for one, status, score in ((made, "new", -0.5), (child, "not_finite", None)):
            written.propose(one)
            written.judge(f"train:{one.number}", Verdict((1.0, 2.0), (0.5, 0.0)))
            written.note(one.number, "taken", {"status": status, "score": score})
        written.note(-1, "opened", {"arena": "test", "candidates": 2})
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    read = journal.journal(tmp_path, 2, ["train:1", "train:9"])
    first, second = read.candidates
    assert (first.shipped, first.outcome, first.score, first.made_by) == (True, "new", -0.5, "seed")
    assert (second.parents, second.generation, second.operator) == ((0,), 1, "tune")
    assert (second.source, second.outcome, second.score) == (child.source, "not_finite", None)
    assert read.verdicts == {"train:1": journal.Draws((1.0, 2.0), (0.5, 0.0))}
    assert (read.tried, read.opened) == (2, 2)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_map_is_laid_out_as_the_archive_is() -> None:
    ranges = {name: (low, high) for name, (low, high, _) in evolution_archive.MEASURES.items()}
    assert ranges == sim.arenas.behaviour.RANGES


def test_candidates_are_counted_by_outcome_and_by_operator(evolved: Path) -> None:
    rows = tried(evolved)
    section = section_of(evolved)
    counts = Counter(row["status"] for row in rows)
    outcomes = {row[0]: row[1] for row in table(section, "evolve-outcomes").rows}
    assert outcomes == counts
    made = Counter("seed" if r["proposer"] == "shipped" else r["operator"] for r in rows)
    kept = [r for r in rows if r["status"] in ("new", "improved")]
    operators = table(section, "evolve-operators").rows
    assert {row[0]: row[1] for row in operators} == made
    assert sum(float(str(row[2])) for row in operators) == len(kept)
    assert f"{len(rows)} candidates: {len(kept)} kept (" in " ".join(section.details)


def test_the_ancestry_leads_from_the_champion_to_what_was_shipped(evolved: Path) -> None:
    rows = tried(evolved)
    line = table(section_of(evolved), "evolve-ancestry").rows
    numbers = [int(str(row[0])) for row in line]
    assert numbers == sorted(numbers, reverse=True)
    for row in line:
        own = rows[int(str(row[0]))]
        assert row[2] == (", ".join(map(str, own["parents"])) or "–")
        assert set(own["parents"]) <= set(numbers)
        assert row[4] == own.get("score")
    assert str(line[-1][1]).startswith("shipped: ")


def test_the_champion_stands_beside_its_first_parent(evolved: Path) -> None:
    (mine, source), (parent, other) = section_of(evolved).sources
    assert mine == "The champion, cut down"
    assert "Mutated" in source
    assert parent.startswith("Its first parent, candidate ")
    assert "# the <parent>" in other


def test_a_champion_that_was_shipped_is_nothing_new(folders: ModuleType, tmp_path: Path) -> None:
    folder = folders.evolve(tmp_path / "in")
    of_result(folder, lambda result: result.update(candidate=2))
    section = section_of(folder)
    assert section.headline.startswith(
        "Nothing new won: the champion is the shipped fgd, cut down, which changed what it "
        "chooses; against fgd as shipped, +0."
    )
    assert [title for title, _ in section.sources] == ["The champion, cut down", "fgd as shipped"]


def test_what_a_term_is_worth_is_told(evolved: Path) -> None:
    rows = table(section_of(evolved), "evolve-ablation").rows
    assert rows == (("free.cpu < 2", 0.25), ("-frag", None))


def test_null_arms_stand_beside_their_search_with_the_paired_difference(
    folders: ModuleType, tmp_path: Path
) -> None:
    null = folders.evolve(tmp_path / "a", null="one_plus_one", ahead=-1.0)
    mine = folders.evolve(tmp_path / "b")
    other = folders.evolve(tmp_path / "c", candidates=200, null="random", ahead=-1.0)
    found, _ = told(read_all([null, mine, other]))
    assert [one.title for one in found] == [
        "Search b",
        "Null arm one_plus_one: search a",
        "Null arm random: search c",
    ]
    rows = table(found[0], "evolve-arms").rows
    assert [row[0] for row in rows] == ["the search", "one_plus_one"]
    means = [
        json.loads((path / "summary.json").read_text())["results"][0]["test"]["default"]["champion"]
        for path in (mine, null)
    ]
    gain: Any = rows[1][2]
    assert gain.mean == pytest.approx(means[0]["mean"] - means[1]["mean"])
    assert gain.n == 10
    assert gain.ci95[0] > 0
    assert "the best is one_plus_one: the search's champion less that one's is +1." in " ".join(
        found[0].details
    )
    assert (
        report.build([null, mine], tmp_path / "out")
        .page.read_text(encoding="utf-8")
        .count(f"<h1>{found[0].headline}</h1>")
    )


def test_an_arm_that_is_made_out_of_nothing_is_told_from_its_name(
    folders: ModuleType, tmp_path: Path
) -> None:
    mine = folders.evolve(tmp_path / "a")
    null = folders.evolve(tmp_path / "b", null="one_plus_one")
    assert "hardly the arm" not in " ".join(section_of(mine, null).details)
    change(
        null,
        """UPDATE candidate SET body = json_set(body, '$.operator', 'new')
        WHERE number >= 3""",
    )
    assert "one_plus_one made 297 of its 297 proposals out of nothing" in " ".join(
        section_of(mine, null).details
    )


def test_a_search_that_went_on_after_its_test_says_so(folders: ModuleType, tmp_path: Path) -> None:
    folder = folders.evolve(tmp_path / "in", candidates=40)
    said = " ".join(section_of(folder).details)
    assert "opened after" not in said
    assert "goes on to" not in said
    change(folder, """UPDATE event SET body = '{"candidates": 30}' WHERE kind = 'opened'""")
    body = json.dumps({"status": "lost", "score": None})
    change(folder, f"INSERT INTO event (number, kind, body) VALUES (40, 'taken', '{body}')")
    said = " ".join(section_of(folder).details)
    assert "opened after 30 candidates, and the search went on to 40" in said
    assert "The journal goes on to 41 candidates" in said


def test_a_search_that_has_not_ended_is_refused_with_the_way_on(
    folders: ModuleType, tmp_path: Path
) -> None:
    folder = folders.evolve(tmp_path / "in")
    (folder / "summary.json").unlink()
    with pytest.raises(report.ReportError) as caught:
        report.terminal([folder])
    assert "\n" not in str(caught.value)
    assert f"unstrand evolve resume={folder} goes on with it" in str(caught.value)


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "none": (lambda f: (f / "run.sqlite").unlink(), "found nothing"),
    "no database": (lambda f: (f / "run.sqlite").write_bytes(b"text" * 500), "not a database"),
    "cut": (
        lambda f: (f / "run.sqlite").write_bytes((f / "run.sqlite").read_bytes()[:9000]),
        "malformed",
    ),
    "empty": (lambda f: (f / "run.sqlite").write_bytes(b""), "table candidate"),
    "later": (lambda f: change(f, "PRAGMA user_version = 2"), "version 2, expected 1"),
    "table": (lambda f: change(f, "ALTER TABLE event DROP COLUMN kind"), "event: found no kind"),
    "fewer": (
        lambda f: change(f, "DELETE FROM event WHERE number = 7"),
        "found 299 candidates taken in, expected the 300",
    ),
    "hole": (lambda f: change(f, "DELETE FROM candidate WHERE number = 7"), "found 299 candidates"),
    "text": (
        lambda f: change(f, "UPDATE candidate SET body = '{' WHERE number = 7"),
        "candidate 7: found",
    ),
    "parents": (
        lambda f: change(
            f,
            "UPDATE candidate SET body = json_set(body, '$.parents', json('[7]')) WHERE number = 7",
        ),
        "candidate 7.parents: found [7]",
    ),
    "champion": (
        lambda f: of_result(f, lambda result: result.update(candidate=300)),
        "results[0].candidate: found 300",
    ),
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_spoilt_journal_gives_one_line_and_no_files(
    kind: str, folders: ModuleType, tmp_path: Path
) -> None:
    spoil, said = SPOILT[kind]
    folder = folders.evolve(tmp_path / "in")
    spoil(folder)
    with pytest.raises(report.ReportError) as caught:
        report.build([folder], tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)
    assert said in str(caught.value)
    assert not (tmp_path / "out").exists()
