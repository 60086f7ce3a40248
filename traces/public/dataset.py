"""A public data set as its configuration describes it: terms, citation, files and addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from traces.errors import TraceError, nearest, shown

PARTS_MAX = 100_000
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FILE_KEYS = ("url", "path", "sha256", "bytes", "unpack", "parts")
_MEMBER_KEYS = ("member", "path", "sha256")


@dataclass(frozen=True)
class Member:
    """A file of an archive: the end of its path there, and where it goes in the folder."""

    member: str
    path: str
    sha256: str | None = None


@dataclass(frozen=True)
class File:
    """One address. sha256: of what comes from it, where that is known; bytes: about how many.

    part: its number in a table that comes in parts. An archive is unpacked, and only its members
    stay.
    """

    url: str
    path: str
    sha256: str | None = None
    bytes: int | None = None
    unpack: tuple[Member, ...] = ()
    part: int = 0

    @property
    def leaves(self) -> tuple[tuple[str, str | None], ...]:
        """What stands in the folder afterwards: (path, sha256 where it is known)."""
        if self.unpack:
            return tuple((one.path, one.sha256) for one in self.unpack)
        return ((self.path, self.sha256),)


@dataclass(frozen=True)
class Dataset:
    """Files of a public data set, or how to get them by hand, and on which terms."""

    name: str
    licence: str
    citation: str
    title: str = ""
    page: str = ""
    terms: str = ""
    folder: str = ""
    files: tuple[File, ...] = ()
    sums: File | None = None
    by_hand: str = ""
    note: str = ""

    def chosen(self, names: tuple[str, ...] = (), parts: int | None = None) -> Dataset:
        """The same with only some of its files; parts: the first so many of each table in parts.

        Raises TraceError for a name that it does not have.
        """
        known = {name: one for one in self.files for name in (one.path, *_last_parts(one))}
        for name in names:
            if name not in known:
                raise TraceError(
                    field="files",
                    found=shown(name),
                    expected=f"files of {self.name}: {_some([f.path for f in self.files])}",
                    hint=nearest(name, known),
                )
        kept = [one for one in self.files if not names or {one.path, *_last_parts(one)} & {*names}]
        return replace(self, files=tuple(one for one in kept if parts is None or one.part < parts))


def _last_parts(one: File) -> set[str]:
    """Other names that a file goes by: what it leaves, and the folder of a table in parts."""
    table = {one.path.rpartition("/")[0]} - {""}
    return {path for path, _ in one.leaves} | {PurePosixPath(one.path).name} | table


def _some(paths: list[str]) -> str:
    return ", ".join(paths[:6]) + (f" and {len(paths) - 6} more" if len(paths) > 6 else "")


def dataset(plain: Mapping[str, Any]) -> Dataset:
    """A data set from a file of ``conf/fetch/`` as plain data (docs/traces.md#public-data-sets).

    Raises TraceError that names the field.
    """
    texts = {
        key: " ".join(str(plain.get(key) or "").split())
        for key in ("name", "title", "page", "licence", "terms", "citation", "folder", "note")
    }
    for key in ("name", "licence", "citation"):
        if not texts[key]:
            raise TraceError(field=f"fetch.{key}", found="nothing", expected="a text")
    by_hand = str(plain.get("by_hand") or "").strip()
    files = _files(plain.get("files") or [])
    if bool(files) == bool(by_hand):
        both = "both" if files else "neither"
        raise TraceError(field="fetch.files", found=both, expected="files, or by_hand")
    texts["folder"] = _path("fetch.folder", texts["folder"] or texts["name"])
    sums = plain.get("sums")
    return Dataset(
        **texts,
        files=tuple(files),
        sums=_file("fetch.sums", {"url": sums})[0] if sums else None,
        by_hand=by_hand,
    )


def _files(plain: Any) -> list[File]:
    files = [
        one for place, entry in enumerate(plain) for one in _file(f"fetch.files[{place}]", entry)
    ]
    seen: set[str] = set()
    for one in files:
        for path, _ in one.leaves:
            if path in seen:
                raise TraceError(field="fetch.files", found=f"{path} twice", expected="it once")
            seen.add(path)
    return files


def _file(field: str, plain: Any) -> list[File]:
    """One address, or as many as it has parts."""
    entry = _keyed(field, {"url": plain} if isinstance(plain, str) else plain, _FILE_KEYS)
    parts = entry.get("parts")
    if parts is None:
        return [_one(field, entry)]
    if not _is_whole(parts) or not 1 <= parts <= PARTS_MAX:
        raise TraceError(
            field=f"{field}.parts", found=shown(parts), expected=f"a whole number to {PARTS_MAX}"
        )
    return [_one(field, _numbered(field, entry, part)) for part in range(parts)]


def _numbered(field: str, entry: Mapping[str, Any], part: int) -> dict[str, Any]:
    try:
        url, path = (
            str(entry[key]).format(part=part) if entry.get(key) else None for key in ("url", "path")
        )
    except (LookupError, ValueError, AttributeError):
        raise TraceError(
            field=f"{field}.url",
            found=shown(str(entry.get("url"))),
            expected="{part}, or {part:05d}, where the number of a part goes",
        ) from None
    return {**entry, "url": url, "path": path, "parts": part}


def _one(field: str, entry: Mapping[str, Any]) -> File:
    url = str(entry.get("url") or "")
    try:
        parsed = urlsplit(url)
        is_address = parsed.scheme in ("http", "https") and bool(parsed.hostname)
    except ValueError:
        is_address = False
    if not is_address or re.search(r"\s", url):
        raise TraceError(
            field=f"{field}.url", found=shown(url), expected="an address, https://… or http://…"
        )
    size = entry.get("bytes")
    if size is not None and (not _is_whole(size) or size < 0):
        raise TraceError(field=f"{field}.bytes", found=shown(size), expected="a whole number")
    name = unquote(parsed.path).rpartition("/")[2]
    return File(
        url=url,
        path=_path(f"{field}.path", str(entry.get("path") or name)),
        sha256=_sha256(f"{field}.sha256", entry.get("sha256")),
        bytes=size,
        unpack=tuple(
            _member(f"{field}.unpack[{place}]", member)
            for place, member in enumerate(entry.get("unpack") or [])
        ),
        part=int(entry.get("parts") or 0),
    )


def _member(field: str, plain: Any) -> Member:
    entry = _keyed(field, {"member": plain} if isinstance(plain, str) else plain, _MEMBER_KEYS)
    member = _path(f"{field}.member", str(entry.get("member") or ""))
    return Member(
        member=member,
        path=_path(f"{field}.path", str(entry.get("path") or PurePosixPath(member).name)),
        sha256=_sha256(f"{field}.sha256", entry.get("sha256")),
    )


def _keyed(field: str, entry: Any, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(entry, Mapping):
        raise TraceError(field=field, found=shown(entry), expected=f"a text, or {', '.join(known)}")
    for key in entry:
        if key not in known:
            raise TraceError(
                field=f"{field}.{key}",
                found="an unknown key",
                expected=f"one of {', '.join(known)}",
                hint=nearest(str(key), known),
            )
    return entry


def _path(field: str, text: str) -> str:
    """A path that stays below the folder it is in, and is nothing hidden there."""
    pieces = text.split("/")
    if any(not piece or piece.startswith(".") or "\\" in piece for piece in pieces) or (
        not text.isprintable()
    ):
        raise TraceError(field=field, found=shown(text), expected="a path below the data folder")
    return text


def _sha256(field: str, value: Any) -> str | None:
    if value is None:
        return None
    text = str(value).lower()
    if not _SHA256.fullmatch(text):
        raise TraceError(field=field, found=shown(str(value)), expected="64 hexadecimal digits")
    return text


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
