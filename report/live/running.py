"""Whether a process has a journal open, asked without taking part in its locks."""

from __future__ import annotations

import fcntl
import os
import struct
from contextlib import suppress
from pathlib import Path

AT = 128  # the byte of the log's index that SQLite holds as long as a journal is open
FLOCK = "@hhqqi4x"  # struct flock of Linux on 64 bits: type, whence, start, length, process


def is_held(file: Path) -> bool:
    """Whether another process has it open.

    The kernel is asked who would stand in the way of a lock; none is taken, so that a run which
    begins at that moment finds its folder free. False where that can't be told.
    """
    with suppress(OSError):
        index = os.open(
            file.with_name(f"{file.name}-shm"), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        )
        try:
            asked = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, AT, 1, 0)
            found = struct.unpack(FLOCK, fcntl.fcntl(index, fcntl.F_GETLK, asked))
            return bool(found[0] != fcntl.F_UNLCK)
        finally:
            os.close(index)
    return False
