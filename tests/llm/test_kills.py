"""A search with a model that is killed and gone on with ends as one that was let be."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.contain import lock
from tests.evolve.processes import descendants, is_up
from tests.llm.searching import search
from tests.llm.server import Script, serving

pytest.importorskip("openai", reason="the extra llm is not installed")
pytestmark = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)
REPOSITORY = Path(__file__).resolve().parents[2]
CANDIDATES, PATIENCE_S = 10, 300.0
SHARE = 0.6  # the rest is the embedded proposer's
TOLD = {
    "candidate": "SELECT number, body FROM candidate ORDER BY number",
    "verdict": "SELECT key, body FROM verdict ORDER BY key",
    "event": "SELECT number, kind, body FROM event ORDER BY number, kind",
    "exchange": "SELECT number, round, body FROM exchange ORDER BY number, round",
}


def begun(folder: Path, workers: int, url: str) -> subprocess.Popen[bytes]:
    words = [
        "-m",
        "tests.llm.searching",
        str(folder),
        str(workers),
        str(CANDIDATES),
        url,
        str(SHARE),
    ]
    return subprocess.Popen(
        [sys.executable, *words], cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": "."}
    )


def told(folder: Path) -> dict[str, list[Any]]:
    """What a journal says, clocks apart."""
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"file:{folder / 'run.sqlite'}?mode=ro", uri=True)) as base,
    ):
        return {name: base.execute(query).fetchall() for name, query in TOLD.items()}
    return {}


def asked(folder: Path) -> set[str]:
    """The questions that a journal has answers to."""
    rows = told(folder).get("exchange", [])
    return {json.dumps(json.loads(body)["messages"]) for _, _, body in rows}


def kill(process: subprocess.Popen[bytes], folder: Path, answers: int) -> bool:
    """Whether a search was killed when its journal had so many answers."""
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and len(asked(folder)) < answers:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    if process.poll() is not None:
        return False
    left = descendants(process.pid)
    process.kill()
    process.wait()
    while any(map(is_up, left)):
        assert time.monotonic() < deadline, "a killed search has left processes"
        time.sleep(0.02)
    return True


def expect_the_same_after(kills: int, place: Path, seed: int) -> None:
    """Kill at random moments and go on, with one worker and two by turns; no question twice."""
    random = np.random.default_rng(seed)
    script = Script(delay_s=0.05)
    with serving(script) as url:
        search(place / "whole", url, 1, CANDIDATES, share=SHARE)
        whole, done, runs = told(place / "whole"), 0, count()
        most = len(asked(place / "whole"))
        while done < kills:
            folder = place / f"{next(runs)}"
            folder.mkdir()
            ended = None
            while ended is None:
                known, before = asked(folder), len(script.asked)
                process = begun(folder, 1 + done % 2, url)
                try:
                    stop = len(known) + int(random.integers(1, max(2, most - len(known) + 1)))
                    if done < kills and kill(process, folder, stop):
                        done += 1
                    else:
                        ended = process.wait(PATIENCE_S)
                finally:
                    if process.poll() is None:
                        process.kill()
                        process.wait()
                anew = {json.dumps(one) for one in script.asked[before:]}
                assert not anew & known, "a question that was answered is asked again"
            assert ended == 0
            assert told(folder) == whole


def test_a_search_that_is_killed_ends_the_same_and_asks_nothing_twice(tmp_path: Path) -> None:
    expect_the_same_after(1, tmp_path, seed=11)


@pytest.mark.campaign
def test_forty_kills_change_nothing(tmp_path: Path) -> None:
    expect_the_same_after(40, tmp_path, seed=12)


@pytest.mark.campaign  # its share is in test_command
def test_what_a_journal_holds_is_replayed_without_an_endpoint(tmp_path: Path) -> None:
    with serving(Script()) as url:
        found = search(tmp_path / "run", url, 2, 8)
    before = told(tmp_path / "run")
    again = search(tmp_path / "run", None, 1, 8, replay=True)
    assert again == found
    assert told(tmp_path / "run") == before
