"""``unstrand version``: versions, and what this machine has."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from unstrand import __version__, show
from unstrand.schema import List

EXAMPLES = ("unstrand version", "unstrand version --json")

BENEATH = ("llvmlite", "omegaconf")
"""What the dependencies stand on, and a report of a fault needs."""

CGROUP = Path("/sys/fs/cgroup/memory.max")


def run(settings: List) -> None:
    """Print them as a table, or as one line of JSON."""
    made = facts()
    if settings.json:
        show.json_line(made)
        return
    show.table("", ["what", "found"], list(_rows(made)), numbers=False)


def facts() -> dict[str, Any]:
    """Versions and environment: what a report of a fault should name.

    A package that is not installed is None. ``cores`` and ``memory_gib`` are what this process
    may use; ``contain.lacks`` what ``contain=lock`` would need; ``cache.folder`` where the
    compiled cell is kept, None where no folder can be written: each command compiles it anew.
    """
    from sim.contain import lock

    lacks, folder = lock.missing(), _cache()
    needed, extras = _needed()
    return {
        "unstrand": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": _cores(),
        "memory_gib": _memory_gib(),
        "UNSTRAND_DATA": os.environ.get("UNSTRAND_DATA"),
        "dependencies": _versions((*needed, *BENEATH)),
        "extras": {extra: _versions(packages) for extra, packages in extras.items()},
        "contain": {"lock": not lacks, "lacks": lacks},
        "cache": {"folder": folder, "writable": folder is not None},
    }


def _rows(made: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    for name, value in made.items():
        if name == "dependencies":
            yield from value.items()
        elif name == "extras":
            for extra, packages in value.items():
                for package, version in packages.items():
                    absent = f"not installed: pip install 'unstrand[{extra}]'"
                    yield f"{package} ({extra})", version or absent
        elif name == "contain":
            yield (
                "contain=lock",
                "available"
                if value["lock"]
                else " and ".join(["lacks " + value["lacks"][0], *value["lacks"][1:]]),
            )
        elif name == "cache":
            yield "cache", value["folder"] or "no folder can be written: compiled each time"
        else:
            yield name, value


def _needed() -> tuple[list[str], dict[str, list[str]]]:
    """The packages that the product names: those always needed, and by extra."""
    needed, extras = _named()
    return _packages(needed), {extra: _packages(names) for extra, names in extras.items()}


def _named() -> tuple[list[str], dict[str, list[str]]]:
    """What `pyproject.toml` names where this runs from its sources, else what was installed."""
    sources = Path(__file__).resolve().parents[1] / "pyproject.toml"
    if sources.is_file():  # what an editable install knows of them is of the day it was made
        import tomllib

        project = tomllib.loads(sources.read_text(encoding="utf-8"))["project"]
        return project["dependencies"], project["optional-dependencies"]
    told = metadata.metadata("unstrand")
    needed: list[str] = []
    extras: dict[str, list[str]] = {name: [] for name in told.get_all("Provides-Extra") or ()}
    for line in told.get_all("Requires-Dist") or ():
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", line)
        (extras[extra[1]] if extra else needed).append(line)
    return needed, extras


def _packages(lines: Iterable[str]) -> list[str]:
    """The names of packages; an extra that is made of others names none of its own."""
    names = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in lines]
    return [name for name in names if name != "unstrand"]


def _cache() -> str | None:
    try:
        from sim.compiled import cache_folder
    except ImportError:  # no numba: told above
        return None
    return cache_folder()


def _cores() -> int | None:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _memory_gib() -> float | None:
    """What there is, or what a container is held to where that is less."""
    try:
        found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
    with suppress(OSError, ValueError):  # no container, or "max"
        found = min(found, int(CGROUP.read_text(encoding="ascii")))
    return round(found / 2**30, 1)


def _versions(packages: Iterable[str]) -> dict[str, str | None]:
    return {package: _version(package) for package in packages}


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
