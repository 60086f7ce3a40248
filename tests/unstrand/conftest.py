"""The command as a user runs it: in a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.contain import lock
from tests.conftest import Say as Say

REPOSITORY = Path(__file__).resolve().parents[2]
_INSTALLED = Path(sys.executable).parent / "unstrand"

Run = Callable[..., "subprocess.CompletedProcess[str]"]

needs_lock = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)
"""Of what runs a file of one's own as it is run by default: in a locked process."""


def command() -> list[str]:
    """The console script of this Python where it is installed, else the module."""
    return [str(_INSTALLED)] if _INSTALLED.exists() else [sys.executable, "-m", "unstrand"]


def environment(**more: str) -> dict[str, str]:
    """This process's environment, without what would change the command's answers."""
    kept = {k: v for k, v in os.environ.items() if k not in ("UNSTRAND_DEBUG", "UNSTRAND_DATA")}
    return kept | {"PYTHONPATH": str(REPOSITORY), "UNSTRAND_DATA": "/nowhere"} | more


@pytest.fixture
def unstrand(tmp_path: Path) -> Run:
    """Runs ``unstrand WORDS…`` in ``tmp_path``; the answer has returncode, stdout and stderr."""

    def run(*words: str, timeout: float = 120, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command(), *words],
            cwd=tmp_path,
            env=environment(**more),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A canonical trace small enough for a second: 4 machines, 60 tasks."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    machines = [f"m{i},8,32,{4 if i < 2 else 0},{'T4' if i < 2 else ''}" for i in range(4)]
    tasks = [
        f"t{i},j{i // 2},{i * 60},{600 + 30 * (i % 7)},{1 + i % 3},{2 + i % 5},"
        f"{(0, 0.5, 1, 0, 2)[i % 5]}"
        for i in range(60)
    ]
    (folder / "machines.csv").write_text("\n".join(["id,cpu,mem,gpu,model", *machines]) + "\n")
    (folder / "tasks.csv").write_text(
        "\n".join(["id,job,submit,lifetime,cpu,mem,gpu", *tasks]) + "\n"
    )
    return folder
