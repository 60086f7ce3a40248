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

needs_setuptools = pytest.mark.skipif(
    int(metadata.version("setuptools").split(".")[0]) < 77,
    reason="setuptools is older than 77, which the build needs (make setup brings it)",
)


def steps() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, each with its words, in order."""
    text = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    parted = (line.partition(" ") for line in text.splitlines() if line.strip())
    return [(name, " ".join(words.split())) for name, _, words in parted]


def copied() -> list[str]:
    """What the Dockerfile copies from here."""
    lines = [words.split() for name, words in steps() if name == "COPY" and "--from" not in words]
    return list(dict.fromkeys(source for line in lines for source in line[:-1]))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist and the wheel, built of what the Dockerfile copies, as there, and nowhere here."""
    folder = tmp_path_factory.mktemp("built")
    source = folder / "source"
    source.mkdir()
    for name in copied():
        if (REPOSITORY / name).is_dir():
            left_out = shutil.ignore_patterns("__pycache__")
            shutil.copytree(REPOSITORY / name, source / name, ignore=left_out)
        else:
            shutil.copy(REPOSITORY / name, source)
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)],
        cwd=source,
        capture_output=True,
        text=True,
        check=True,
    )
    sdist, wheel = done.stdout.split()[-2:]
    return folder / sdist, folder / wheel


@needs_setuptools
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


@needs_setuptools
def test_the_sdist_holds_what_the_wheel_is_built_of(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[0]) as archive:
        sdist = {name.partition("/")[2] for name in archive.getnames()}
    wheel = set(zipfile.ZipFile(built[1]).namelist())
    assert {name for name in wheel if ".dist-info/" not in name} <= sdist
    assert {"pyproject.toml", "README.md", "LICENSE"} <= sdist
    assert not any(name.startswith(("tests/bench", "bench/")) for name in sdist)


@needs_setuptools
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


def test_the_image_is_of_files_that_are_there_and_let_through() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == set(copied())
    assert all((REPOSITORY / name).exists() for name in copied())


def test_the_image_runs_the_command_and_not_as_root() -> None:
    told = steps()
    last = max(n for n, (name, _) in enumerate(told) if name == "FROM")
    assert all(words.startswith("python:3.11-slim") for name, words in told if name == "FROM")
    (user,) = [words for name, words in told[last:] if name == "USER"]
    assert user not in ("root", "0")
    made = next(
        n
        for n, (_, words) in enumerate(told)
        if f"useradd --create-home --uid 1000 {user}" in words
    )
    assert last < made < told.index(("USER", user))
    assert dict(told)["ENTRYPOINT"] == '["unstrand"]'
    installed = next(words for name, words in told[last:] if name == "RUN")
    (asked,) = re.findall(r"whl\)\[([\w,]+)\]", installed)
    assert set(asked.split(",")) <= set(PROJECT["project"]["optional-dependencies"])
