"""Where the files of a named trace are looked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from traces.errors import TraceError, nearest

VARIABLE = "UNSTRAND_DATA"
DEFAULT = Path("..", "shared", "traces")


def data_folder() -> Path:
    """$UNSTRAND_DATA, else ../shared/traces."""
    return Path(os.environ.get(VARIABLE) or DEFAULT)


def beside(
    trace: str,
    folder: str | PathLike[str] | None,
    given: str | PathLike[str] | None,
    default: str,
) -> Path:
    """A file of a named trace: as given, else `default` in `folder` or in the data folder.

    A name given without a folder is also looked for where the default would be. Raises TraceError
    where there is no such file.
    """
    home = Path(folder) if folder is not None else data_folder() / trace
    if given is not None:
        path = Path(given)
        inside = home / path
        return inside if not path.exists() and inside.exists() else there(path)
    path = home / default
    if folder is None and not path.exists():
        raise TraceError(
            file=path,
            found="no such file",
            expected=f"the {trace} trace in {home}",
            hint=f"set {VARIABLE} to the folder that holds {trace}/, or name the files",
        )
    return there(path)


def the_file(trace: str, path: str | PathLike[str] | None, names: Sequence[str]) -> Path:
    """The one file of a named trace: as given, else the first of `names` that is in the folder
    given or in the data folder. Raises TraceError where there is no such file.
    """
    if path is not None and not Path(path).is_dir():
        return there(Path(path))
    home = data_folder() / trace if path is None else Path(path)
    here = [name for name in names if (home / name).exists()]
    return beside(trace, path, None, here[0] if here else names[0])


def there(path: Path) -> Path:
    """The path, if something is there. Raises TraceError with the nearest names if not."""
    try:
        found = path.exists()
    except (OSError, ValueError):
        found = False
    if found:
        return path
    try:
        names = [item.name for item in path.parent.iterdir()]
    except (OSError, ValueError):
        names = []
    raise TraceError(
        file=path, found="no such file", expected="a file", hint=nearest(path.name, names)
    )
