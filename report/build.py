"""From result folders to a page, tables and figures; all made before any is written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from report import (
    compaction_section,
    comparison_section,
    evolution_section,
    replay_section,
    saturation_section,
    tuning_section,
    write_table,
)
from report.fields import ReportError
from report.folder import Folder, read_all
from report.palette import Palette
from report.section import Section
from report.table import Table

Progress = Callable[[int, int], None]
FULL = 12  # sections of one kind, up to which each is told with all its evidence

# In the order of the page: what was recovered comes first.
SECTIONS = {
    "compare": comparison_section.sections,
    "tune": tuning_section.sections,
    "saturate": saturation_section.sections,
    "compact": compaction_section.sections,
    "replay": replay_section.sections,
    "evolve": evolution_section.sections,
}
OVERVIEWS = {
    "compare": comparison_section.overview,
    "saturate": saturation_section.overview,
}


@dataclass(frozen=True)
class Report:
    """What a report wrote, and its answers in one line each."""

    page: Path
    tables: tuple[Path, ...]
    figures: tuple[Path, ...]
    headlines: tuple[str, ...]


def build(folders: Sequence[Path], out: Path, progress: Progress | None = None) -> Report:
    """Write report.html, tables/*.md|tex|csv and figures/*.svg|pdf into `out`.

    `folders` are result folders of compare, tune, saturate, compact, replay or evolve; those of one
    setting are merged, but a comparison stands by itself.
    `progress` is called with steps done and steps in all. The page's bytes depend on the folders'
    contents alone. Files of these names are replaced, others in `out` are left alone.

    Raises ReportError where a folder can't be read or `out` can't be written; nothing is written
    in the first case.
    """
    sections, overviews = told(read_all(folders))
    from report import page
    from report.figures import pdf, svg

    figures = [figure for section in sections for figure in section.all_figures]
    total, done = len(figures) + 2, 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    contents: dict[str, bytes] = {}
    for table in tables(sections, overviews):
        for suffix, write in (
            ("md", write_table.markdown),
            ("tex", write_table.latex),
            ("csv", write_table.comma_separated),
        ):
            contents[f"tables/{table.name}.{suffix}"] = write(table).encode("utf-8")
    step()
    for figure in figures:
        spec = json.dumps(figure.draw(False))
        contents[f"figures/{figure.name}.svg"] = svg(spec)
        contents[f"figures/{figure.name}.pdf"] = pdf(spec)
        step()
    contents["report.html"] = page.html(sections, overviews).encode("utf-8")
    _write(Path(out), contents)
    step()
    written = {name: Path(out) / name for name in contents}
    return Report(
        page=written["report.html"],
        tables=tuple(path for name, path in written.items() if name.startswith("tables/")),
        figures=tuple(path for name, path in written.items() if name.startswith("figures/")),
        headlines=tuple(section.headline for section in sections),
    )


def told(folders: Sequence[Folder]) -> tuple[tuple[Section, ...], tuple[Table, ...]]:
    """The sections of these folders in the order of the commands, and the tables over several."""
    palette = Palette()
    by_command = {
        command: [folder for folder in folders if folder.command == command] for command in SECTIONS
    }
    sections = [
        section
        for command, sections_of in SECTIONS.items()
        if by_command[command]
        for section in sections_of(by_command[command], palette)
    ]
    sections = _slimmed(sections)
    overviews = [
        table
        for command, overview_of in OVERVIEWS.items()
        if (table := overview_of(by_command[command])) is not None
    ]
    return tuple(sections), tuple(overviews)


def _slimmed(sections: Sequence[Section]) -> list[Section]:
    """Sections of which there are many without their evidence: a page of it nobody could read."""
    kinds = Counter(section.kind for section in sections)
    out = list[Section]()
    for section in sections:
        if (count := kinds[section.kind]) > FULL:
            told = (
                f"One of {count}, so its answer alone is here: a report of its folder by itself "
                "has the figures and the other tables."
            )
            section = replace(
                section,
                tables=section.tables[:1],
                figures=(),
                parts=(),
                details=(*section.details, told),
            )
        out.append(section)
    return out


def tables(sections: Sequence[Section], overviews: Sequence[Table]) -> tuple[Table, ...]:
    """All tables, those over several comparisons first."""
    return (*overviews, *(table for section in sections for table in section.all_tables))


def _write(out: Path, contents: dict[str, bytes]) -> None:
    try:
        for name, content in contents.items():
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise ReportError(
            f"{error.filename or out}: found {error.strerror}, expected a folder to write into"
        ) from None
