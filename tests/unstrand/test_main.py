"""Help, exit codes and errors of the command, run as a user runs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from unstrand.main import COMMANDS

from .conftest import Run, command, environment


def test_help_names_every_command(unstrand: Run) -> None:
    done = unstrand("--help")
    assert done.returncode == 0
    assert not done.stderr
    assert all(f"\n  {name}" in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(unstrand: Run, name: str) -> None:
    done = unstrand(name, "--help")
    assert done.returncode == 0
    assert "usage: unstrand" in done.stdout
    if name not in ("mcp", "serve-proposer"):  # which serve
        assert "json=false" in done.stdout
    assert "examples:\n  unstrand " in done.stdout


def test_help_loads_nothing_heavy() -> None:
    heavy = "numba", "polars", "numpy", "hydra", "omegaconf", "rich", "altair", "scipy", "simpy"
    code = (
        "import sys; from unstrand.main import main; main(['--help']); main(['compare','--help']);"
        f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], ""),
        (["saturat"], "unknown command 'saturat'; did you mean 'saturate'?"),
        (["saturate", "offerd=1"], "unknown key 'offerd'; did you mean 'offered'?"),
        (["saturate", "load=0.9"], "'offered'"),
        (["saturate", "heuristic=fdg"], "did you mean 'fgd'?"),
        (["saturate", "heuristics=[fdg]"], "fgd"),
        (["saturate", "heuristics=[fgd,fgd]"], "'fgd' more than once"),
        (["saturate", "heuristic.params.alpa=1", "heuristic=fgd"], "alpa"),
        (["saturate", "heuristic.file=missing.py"], "missing.py"),
        (["saturate", "heuristic.compose=[{nam:fgd}]"], "unknown key 'nam'"),
        (["saturate", "trace=canonical"], "trace.path: found none"),
        (["saturate", "trace=canonical", "trace.path=missing"], "missing"),
        (["saturate", "trace=openb"], "openb"),
        (["replay", "process=nothing"], "expected module:function"),
        (["replay", "process=nothing:at_all"], "nothing"),
        (["report"], "expected one result folder or more"),
        (["report", "missing"], "missing"),
        (["trace"], "expected info or check or convert"),
        (["trace", "check", "missing"], "missing"),
        (["list", "heuristic"], "did you mean 'heuristics'?"),
        (["version", "-m"], "can't be swept"),
        (["evolve", "minutes=0"], "minutes: found 0.0"),
        (["evolve", "problem=synthetic_saturation", "problem.resource=disk"], "cpu, mem, gpu"),
        (["evolve", "archive.measures=[nope]"], "archive.measures: found [nope], expected some of"),
        (["evolve", "archive.cells=[0,8]"], "archive.cells: found [0, 8], expected a number of"),
        (["evolve", "archive.cells=[100000,100000]"], "at most 100,000 in all"),
        (
            ["evolve", "problem=rehearsal", "null=best_of_n", "seeds=none"],
            "null=best_of_n begins with heuristics",
        ),
        (
            ["evolve", "problem=rehearsal", "problem.parents=[first_fit]"],
            "problem.parents: found first_fit, expected",
        ),
        (
            ["evolve", "problem=rehearsal", "problem.operations=1"],
            "none of the heuristics that a search begins with",
        ),
        (["evolve", "resume="], "resume: found nothing, expected a run's folder"),
        (["evolve", "problem.kind=bin_packing"], "found trace synthetic, expected bin_packing"),
        (["evolve", "problem=bin_packing", "problem.held_out=[0]"], "problem.held_out: found [0]"),
        (["evolve", "problem=bin_packing", "problem.trace.path=missing.csv"], "missing.csv"),
        (["saturate", "trace.tasks=many"], "trace.tasks: found 'many', expected a number"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(unstrand: Run, words: list[str], said: str) -> None:
    done = unstrand(*words)
    assert done.returncode == 2
    assert said in (done.stderr or done.stdout)
    if words:
        assert not done.stdout
        assert done.stderr.startswith("unstrand: ")
        assert done.stderr.count("\n") == 1


def test_debugging_shows_the_traceback(unstrand: Run) -> None:
    assert "Traceback" in unstrand("saturate", "offerd=1", UNSTRAND_DEBUG="1").stderr


def test_a_reader_that_leaves_is_no_error(unstrand: Run) -> None:
    words = " ".join(command())
    done = subprocess.run(
        ["bash", "-c", f"{words} list | head -n 1"],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""


@pytest.mark.parametrize("words", ["list", "version", "trace check synthetic"])
def test_who_lost_the_reader_says_so_by_the_code(unstrand: Run, words: str) -> None:
    line = f"{' '.join(command())} {words} | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_closed_stdout_is_no_failure(unstrand: Run) -> None:
    line = f"{' '.join(command())} version json=true >&-"
    done = subprocess.run(["bash", "-c", line], env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_disk_that_can_not_be_written_is_a_failure_of_one_line(unstrand: Run) -> None:
    done = unstrand("saturate", "out=/proc/nothing/here")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
