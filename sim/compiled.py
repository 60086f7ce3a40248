"""How the cell's operations are compiled: cached on disk where that can be, IEEE arithmetic."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import config

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS: dict[str, Any] = {"nopython": True, "error_model": "numpy", "nogil": True}


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _cache_folder() -> str | None:
    """A folder named after the content of every module that is compiled, or says how.

    numba's own cache looks at the time stamp of one file alone; an operation is inlined into
    others, so a change in one module must not leave another's compiled form behind.
    """
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for source in sorted((*here.glob("*.py"), *here.glob("metrics/*.py"))):
        text = source.read_bytes()
        if source.name in ("layout.py", "state.py") or b"numba" in text or b"sim.compiled" in text:
            digest.update(source.name.encode() + b"\0" + text)
    name = f"cell-{digest.hexdigest()[:16]}"
    asked = os.environ.get("NUMBA_CACHE_DIR")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    places = [Path(asked)] if asked else [here / "__pycache__", home / "unstrand"]
    return next((str(place / name) for place in places if _writable(place / name)), None)


_FOLDER = _cache_folder()


def cache_folder() -> str | None:
    """Where what is compiled is kept, None where no folder can be written."""
    return _FOLDER


def is_cached() -> bool:
    """Whether the cell has been compiled on this machine before, and its cache is there."""
    return _FOLDER is not None and any(Path(_FOLDER).rglob("*.nbi"))


_settings: Any = config  # numba makes its settings attributes at import
if "NUMBA_OPT" not in os.environ:
    _settings.OPT = type(_settings.OPT)(2)  # the third level takes longer and makes nothing faster


@contextmanager
def caching() -> Iterator[Path | None]:
    """Let numba keep what is compiled in the cell's cache folder, which is None without one."""
    if _FOLDER is None:
        yield None
        return
    before = _settings.CACHE_DIR
    _settings.CACHE_DIR = _FOLDER
    try:
        yield Path(_FOLDER)
    finally:
        _settings.CACHE_DIR = before


def _compile(function: F, **options: Any) -> F:
    with caching() as folder:
        return numba.jit(cache=folder is not None, **OPTIONS, **options)(function)


def compiled(function: F) -> F:
    """Compile a cell operation. Without a folder that can be written it is compiled each time."""
    return _compile(function)


def compiled_sum(function: F) -> F:
    """As :func:`compiled`, for sums of whole numbers: exact in any order, so they vectorise."""
    return _compile(function, fastmath={"reassoc", "nsz"})
