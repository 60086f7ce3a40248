"""What has come of a file so far, and of which file it is, so that it can go on later."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from traces.public.errors import FetchFailure


class Part:
    """``NAME.part``, with ``NAME.part.json`` that says by what the server told its version."""

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(f"{path.name}.part")
        self.said = path.with_name(f"{path.name}.part.json")

    @property
    def size(self) -> int:
        """How many bytes have come."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def going_on(self, url: str, *, checked: bool) -> tuple[int, dict[str, str]]:
        """How many bytes there are, and the headers that ask for the rest of the same file.

        (0, {}) where nothing shows that the rest would be of the same file: no version was told
        and no hash is known (``checked``).
        """
        size, told = self.size, self._told()
        if not size or told.get("url") != url:
            return 0, {}
        headers = {"Range": f"bytes={size}-"}
        if told.get("version"):
            return size, headers | {"If-Range": str(told["version"])}
        return (size, headers) if checked else (0, {})

    def begin(self, url: str, headers: Mapping[str, str]) -> None:
        """Start over with the file that these headers of an answer tell of."""
        etag = headers.get("ETag", "")
        version = etag if etag.startswith('"') else headers.get("Last-Modified")  # W/… is no proof
        with _telling(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(b"")  # before the note: what it says is never of other bytes
            self.said.write_text(json.dumps({"url": url, "version": version}), encoding="utf-8")

    def opened(self, at: int) -> BinaryIO:
        """The file, open to be written from ``at`` on; what stood there is cut off."""
        with _telling(self.path):
            file = self.path.open("r+b")
            file.truncate(at)
            file.seek(at)
            return file

    def write(self, file: BinaryIO, data: bytes) -> None:
        """Append to the open file. Raises FetchFailure where the disk does not take it."""
        with _telling(self.path):
            file.write(data)

    def deliver(self, place: str) -> None:
        """Put the whole file at its place, on the disk before it has the name."""
        with _telling(self.path):
            with self.path.open("rb") as file:
                os.fsync(file.fileno())
            self.path.replace(place)
            self.said.unlink(missing_ok=True)

    def drop(self) -> None:
        """Remove both."""
        for path in (self.path, self.said):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _told(self) -> dict[str, Any]:
        try:
            told = json.loads(self.said.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Raises what the disk refuses as a FetchFailure."""
    try:
        yield
    except OSError as error:
        where = error.filename or path
        raise FetchFailure(f"{where}: {error.strerror or error} (what came is kept)") from None
