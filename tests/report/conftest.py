"""Result folders that several tests read, and the builder that writes others."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _module(name: str) -> ModuleType:
    """A module beside this file, known to its neighbours as report_test_NAME."""
    full = f"report_test_{name}"
    if full in sys.modules:
        return sys.modules[full]
    spec = importlib.util.spec_from_file_location(full, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[full] = module
    spec.loader.exec_module(module)
    return module


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "browser: opens the page in Chromium where it is installed (seconds)"
    )


@pytest.fixture(scope="session")
def folders() -> ModuleType:
    """The builder of result folders: saturate, replay, evolve."""
    return _module("folders")


@pytest.fixture(scope="session")
def comparing(folders: ModuleType) -> ModuleType:
    """The builder of result folders of compare."""
    return _module("comparing")


@pytest.fixture(scope="session")
def compared(comparing: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison of three heuristics with best fit, of which one rejects work."""
    return comparing.compare(tmp_path_factory.mktemp("compared") / "compared")


@pytest.fixture(scope="session")
def saturated(folders: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saturation experiment of three heuristics on four seeds."""
    return folders.saturate(tmp_path_factory.mktemp("saturated") / "saturated")


@pytest.fixture(scope="session")
def replayed(folders: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A replay of two heuristics."""
    return folders.replay(tmp_path_factory.mktemp("replayed") / "replayed")


@pytest.fixture(scope="session")
def evolved(folders: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A search with its champion."""
    return folders.evolve(tmp_path_factory.mktemp("evolved") / "evolved")
