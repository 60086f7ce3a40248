"""Workers end with the command that asked for them, even when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import REPOSITORY


def members(session: int) -> list[int]:
    """The processes of a session that still run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(entry.name))
    return found


def until(condition: object, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.1)
    return False


def test_killing_a_command_leaves_no_worker_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "unstrand", "saturate", "seeds=100000", "workers=2"]
    run = subprocess.Popen(
        [*command, f"out={tmp_path / 'out'}"],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert until(lambda: len(members(run.pid)) >= 4, 120)
    finally:
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
    assert until(lambda: not members(run.pid), 30)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("error", "said"), [("EOFError", False), ("ValueError", True)])
def test_a_worker_that_was_never_told_what_to_do_says_nothing_of_it(error: str, said: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import sim.starting; raise {error}"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert bool(done.stderr) == said


def test_a_killed_command_holds_nobody_up_who_reads_what_it_says(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "unstrand", "compare", "seeds=100", "workers=2", "machines=20"]
    run = subprocess.Popen(
        [*words, f"out={tmp_path / 'out'}"],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert until(lambda: len(members(run.pid)) >= 4, 120)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate(timeout=30)  # reads to the end before it asks how the command ended
    assert until(lambda: not members(run.pid), 30)
