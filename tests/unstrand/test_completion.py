"""TAB in bash completes commands, groups, keys and values."""

from __future__ import annotations

import os
import pty
import select
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from unstrand import main
from unstrand.completion import completions

from .conftest import command, environment

BASH = shutil.which("bash")
needs_bash = pytest.mark.skipif(BASH is None, reason="there is no bash here")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("unstrand repl", ["replay"]),
        ("unstrand --ver", ["--version"]),
        ("unstrand help comp", ["compact", "compare"]),
        ("unstrand compare --js", ["--json"]),
        ("unstrand compare trace=op", ["trace=openb"]),
        ("unstrand compare heuristic=unstrand_op", ["heuristic=unstrand_openb"]),
        ("unstrand compare heuristics=[fgd,cos", ["heuristics=[fgd,cosine"]),
        ("unstrand compare -m heuristic=fgd,cos", ["heuristic=fgd,cosine"]),
        ("unstrand compare baseline=rec", ["baseline=recorded"]),
        ("unstrand compare preemption=", ["preemption=borg", "preemption=kubernetes"]),
        ("unstrand replay ties=r", ["ties=random", "ties=rounded"]),
        ("unstrand replay json=t", ["json=true"]),
        ("unstrand replay queue=f", ["queue=fifo"]),
        ("unstrand replay heuristic=protean heuristic.params.", None),
        ("unstrand compare trac", ["trace.", "trace="]),
        ("unstrand compare trace.pa", ["trace.path="]),
        ("unstrand compare ++workl", ["++workload."]),
        ("unstrand trace fet", ["fetch", "fetch.", "fetch="]),
        ("unstrand trace fit valid", ["validate="]),
        ("unstrand list heur", ["heuristics"]),
        ("unstrand explain --mul", []),
        ("unstrand watch --t", ["--terminal"]),
        ("unstrand compare -m hyd", ["hydra/launcher="]),
        ("unstrand compare -m hydra/launcher=j", ["hydra/launcher=joblib"]),
        ("unstrand compare trace.path=", []),
        ("unstrand compare heuristic=nothing.that heuristic.params.", []),
        ("unstrand compare out='a b", []),
        ("unstrand nothing.that hel", []),
        ("unstrand", []),
        ("", []),
    ],
)
def test_what_a_line_may_become(line: str, offered: list[str] | None) -> None:
    found = completions(line)
    if offered is None:
        assert found
        assert all(one.startswith("heuristic.params.") and one.endswith("=") for one in found)
    else:
        assert found == offered


def test_every_command_is_offered_and_each_offers_its_keys() -> None:
    assert set(main.COMMANDS) <= set(completions("unstrand "))
    for name in main.COMMANDS:
        assert completions(f"unstrand {name} "), name


def test_groups_of_ones_own_are_offered(tmp_path: Path) -> None:
    (tmp_path / "trace").mkdir()
    (tmp_path / "trace" / "opaque.yaml").write_text("name: synthetic\n")
    line = f"unstrand replay --config-dir {tmp_path} trace=op"
    assert completions(line) == ["trace=opaque", "trace=openb"]


def test_another_shell_is_refused_in_one_line(say: object) -> None:
    code, _, err = say("replay", "-sc", "install=fish")  # type: ignore[operator]
    assert (code, err.count("\n")) == (2, 1)
    assert "found install=fish, expected install=bash" in err


def _programs(folder: Path) -> dict[str, str]:
    """An environment in which `unstrand` is this one."""
    program = folder / "unstrand"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(command())} "$@"\n')
    program.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return environment(PATH=path, PS1="> ", TERM="dumb", INPUTRC="/dev/null", HISTFILE="")


@needs_bash
@pytest.mark.parametrize(
    ("line", "replies"),
    [
        ("unstrand repl", ["replay"]),
        ("unstrand compare trace=op", ["openb"]),
        ("unstrand compare heuristics=[fgd,cos", ["[fgd,cosine"]),
    ],
)
def test_bash_replaces_what_stands_behind_the_sign(
    line: str, replies: list[str], tmp_path: Path
) -> None:
    script = f"""\
eval "$(unstrand --shell-completion install=bash)"
COMP_LINE={shlex.quote(line)}; COMP_POINT=${{#COMP_LINE}}
_unstrand unstrand
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        env=_programs(tmp_path) | {"COMP_WORDBREAKS": " \t\n\"'><=;|&(:"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split("\n")[:-1] == replies


@needs_bash
def test_a_tab_at_a_terminal_completes(tmp_path: Path) -> None:
    """The very thing: bash at a terminal, keys pressed, the line executed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execve(str(BASH), ["bash", "--norc", "--noprofile", "-i"], _programs(tmp_path))
    try:
        _press(terminal, 'eval "$(unstrand -sc install=bash)"; echo rea""dy\n', "ready")
        said = _press(terminal, "echo; unstrand saturate ties=ran\t --he\t\n", "usage: ")
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)
    assert "ties=random" in said
    assert "--help" in said


def _press(terminal: int, keys: str, until: str) -> str:
    """Press keys, and read until something is said; fails where nothing is for a minute."""
    os.write(terminal, keys.encode())
    said = ""
    while until not in said.replace("\x07", ""):
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, said
        said += os.read(terminal, 4096).decode(errors="replace")
    return said.replace("\x07", "")


def test_completion_loads_nothing_heavy() -> None:
    heavy = "numba", "polars", "numpy", "hydra", "omegaconf", "rich", "scipy", "simpy"
    code = (
        "import sys; from unstrand.completion import completions;"
        "completions('unstrand compare heuristic=fgd trace='); completions('unstrand list ');"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
