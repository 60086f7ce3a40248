"""The examples of README and docs run: every fenced block marked ``bash run``, in order.

A block marked ``output`` after one is what it prints: each of its lines begins one of stdout's, and
``…`` stands for lines left out.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from sim.contain import lock
from unstrand import configuration, main, overrides

from .conftest import REPOSITORY, command, environment

_BLOCK = re.compile(
    r"^```bash run\n(?P<lines>.*?)^```$(?:\n\n^```output\n(?P<output>.*?)^```$)?",
    re.DOTALL | re.MULTILINE,
)
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]


def blocks(page: Path) -> list[tuple[str, str]]:
    return _BLOCK.findall(page.read_text(encoding="utf-8"))


LONG = (
    *("agents.md", "constitution.md", "cost.md", "live.md", "llm.md", "training-data.md"),
    *("commands.md", "getting-started.md", "sweeps.md", "write-a-heuristic.md"),  # as README.md
)
"""Much of what they show is shown by another page too."""


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=page.name, marks=[pytest.mark.campaign] if page.name in LONG else [])
        for page in PAGES
        if blocks(page)
    ],
)
def test_the_examples_of_a_page_run(page: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "unstrand").write_text(f'#!/bin/sh\nexec {shlex.join(command())} "$@"\n')
    (programs / "unstrand").chmod(0o755)
    folder = tmp_path / "work"
    folder.mkdir()
    for block, output in blocks(page):
        if ".py" in block and lock.missing():
            continue  # a file is contained, which this machine can't
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=folder,
            env=environment(PATH=f"{programs}:{os.environ['PATH']}"),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stderr}"
        printed = done.stdout.replace("\N{NO-BREAK SPACE}", " ").splitlines()
        for line in output.splitlines():
            assert line == "…" or any(said.startswith(line) for said in printed), (
                f"{line}\n{done.stdout}"
            )


_SHOWN = re.compile(r"^```bash\n(.*?)^```$|`(unstrand [^`\n]+)`", re.DOTALL | re.MULTILINE)
PLACEHOLDER = re.compile(r"…|\b[A-Z]{2,}\b|--config-dir|--help|\$")


def shown(page: Path) -> list[str]:
    """The commands of a page that no block runs: for data, a cluster or a network of one's own."""
    text = page.read_text(encoding="utf-8")
    found = [block or line for block, line in _SHOWN.findall(text)]
    lines = [one for part in found for one in part.replace("\\\n", " ").splitlines()]
    words = [one.partition("  #")[0].strip() for one in lines]
    return [one for one in words if one.startswith("unstrand ") and not PLACEHOLDER.search(one)]


@pytest.mark.parametrize(
    "line", sorted({line for page in PAGES for line in shown(page)}), ids=lambda line: line[9:60]
)
def test_a_command_that_is_shown_can_be_read(line: str) -> None:
    name, *words = shlex.split(line)[1:]
    module = main.named(name)
    options = getattr(module, "OPTIONS", {})
    read = overrides.split(words, positionals=hasattr(module, "POSITIONALS"), options=options)
    own = main.VERBS.get((name, *read.positionals[:1]))  # type: ignore[arg-type]
    if own is not None:
        name, module = own, main.named(own)
        del read.positionals[0]
    if hasattr(module, "overrides"):
        read.overrides += module.overrides(read.positionals)
    if read.multirun:  # its first job
        read.overrides = [re.sub(r"=([^\[,]+),.*", r"=\1", one) for one in read.overrides]
    assert configuration.compose(name, overrides.prepare(name, read), []) is not None


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
