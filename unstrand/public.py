"""What ``trace fetch`` says of a public data set, and how it is fetched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstrand import __version__, configuration, show
from unstrand.failure import ConfigurationError
from unstrand.progress import Progress, progress
from unstrand.schema import Trace as Settings

if TYPE_CHECKING:
    from traces.public import Dataset, Fetched

_CHECKED = {
    "stated": "as stated",
    "recorded": "as at the first download",
    "first": "recorded, stated nowhere",
    "nothing": "not known, was here before",
}
_EACH = 20  # files, up to which each shows how far it is


def run(settings: Settings, names: list[str]) -> None:
    """Show a data set's terms and, where they are accepted, fetch it."""
    if len(names) > 1:
        raise ConfigurationError(f"trace fetch: found {len(names)} names, expected one")
    if settings.fetch.name is None:
        known = ", ".join(configuration.options("fetch"))
        raise ConfigurationError(f"trace fetch: found no name, expected one of {known}")
    from traces import public

    whole = public.dataset(asdict(settings.fetch))
    dataset = whole.chosen(tuple(settings.files), settings.parts)
    if not settings.json:
        _show(dataset)
    elif not settings.accept_licence:
        show.json_line(terms(dataset))
    home = None if dataset.by_hand or not settings.accept_licence else _home(settings.path)
    watch = _Watch(dataset.name)
    with watch.shown:
        fetched = public.fetch(
            dataset,
            home or Path(),
            accept_licence=settings.accept_licence,
            overwrite=settings.overwrite,
            patience=public.Patience(**asdict(settings.download)),
            watch=watch.file,
            agent=f"unstrand/{__version__}",
        )
    place = (home or Path()) / dataset.folder
    if settings.json:
        show.json_line(
            terms(dataset) | {"folder": str(place), "files": [asdict(one) for one in fetched]}
        )
    else:
        show.table("", ["file", "MB", "", "SHA-256"], [_row(one) for one in fetched])
        show.place(place)


def terms(dataset: Dataset) -> dict[str, Any]:
    """What one has to know before it is fetched."""
    said = {
        key: getattr(dataset, key)
        for key in ("name", "title", "page", "licence", "terms", "citation", "note", "by_hand")
    }
    sizes = [one.bytes for one in dataset.files]
    known = [size for size in sizes if size is not None]
    return said | {
        "addresses": len(sizes),
        "bytes": sum(known) if len(known) == len(sizes) and sizes else None,
    }


def _show(dataset: Dataset) -> None:
    said = terms(dataset)
    size = "size not known" if said["bytes"] is None else f"{said['bytes'] / 1e6:,.1f} MB"
    count = len(dataset.files)
    rows = [
        ["licence", said["licence"]],
        ["terms", said["terms"]],
        ["to cite", said["citation"]],
        ["page", said["page"]],
        ["note", said["note"]],
        ["by hand", said["by_hand"]],
        ["files", f"{count:,} file{'s' * (count > 1)}, {size}" if count else ""],
    ]
    title = ": ".join(filter(None, (said["name"], said["title"])))
    show.table(title, ["what", "value"], [row for row in rows if row[1]], numbers=False)


def _row(one: Fetched) -> list[Any]:
    return [
        one.path,
        one.bytes / 1e6,
        "fetched" if one.fetched else "was here",
        _CHECKED[one.checked],
    ]


def _home(path: str | None) -> Path:
    """The folder of all traces."""
    from traces.places import VARIABLE

    chosen = path or os.environ.get(VARIABLE)
    if not chosen:
        raise ConfigurationError(
            f"path: found none and no ${VARIABLE}, expected the folder that traces are kept in"
        )
    return Path(chosen)


class _Watch:
    """How far a download is: of a few files each, of many how many of them."""

    def __init__(self, name: str) -> None:
        self.name, self.shown = name, ExitStack()
        self.files: Progress | None = None

    @contextmanager
    def file(self, path: str, number: int, count: int) -> Iterator[Progress]:
        """Opened for one file."""
        if count > _EACH:
            if self.files is None:
                self.files = self.shown.enter_context(progress(f"{self.name}, files"))
            self.files(number - 1, count)
            yield lambda _done, _total: None
            return
        with progress(f"{path}, MB") as tell:
            yield lambda done, total: tell(
                done // 10**6, None if total is None else -(-total // 10**6)
            )
