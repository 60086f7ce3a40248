"""Files of one's own, whichever command runs them: contained, and worth what they are worth."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.evolve.attacks import ATTACKS

from .conftest import Run, Say, command, environment, needs_lock
from .test_commands import on, same
from .test_kill import members, until

FILES = {
    "formula": "def score(required, free, *, alpha=0.5):\n"
    "    return required.cpu - free.cpu - alpha * free.mem\n",
    "slot": "def score(required, free, gpus, slot, frag):\n"
    "    best = frag.gain.gpu - free.cpu\n"
    "    if slot >= 0:\n        best = best - gpus[slot]\n"
    "    return best\n",
    "every": "import numpy as np\n\nTIES = 'random'\n\n\n"
    "def scores(required, free, machine):\n    return np.rint(-free.cpu / 4) + machine.tasks\n",
}
OWN = f"[{','.join(f'{name}.py' for name in FILES)},best_fit]"
STEADY = ("machines=4", "load=0.9", "hours=2", "history=1", "probe.count=2")
RUNS = {
    "replay": ("replay", *STEADY, f"heuristics={OWN}", "queue=skip", "placements=true"),
    "replay, in order": (
        *("replay", *STEADY, "ties=random"),
        "heuristic.compose=[{file:formula.py,step:4,params:{alpha:2}},{name:fgd},{file:slot.py}]",
    ),
    "compare": ("compare", *STEADY, f"heuristics={OWN}", "seeds=2"),
    "compare with a file": (
        *("compare", *STEADY, "baseline=slot.py", "heuristics=[fgd,formula.py]"),
        *("seeds=1", "queue=fifo", "policies=[]"),
    ),
    "saturate": ("saturate", f"heuristics={OWN}", "seeds=2"),
}
SHAKEN = ("trace.priorities=3", "machines=6", "load=0.95", "hours=3", "history=1")
APART: dict[str, tuple[str, ...]] = {
    "outages": ("outages=failures", "outages.mtbf_h=5"),
    "maintenance": ("outages=maintenance", "outages.maintenance_every_h=1"),
    "migration": ("migration.moves_per_hour=20",),
    "preemption": ("preemption=kubernetes",),
    "stale views": ("stale.schedulers=3", "stale.decisions=4"),
    "reservations": ("queue=easy",),
}
"""What a cell does only where it is asked for, which is compiled or loaded apart."""
ATTEMPTS = (
    *("loops in compiled code", "opens a socket", "reads outside an array", "returns NaN"),
    *("overflows", "has a null byte", "keeps state in a default"),
)


@pytest.fixture
def files(tmp_path: Path) -> None:
    for name, source in FILES.items():
        (tmp_path / f"{name}.py").write_text(source)


def bare(folder: Path) -> tuple[dict[str, Any], list[str | None]]:
    """A result without how its files were held, and how each heuristic was."""
    kept = same(folder)
    summary = json.loads(kept["summary"])
    del summary["config"]["contain"], summary["config_sha256"]
    held = [one.pop("contained") for one in summary["results"]]
    for one in summary["results"]:
        one["marks"] = [mark for mark in one["marks"] if mark != "contain=off"]
    return kept | {"summary": summary}, held


@needs_lock
@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    "what",
    [
        pytest.param(one, marks=[] if one in ("outages", "migration") else pytest.mark.campaign)
        for one in APART
    ],
)
def test_a_locked_file_is_run_by_whatever_a_cell_does(what: str, say: Say) -> None:
    words = (*SHAKEN, *APART[what], "heuristic.file=formula.py")
    commands = ("replay",) if what == "stale views" else ("replay", "explain")
    for verb in commands:
        for contain in ("lock", "off"):
            code, _, err = say(verb, *words, f"contain={contain}", f"out={verb}-{contain}")
            assert code == 0, err
    (locked, _), (bare_, _) = (bare(Path(f"replay-{how}")) for how in ("lock", "off"))
    assert locked == bare_


@needs_lock
@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    "what",
    [one if one != "compare" else pytest.param(one, marks=pytest.mark.campaign) for one in RUNS],
)
def test_a_file_is_worth_the_same_however_it_is_held(
    say: Say, tiny: Path, tmp_path: Path, what: str
) -> None:
    name, *asked = RUNS[what]
    words, found = (name, *on(tiny), *asked), {}
    many = ("workers=2",) if name != "replay" else ()
    for held, more in {"lock": (), "process": many, "off": many}.items():
        code, _, error = say(*words, *more, f"contain={held}", f"out={held}")
        assert code == 0, error
        found[held], said = bare(tmp_path / held)
        assert set(said) <= {held, None}
        assert held in said
    assert found["lock"] == found["process"] == found["off"]


@needs_lock
@pytest.mark.usefixtures("files")
def test_workers_hold_files_too(say: Say, tiny: Path, tmp_path: Path) -> None:
    for workers in (1, 2):
        name, *asked = RUNS["compare"]
        code, _, error = say(name, *on(tiny), *asked, f"workers={workers}", f"out={workers}")
        assert code == 0, error
    assert same(tmp_path / "1") == same(tmp_path / "2")


@needs_lock
def test_instances_of_bin_packing_are_held_one_after_another(say: Say, tmp_path: Path) -> None:
    rows = [f"{name},10,{k},{6 - k}" for name in ("u1", "u2") for k in range(5)]
    (tmp_path / "bins.csv").write_text("\n".join(["instance,capacity,position,size", *rows]))
    (tmp_path / "own.py").write_text("def scores(free):\n    return -free[0]\n")
    words = ("replay", "trace=bin_packing", "trace.path=bins.csv", "heuristic.file=own.py")
    for held in ("lock", "off"):
        code, _, error = say(*words, f"contain={held}", f"out={held}")
        assert code == 0, error
    assert bare(tmp_path / "lock")[0] == bare(tmp_path / "off")[0]
    assert json.loads((tmp_path / "lock" / "summary.json").read_text())["results"][0]["instances"]


@needs_lock
@pytest.mark.parametrize("what", ATTEMPTS)
def test_what_attacks_is_refused_in_one_line(
    unstrand: Run, tiny: Path, tmp_path: Path, what: str
) -> None:
    source = ATTACKS[what][0]
    file = tmp_path / "mine.py"
    file.write_bytes(source if isinstance(source, bytes) else source.encode())
    words = ("heuristic.file=mine.py", "contain_seconds=2", *STEADY, "out=r")
    done = unstrand("replay", *on(tiny), *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("unstrand: mine.py")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.py", "tiny"]


@needs_lock
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_ending_a_command_ends_what_it_holds(
    tiny: Path, tmp_path: Path, number: signal.Signals
) -> None:
    source = ATTACKS["loops in compiled code"][0]
    assert isinstance(source, str)
    (tmp_path / "mine.py").write_text(source)
    words = (*command(), "compare", *on(tiny), "heuristics=[mine.py]", "workers=1", "out=r")
    run = subprocess.Popen(
        words,
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert until(lambda: len(members(run.pid)) >= 4, 120)  # nursery, holder, child
        time.sleep(0.5)
        (os.kill if number == signal.SIGKILL else os.killpg)(run.pid, number)
        _, said = run.communicate(timeout=60)
    finally:
        run.kill()
    assert "Traceback" not in said
    assert until(lambda: not members(run.pid), 30)
    assert not (tmp_path / "r").exists()


@pytest.mark.usefixtures("files")
def test_a_machine_that_can_not_lock_says_so_before_anything_has_run(
    say: Say, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "sim.contain.contained.missing", lambda: ["Landlock ABI 6 or newer (found 4)"]
    )
    for name, key in (("saturate", "seeds=1"), ("compare", "bound=none"), ("replay", "hours=1")):
        words = (name, *on(tiny), key, "out=r")
        code, _, error = say(*words, "heuristics=[fgd,formula.py]")
        assert (code, error.count("\n")) == (2, 1)
        assert "this machine lacks Landlock ABI 6 or newer (found 4); contain=process" in error
        assert not (tmp_path / "r").exists()
    code, _, error = say("saturate", *on(tiny), "seeds=1", "heuristics=[fgd]", "out=shipped")
    assert code == 0, error
    words = ("saturate", *on(tiny), "seeds=1", "heuristics=[fgd,formula.py]", "out=process")
    code, _, error = say(*words, "contain=process")
    assert code == 0, error
    assert bare(tmp_path / "process")[1] == [None, "process"]
