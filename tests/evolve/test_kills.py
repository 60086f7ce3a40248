"""A search that is killed and gone on with ends as one that was let be."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from itertools import count, cycle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.contain import lock
from tests.evolve import tiny
from tests.evolve.processes import descendants, is_up

pytestmark = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)
REPOSITORY = Path(__file__).resolve().parents[2]
CANDIDATES, PATIENCE_S = 9, 600.0
TOLD = {
    "candidate": "SELECT number, body FROM candidate ORDER BY number",
    "verdict": "SELECT key, body FROM verdict ORDER BY key",
    "event": "SELECT number, kind, body FROM event ORDER BY number, kind",
}


def begun(folder: Path, workers: int) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "tests.evolve.tiny", str(folder), str(workers), str(CANDIDATES)]
    return subprocess.Popen(words, cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": "."})


def told(folder: Path) -> dict[str, list[Any]]:
    """What a journal says, clocks apart."""
    with closing(sqlite3.connect(f"file:{folder / 'run.sqlite'}?mode=ro", uri=True)) as base:
        return {name: base.execute(query).fetchall() for name, query in TOLD.items()}


def rows(folder: Path) -> int:
    with suppress(sqlite3.Error):
        return sum(map(len, told(folder).values()))
    return 0


@pytest.fixture(scope="module")
def unkilled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unkilled")
    tiny.found(folder, 1, CANDIDATES)
    return folder


def killed(process: subprocess.Popen[bytes], folder: Path, stop: int, pause_s: float) -> bool:
    """Whether the search was killed when its journal had `stop` rows, and a moment had passed."""
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and rows(folder) < stop:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(pause_s)
    if process.poll() is not None:
        return False
    left = descendants(process.pid)
    process.kill()
    process.wait()
    while any(map(is_up, left)):
        assert time.monotonic() < deadline, "a killed search has left processes"
        time.sleep(0.02)
    return True


def expect_the_same_after(
    kills: int, unkilled: Path, place: Path, workers: Sequence[int], seed: int, stride: int
) -> None:
    """Kill and go on, run after run, until so many kills are done; each run ends as if let be.

    workers: of one session after the other; stride: most rows that a session adds before its kill.
    """
    random, done, runs = np.random.default_rng(seed), 0, count()
    threads = cycle(workers)
    whole = told(unkilled)
    while done < kills:
        folder = place / f"{next(runs)}"
        folder.mkdir()
        ended = None
        while ended is None:
            process = begun(folder, next(threads))
            try:
                stop = rows(folder) + int(random.integers(1, stride))
                pause_s = float(random.random() * 0.3)
                if done < kills and killed(process, folder, stop, pause_s):
                    done += 1
                else:
                    ended = process.wait(PATIENCE_S)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        assert ended == 0
        assert (folder / "found.json").read_bytes() == (unkilled / "found.json").read_bytes()
        for name, said in told(folder).items():
            assert said == whole[name], name


@pytest.mark.campaign
@pytest.mark.parametrize("workers", [1, 2])
def test_fifty_kills_change_nothing(unkilled: Path, tmp_path: Path, workers: int) -> None:
    expect_the_same_after(50, unkilled, tmp_path, (workers,), seed=100 + workers, stride=12)
