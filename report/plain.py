"""Files of a folder that may be someone else's: read where they are plain, and not too large."""

from __future__ import annotations

import stat
from pathlib import Path

from report.fields import ReportError


def expect_plain(file: Path, expected: str, most: int | None = None) -> None:
    """Raise ReportError for nothing, for a link that leads elsewhere, a pipe, a folder.

    expected: what should stand there. most: bytes, none is too many where None.
    """
    try:
        found = file.lstat()
    except FileNotFoundError:
        raise ReportError(f"{file}: found nothing, expected {expected}") from None
    except OSError as error:
        raise ReportError(f"{file}: found {error.strerror}, expected {expected}") from None
    if not stat.S_ISREG(found.st_mode):
        kind = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "no plain file"
        raise ReportError(f"{file}: found {kind}, expected {expected} itself")
    if most is not None and found.st_size > most:
        raise ReportError(f"{file}: found {found.st_size:,} bytes, expected at most {most:,}")


def is_there(file: Path) -> bool:
    """Whether anything stands there, be it a link that leads nowhere."""
    return file.is_symlink() or file.exists()
