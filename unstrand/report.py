"""``unstrand report``: tables, figures and one page from result folders."""

from __future__ import annotations

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
    """The result folders that a folder stands for: itself, or the jobs of a sweep in order."""
    if folder.is_dir() and not _stands(folder):
        jobs = [path for path in folder.iterdir() if _stands(path)]
        if jobs:
            return sorted(jobs, key=lambda path: (len(path.name), path.name))
    return [folder]


def _stands(folder: Path) -> bool:
    """Whether a folder holds a result, or what has not ended of a search (which is refused)."""
    return any((folder / name).is_file() for name in STANDS)
