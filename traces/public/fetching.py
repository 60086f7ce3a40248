"""A public data set into its folder: what is missing is downloaded, what is there is checked."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from traces.public import record as records
from traces.public.dataset import Dataset, File
from traces.public.download import Downloader, Patience, Tell
from traces.public.errors import FetchError, FetchFailure
from traces.public.partial import Part
from traces.public.record import Record
from traces.public.unpack import unpack
from traces.public.work import MEMBERS, held

STATED, RECORDED, FIRST, NOTHING = "stated", "recorded", "first", "nothing"

Watch = Callable[[str, int, int], AbstractContextManager[Tell]]
"""Opened for each file that is downloaded: its path, its number, how many there are."""


@dataclass(frozen=True)
class Fetched:
    """A file of a data set in its folder.

    fetched: now, or was it there already; checked: against a hash that is ``stated``, or
    ``recorded`` at the first download; ``first``: this is that download; ``nothing``: it was there,
    and no hash of it is known.
    """

    path: str
    url: str
    bytes: int
    sha256: str | None
    fetched: bool
    checked: str


@contextmanager
def silent(path: str, number: int, count: int) -> Iterator[Tell]:
    """Shows nothing."""
    yield lambda _done, _total: None


def fetch(
    dataset: Dataset,
    home: Path,
    *,
    accept_licence: bool,
    overwrite: bool = False,
    patience: Patience | None = None,
    watch: Watch = silent,
    agent: str = "unstrand",
) -> list[Fetched]:
    """Fetch a data set into ``home`` / its folder; a file stands there whole and checked or not at
    all, and what has come of a broken download is gone on with by the next call.

    overwrite: fetch anew what is another file than it should be, or what has no stated hash.
    agent: how the servers are told who asks.
    Raises FetchError, and FetchFailure where it can't be had.
    """
    if dataset.by_hand:
        raise FetchError(
            f"{dataset.name}: found no address that it could be fetched from, expected it got by "
            "hand, as its description says"
        )
    if not accept_licence:
        raise FetchError(
            f"accept_licence: found false, expected accept_licence=true, by which you accept the "
            f"terms of {dataset.name}: {dataset.licence}"
        )
    folder = home / dataset.folder
    record = Record.read(folder)
    made = _Fetching(dataset, folder, record, overwrite, patience or Patience(), agent)
    return made.all(watch)


@dataclass
class _Fetching:
    """One data set on its way into its folder."""

    dataset: Dataset
    folder: Path
    record: Record
    overwrite: bool
    patience: Patience
    agent: str

    def __post_init__(self) -> None:
        self.pooch = _pooch()
        self.listed: Mapping[str, str] = {}
        self.done: dict[str, Fetched] = {}

    def all(self, watch: Watch) -> list[Fetched]:
        """What is missing is fetched, the rest checked; in the data set's order."""
        self._read_sums()
        missing = [one for one in self.dataset.files if not self._is_there(one)]
        if missing:
            with held(self.folder) as work:
                self.record = Record.read(self.folder)
                self.record.accepted = self.record.accepted or _now()
                sums = self.dataset.sums
                if sums is not None and not self.listed:
                    with watch(sums.path, 0, len(missing)) as tell:
                        self._get(sums, work, tell)
                    self._read_sums()
                for number, one in enumerate(missing, 1):
                    with watch(one.path, number, len(missing)) as tell:
                        self._get(one, work, tell)
        return [self.done[path] for one in self.dataset.files for path, _ in one.leaves]

    def _read_sums(self) -> None:
        """The publisher's list of hashes, once it is there."""
        if self.dataset.sums is not None:
            with suppress(OSError, UnicodeDecodeError):
                path = self.folder / self.dataset.sums.path
                self.listed = records.sums(path.read_text(encoding="utf-8"))

    def _stated(self, path: str, sha256: str | None) -> str | None:
        return sha256 or self.listed.get(path)

    def _is_there(self, one: File) -> bool:
        """Whether all that a file leaves stands in the folder, as it should be."""
        found = [self._checked(one.url, path, sha256) for path, sha256 in one.leaves]
        self.done |= {each.path: each for each in found if each is not None}
        return None not in found

    def _checked(self, url: str, path: str, sha256: str | None) -> Fetched | None:
        """A file that stands in the folder; None where it is to be fetched."""
        place, stated = self.folder / path, self._stated(path, sha256)
        if place.is_dir():
            raise FetchError(f"{place}: found a folder, expected a file, or nothing yet")
        if not place.exists() or (self.overwrite and stated is None):
            return None
        expected = stated or self.record.sha256(path)
        try:
            found = self.pooch.file_hash(str(place)) if expected else None
            size = place.stat().st_size
        except OSError as error:
            raise FetchError(f"{place}: {error.strerror or error}") from None
        if found == expected:
            how = NOTHING if expected is None else STATED if stated else RECORDED
            return Fetched(path, url, size, found, fetched=False, checked=how)
        if self.overwrite:
            return None
        by = "stated" if stated else "recorded when it was fetched"
        raise FetchError(
            f"{place}: found SHA-256 {found}, expected {expected}, as {by}; overwrite=true fetches "
            "it anew"
        )

    def _get(self, one: File, work: Path, tell: Tell) -> None:
        """Fetch one file and put what it leaves in the folder."""
        earlier = (self.record.archives if one.unpack else self.record.files).get(one.path)
        stated = self._stated(one.path, one.sha256)
        expected = stated or (earlier["sha256"] if earlier and not self.overwrite else None)
        place = self._downloaded(one, work, tell, expected, stated=stated is not None)
        try:
            sha256 = expected or self.pooch.file_hash(str(place))
            entry = {
                "url": one.url,
                "sha256": sha256,
                "bytes": place.stat().st_size,
                "stated": stated is not None,
                "fetched": _now(),
            }
            if one.unpack:
                self._unpack(one, place, entry)
                self.record.archives[one.path] = entry
            else:
                self._put(one.path, place, entry, RECORDED if expected else FIRST)
        except OSError as error:
            raise FetchFailure(f"{error.filename}: {error.strerror or error}") from None
        self.record.write(self.dataset)

    def _downloaded(
        self, one: File, work: Path, tell: Tell, expected: str | None, *, stated: bool
    ) -> Path:
        """The file, whole and of the hash that is expected, in the work folder."""
        part = Part(work / one.path)
        if self.overwrite:
            (work / one.path).unlink(missing_ok=True)
        for again in (True, False):
            downloader = Downloader(
                part, self.patience, tell, checked=expected is not None, agent=self.agent
            )
            try:
                return Path(
                    self.pooch.retrieve(
                        one.url,
                        known_hash=f"sha256:{expected}" if expected else None,
                        fname=one.path,
                        path=work,
                        downloader=downloader,
                    )
                )
            except OSError as error:
                raise FetchFailure(f"{error.filename or work}: {error.strerror or error}") from None
            except ValueError as error:  # pooch's, of a hash that differs; it drops the file
                if again and downloader.went_on:
                    continue  # from the beginning: the two parts may be of two files
                found = re.search(r"but got (\w+)", str(error))
                why = "as stated" if stated else "as at the first download (overwrite=true: anew)"
                raise FetchFailure(
                    f"{one.url}: found SHA-256 {found[1] if found else 'of another file'}, "
                    f"expected {expected}, {why}"
                ) from None
        raise AssertionError("the second try ends it")

    def _unpack(self, one: File, archive: Path, entry: dict[str, Any]) -> None:
        """Put the members of an archive in the folder; the archive goes."""
        inside = archive.with_name(f"{archive.name}{MEMBERS}")
        unpack(archive, one.unpack, inside)
        for member in one.unpack:
            place = inside / member.path
            found, stated = self.pooch.file_hash(str(place)), member.sha256
            if stated is not None and found != stated:
                raise FetchFailure(
                    f"{one.url}: found SHA-256 {found} of {member.member}, expected {stated}"
                )
            known = {
                "sha256": found,
                "bytes": place.stat().st_size,
                "stated": entry["stated"] or stated is not None,
            }
            self._put(member.path, place, entry | known, FIRST)
        archive.unlink()
        shutil.rmtree(inside)

    def _put(self, path: str, made: Path, entry: dict[str, Any], how: str) -> None:
        """Move a whole file to its final name, and note it."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(made, place)
        self.record.files[path] = entry
        self.done[path] = Fetched(
            path,
            entry["url"],
            entry["bytes"],
            entry["sha256"],
            fetched=True,
            checked=STATED if entry["stated"] else how,
        )


def _pooch() -> Any:
    try:
        import pooch
    except ImportError:
        raise FetchError(
            "unstrand trace fetch needs the pooch package: pip install 'unstrand[fetch]'"
        ) from None
    pooch.get_logger().setLevel("ERROR")
    return pooch


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
