"""What `sim` offers is there, whatever was imported before, and all of it is shipped."""

from __future__ import annotations

import importlib
import pkgutil
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import sim

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sim.__all__)
def test_no_module_hides_what_is_offered(name: str) -> None:
    for module in pkgutil.iter_modules(sim.__path__):
        importlib.import_module(f"sim.{module.name}")
    assert callable(getattr(sim, name))
    assert not isinstance(getattr(sim, name), ModuleType)


def test_every_folder_of_modules_is_in_the_package() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    for name in ("unstrand", "traces", "heuristics", "sim", "evolve", "report"):
        files = [p.relative_to(ROOT) for p in (ROOT / name).rglob("*.py")]
        folders = {p.parent for p in files if "__pycache__" not in p.parts}
        assert {".".join(folder.parts) for folder in folders} <= set(listed)
