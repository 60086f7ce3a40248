"""``unstrand report``: tables, figures and one page from result folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from unstrand import result, show
from unstrand.failure import ConfigurationError
from unstrand.progress import progress
from unstrand.schema import Report

POSITIONALS = "DIR…"
EXAMPLES = ("unstrand report results/saturate-20260101-120000", "unstrand report A B out=page")

STANDS = ("summary.json", "run.sqlite", "study.sqlite")


def run(settings: Report, positionals: list[str]) -> None:
    """Build the page: into the one folder given, else into ``out`` or ``results/report-…``."""
    import report

    if not positionals:
        raise ConfigurationError("report: found no folder, expected one result folder or more")
    folders = [folder for word in positionals for folder in _results(Path(word))]
    if settings.out is None and len(positionals) == 1:
        place = Path(positionals[0])
        with progress("report") as tell:
            report.build(folders, place, tell)
    else:
        with (
            result.folder("report", settings.out, overwrite=settings.overwrite) as places,
            progress("report") as tell,
        ):
            partial, place = places
            report.build(folders, partial, tell)
    page = place / "report.html"
    if settings.json:
        show.json_line({"page": page, "out": place})
        return
    report.terminal(folders, show.console())
    show.place(page)


def _results(folder: Path) -> list[Path]:
    """The result folders that a folder stands for: itself, or all below it, jobs in their order.

    Nothing is looked for below a result, in what is hidden, or behind a link.
    """
    if _stands(folder) or not folder.is_dir():
        return [folder]
    return list(_below(folder)) or [folder]


def _below(folder: Path) -> Iterator[Path]:
    parts = [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
    for part in sorted(parts, key=lambda path: (len(path.name), path.name)):
        if part.name.startswith("."):
            continue
        if _stands(part):
            yield part
        else:
            yield from _below(part)


def _stands(folder: Path) -> bool:
    """Whether a folder holds a result, or what has not ended of a search (which is refused)."""
    return any((folder / name).is_file() for name in STANDS)
