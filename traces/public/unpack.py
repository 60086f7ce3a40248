"""Files of a zip or tar archive, written one by one and only those that are asked for."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO

from traces.public.dataset import Member
from traces.public.errors import FetchFailure

_CHUNK_BYTES = 1 << 20


def unpack(archive: Path, members: Sequence[Member], into: Path) -> None:
    """Write members below ``into`` under their own paths.

    A member is what the archive has at a path that ends so. Raises FetchFailure where it lacks one
    or is no archive.
    """
    left = {one.member: one for one in members}
    try:
        for name, file in _entries(archive):
            found = next((member for member in left if _ends(name, member)), None)
            if found is None:
                continue
            place = into / left.pop(found).path
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("wb") as out:
                shutil.copyfileobj(file, out, _CHUNK_BYTES)
            if not left:
                return
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, LZMAError) as error:
        raise FetchFailure(
            f"{archive.name}: found {' '.join(str(error).split())}, expected an archive"
        ) from None
    except OSError as error:
        where = error.filename or archive.name
        raise FetchFailure(f"{where}: {error.strerror or error}") from None
    missing = ", ".join(left)
    raise FetchFailure(f"{archive.name}: found no {missing} in it")


def _entries(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Every plain file of an archive, in order; links and the like are none."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                if not info.is_dir():
                    with packed.open(info) as file:
                        yield info.filename, file
        return
    with tarfile.open(archive, "r|*") as stream:  # one pass: some are gigabytes
        for entry in stream:
            data = stream.extractfile(entry) if entry.isfile() else None
            if data is not None:
                yield entry.name, data


def _ends(name: str, member: str) -> bool:
    pieces, wanted = PurePosixPath(name).parts, PurePosixPath(member).parts
    return pieces[-len(wanted) :] == wanted
