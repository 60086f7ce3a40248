"""Workers end with the command that asked for them, even when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


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
        cwd=Path(__file__).parents[2],
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
