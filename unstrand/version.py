"""``unstrand version``: versions and environment."""

from __future__ import annotations

import os
import platform
from importlib import metadata

from unstrand import __version__, show
from unstrand.schema import List

EXAMPLES = ("unstrand version", "unstrand version json=true")

_PACKAGES = (
    "numpy",
    "scipy",
    "polars",
    "numba",
    "llvmlite",
    "simpy",
    "hydra-core",
    "omegaconf",
    "altair",
    "vl-convert-python",
    "Jinja2",
    "rich",
    "openai",
    "mcp",
)


def run(settings: List) -> None:
    """Print them as a table, or as JSON."""
    made = {
        "unstrand": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "UNSTRAND_DATA": os.environ.get("UNSTRAND_DATA"),
    } | {name: _version(name) for name in _PACKAGES}
    if settings.json:
        show.json_line(made)
        return
    show.table(
        "", ["what", "version"], [[name, value] for name, value in made.items()], numbers=False
    )


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
