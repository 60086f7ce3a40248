"""What is built holds all that it needs and nothing else, and runs where it is installed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from .conftest import REPOSITORY, environment

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
ROOMS = ("unstrand", "traces", "heuristics", "sim", "evolve", "report")
BUILD = """\
import sys
from setuptools import build_meta
place = sys.argv[1]  # which a build replaces
print(build_meta.build_sdist(place), build_meta.build_wheel(place))
"""

pytestmark = pytest.mark.skipif(
    int(metadata.version("setuptools").split(".")[0]) < 77,
    reason="setuptools is older than 77, which the build needs (make setup brings it)",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist and the wheel, built of a copy: what a build leaves behind is not ours."""
    folder = tmp_path_factory.mktemp("built")
    source = folder / "source"
    left_out = shutil.ignore_patterns(".*", "build", "dist", "results", "shared", "__pycache__")
    shutil.copytree(REPOSITORY, source, ignore=left_out)
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)],
        cwd=source,
        capture_output=True,
        text=True,
        check=True,
    )
    sdist, wheel = done.stdout.split()[-2:]
    return folder / sdist, folder / wheel


def test_the_wheel_holds_the_packages_and_their_data_alone(built: tuple[Path, Path]) -> None:
    held = set(zipfile.ZipFile(built[1]).namelist())
    inside = {name for name in held if ".dist-info/" not in name}
    expected = {
        path.relative_to(REPOSITORY).as_posix()
        for room in (*ROOMS, "conf")
        for path in (REPOSITORY / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert inside == expected
    assert {f"{room}/py.typed" for room in ROOMS} <= inside
    assert any(name.endswith("LICENSE") for name in held)


def test_the_sdist_builds_and_reads_as_the_wheel_does(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[0]) as archive:
        sdist = {name.partition("/")[2] for name in archive.getnames()}
    wheel = set(zipfile.ZipFile(built[1]).namelist())
    assert {name for name in wheel if ".dist-info/" not in name} <= sdist
    assert {"pyproject.toml", "README.md", "LICENSE"} <= sdist
    assert not any(name.startswith(("tests/bench", "bench/")) for name in sdist)


def test_the_installed_wheel_runs_and_names_its_extras(
    built: tuple[Path, Path], tmp_path: Path
) -> None:
    place = tmp_path / "place"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--target", str(place), str(built[1])], check=True)
    done = subprocess.run(
        [str(place / "bin" / "unstrand"), "version", "--json"],
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(place)),
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    assert said["unstrand"] == PROJECT["project"]["version"]
    assert set(said["extras"]) == set(PROJECT["project"]["optional-dependencies"])
    named = {re.split(r"[^\w.-]", one)[0] for one in PROJECT["project"]["dependencies"]}
    assert {one.lower() for one in named} <= {one.lower() for one in said["dependencies"]}
    assert place in Path(said["cache"]["folder"]).parents


def test_all_is_every_extra_that_a_user_may_want() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    (listed,) = extras["all"]
    assert set(listed.removeprefix("unstrand[").rstrip("]").split(",")) == (
        set(extras) - {"all", "dev", "docs"}
    )


def test_what_is_named_is_pinned() -> None:
    pins = {
        line.partition("==")[0].lower()
        for line in (REPOSITORY / "constraints.txt").read_text().splitlines()
    }
    extras = PROJECT["project"]["optional-dependencies"].values()
    named = [*PROJECT["project"]["dependencies"], *(one for extra in extras for one in extra)]
    packages = {re.split(r"[^\w.-]", one)[0].lower() for one in named} - {"unstrand"}
    assert packages <= pins
