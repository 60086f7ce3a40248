"""The page: one file that fetches nothing, escapes everything, and is the same each time."""

from __future__ import annotations

import itertools
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

import report
from report.definitions import BY_KEY, DEFINITIONS
from report.table import APART
from report.terms_of_comparisons import TERMS

HOSTILE = "<script>alert('&')</script>"


class Elements(HTMLParser):
    """Every element with its attributes, and the text outside scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._raw: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._raw = tag if tag in ("script", "style") else None
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self._raw = None

    def handle_data(self, data: str) -> None:
        if self._raw == "script":
            attrs, text = self.scripts[-1]
            self.scripts[-1] = (attrs, text + data)
        elif self._raw is None:
            self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]


@pytest.fixture(scope="module")
def built(
    compared: Path,
    saturated: Path,
    replayed: Path,
    evolved: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> report.Report:
    return report.build([saturated, replayed, evolved, compared], tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def page(built: report.Report) -> Elements:
    return Elements(built.page.read_text(encoding="utf-8"))


def test_the_page_fetches_nothing(page: Elements) -> None:
    assert page.named("link") == []
    assert page.named("iframe") == []
    for _, attrs in page.found:
        assert "src" not in attrs
        assert (attrs.get("href") or "#").startswith("#")
        assert "url(" not in (attrs.get("style") or "")
    library = max((text for _, text in page.scripts), key=len)
    rest = [text for _, text in page.scripts if text != library]
    assert "http" not in "".join(rest) + page.text
    policy = next(a["content"] for a in page.named("meta") if "http-equiv" in a)
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_every_chart_has_its_data_in_the_page(page: Elements) -> None:
    specs = {a["id"]: json.loads(text) for a, text in page.scripts if "id" in a}
    wanted = [attrs["data-spec"] for _, attrs in page.found if "data-spec" in attrs]
    assert len(wanted) == len(set(wanted)) > 10
    assert set(wanted) == set(specs)
    assert all(
        "$schema" not in spec and "url" not in spec.get("data", {}) for spec in specs.values()
    )


def test_ids_are_unique_and_links_lead_to_them(page: Elements) -> None:
    ids = [attrs["id"] for _, attrs in page.found if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {(a["href"] or "")[1:] for a in page.named("a")} <= set(ids)


def test_every_header_of_a_number_links_to_its_definition(page: Elements) -> None:
    linked = {(a["href"] or "")[5:] for a in page.named("a") if (a["href"] or "")[:5] == "#def-"}
    assert {"allocated", "fragmentation", "difference", "pending", "queueing", "splits"} <= linked
    assert linked <= set(BY_KEY)
    assert {d.key for d in TERMS} - {"recovered_money", "shaken"} <= linked
    for attrs in page.named("figure"):
        title = attrs["aria-labelledby"]
        (at,) = [i for i, (_, a) in enumerate(page.found) if a.get("id") == title]
        assert page.found[at + 1][0] == "a"


def test_every_definition_has_a_source_and_those_of_a_comparison_a_formula_or_words() -> None:
    for definition in BY_KEY.values():
        assert definition.source
        assert definition.text.endswith(".")
    assert len(BY_KEY) == len(DEFINITIONS)
    plain = {d.key for d in TERMS if not d.formula}
    assert plain == {"marks", "weights", "pareto"}


def test_definitions_name_the_numbers_that_the_simulator_has() -> None:
    from report import goodput, intervals
    from sim import drawn, periods, probes, replaying, statistics, works
    from sim.metrics import goodput as held
    from sim.metrics import marks

    assert goodput.MARGIN == held.MARGIN
    assert intervals.FEWEST_WINDOWS == statistics.FEWEST_WINDOWS == 6
    for key, said in {
        "stranded": (
            f"less than {100 * probes.STOP:g} % of the pool's",
            f"after {probes.MOST_DRAWS:,} draws",
        ),
        "bound": (f"at most {probes.MOST_DRAWS:,}",),
        "marks": (f"below −{held.MARGIN:g} points", "more than half"),
        "start_share": (
            f"leaves {100 * works.START_SHARE:g} % of that population's allocation",
            f"hold at most {100 * works.START_SHARE:g} %",
            f"Above {marks.FRESH_PCT:g} %",
        ),
        "pairs": (f"less than {100 * drawn.TRACE_GONE:g} % of that time",),
        "score": (f"a margin of {held.MARGIN:g} points",),
        "fragmentation": (f"pass {replaying.MOST_LOOKS // 1_000_000} million",),
        "splits": ("half, a quarter, a quarter",),
    }.items():
        for words in said:
            assert words in BY_KEY[key].text, key
    assert BY_KEY["score"].formula == (
        f"worth = recovered compute − {held.PENALTY:g} · max(0, margin − goodput delta)"
    )
    assert [periods.SHARES[split] for split in ("train", "validation", "test")] == [
        (0.0, 0.5),
        (0.5, 0.75),
        (0.75, 1.0),
    ]


def test_the_first_screen_of_a_comparison_says_who_won_and_whether_goodput_held(
    compared: Path, tmp_path: Path
) -> None:
    built = report.build([compared], tmp_path)
    text = Elements(built.page.read_text(encoding="utf-8")).text
    first = text[: text.index("Who recovers what")]
    for said in (
        "fgd recovers",
        "over best_fit, 95 % interval",
        "Goodput held",
        "Baselinebest_fit",
        "8152 tasks, 1213 machines",
        "Load0.9 on 300 machines",
        "rejects work",
        "Replayedrequests, machines",
        "Assumedlifetimes independent of shape, capped at 7 d",
    ):
        assert said in first


def test_tables_have_scopes_and_captions_and_figures_have_words(page: Elements) -> None:
    assert all(a.get("scope") in ("row", "col", "rowgroup") for a in page.named("th"))
    assert len(page.named("caption")) == len(page.named("table")) > 5
    for _, attrs in page.found:
        if "data-spec" in attrs:
            assert attrs["data-alt"]
    levels = [int(tag[1]) for tag, _ in page.found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_marked_rows_stand_below_a_line_that_says_so(page: Elements) -> None:
    lines = [a for a in page.named("th") if a.get("scope") == "rowgroup"]
    bodies = [a for a in page.named("tbody") if a.get("class") == "apart"]
    assert len(lines) == len(bodies) == 4
    assert page.text.count(APART) == 4


def test_the_first_screen_says_who_won_by_how_much_on_what(saturated: Path, tmp_path: Path) -> None:
    summary = json.loads((saturated / "summary.json").read_text())
    at = {r["heuristic"]: r["alloc_pct_at"]["130"]["gpu"]["mean"] for r in summary["results"]}
    built = report.build([saturated], tmp_path)
    gain = at["fgd"] - at["best_fit"]
    assert built.headlines == (f"fgd allocates {gain:.2f} points more GPU than best_fit",)
    text = Elements(built.page.read_text(encoding="utf-8")).text
    first = text[: text.index("Used machines")]
    for said in (
        built.headlines[0],
        "8152 tasks, 1213 machines",
        "130 % of capacity",
        "paired over 4 seeds",
        "Tiesfirst",
        "Replayedrequests, machines",
        "Assumedno departures",
    ):
        assert said in first


def test_the_same_folders_give_the_same_bytes(
    built: report.Report,
    compared: Path,
    saturated: Path,
    replayed: Path,
    evolved: Path,
    tmp_path: Path,
) -> None:
    again = report.build([saturated, replayed, evolved, compared], tmp_path)
    assert again.page.read_bytes() == built.page.read_bytes()
    for one, other in zip(again.tables, built.tables, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_names_from_files_are_escaped(folders: ModuleType, tmp_path: Path) -> None:
    folder = folders.saturate(tmp_path / "in", heuristics=(HOSTILE, "a&b\x1b[31m"), seeds=range(2))
    summary = json.loads((folder / "summary.json").read_text())
    summary["trace"]["name"] = "<img src=x onerror=alert(1)>"
    summary["provenance"]["assumed"] = ["</p><script>x</script>"]
    summary["config"]["x"] = "</script><script>y</script>"
    (folder / "summary.json").write_text(json.dumps(summary))
    built = report.build([folder], tmp_path / "out")
    text = built.page.read_text(encoding="utf-8")
    found = Elements(text)
    assert found.named("img") == []
    assert len(found.named("script")) == text.count("<script")
    assert HOSTILE not in text
    assert HOSTILE in found.text
    assert "\x1b" not in text
    executed = [body for attrs, body in found.scripts if "type" not in attrs]
    assert len(executed) == 2
    assert "alert('" not in executed[1]
    for figure in built.figures:
        assert b"<script" not in figure.read_bytes()


def test_names_in_a_comparison_are_escaped(comparing: ModuleType, tmp_path: Path) -> None:
    folder = comparing.compare(
        tmp_path / "in",
        heuristics=("best_fit", HOSTILE),
        marks={HOSTILE: ("<img src=x>",)},
        trace="<b>t</b>",
    )
    built = report.build([folder], tmp_path / "out")
    text = built.page.read_text(encoding="utf-8")
    found = Elements(text)
    assert found.named("img") == []
    assert found.named("b") == []
    assert HOSTILE not in text
    assert HOSTILE in found.text
    assert len(found.named("script")) == text.count("<script")


def test_the_champions_source_is_shown_and_escaped(evolved: Path, tmp_path: Path) -> None:
    text = report.build([evolved], tmp_path).page.read_text(encoding="utf-8")
    assert "Mutated &lt;fgd&gt; &amp; friends" in text
    assert "Mutated <fgd>" not in text


def test_progress_ends_at_its_total(saturated: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    report.build([saturated], tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(1, seen[-1][1] + 1))
    assert len({total for _, total in seen}) == 1


def test_a_name_does_not_turn_the_text_behind_it(folders: ModuleType, tmp_path: Path) -> None:
    folder = folders.saturate(tmp_path / "in", seeds=range(2))
    summary = json.loads((folder / "summary.json").read_text())
    summary["provenance"]["assumed"] = ["a\u202eb\u2028c\u2066d"]
    (folder / "summary.json").write_text(json.dumps(summary))
    text = report.build([folder], tmp_path / "out").page.read_text(encoding="utf-8")
    assert "a\ufffdb\ufffdc\ufffdd" in text
    assert not {"\u202e", "\u2066"} & {*text}
