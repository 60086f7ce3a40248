"""``unstrand COMMAND [positionals] [overrides]``: dispatch, help, and what an error becomes."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from unstrand import __version__, failure, interruptions
from unstrand.failure import ConfigurationError

COMMANDS = {
    "saturate": "offer a cell more than it holds, without departures, over seeds",
    "replay": "replay one workload, with departures, under a heuristic",
    "compact": "how few machines hold what runs (cell compaction)",
    "explain": "one decision taken apart: the best machines, and the parts of their scores",
    "compare": "what heuristics recover against a baseline, in pairs",
    "tune": "a heuristic's constants, tuned and compared with those as written",
    "evolve": "search for a better heuristic",
    "try": "one file that nobody has read, checked, contained and scored",
    "ask": "the next prompt of a run that is answered from outside, with its ticket",
    "tell": "an answer to a ticket, scored",
    "mcp": "such a run for coding agents, over the Model Context Protocol",
    "export": "a run as training data, in the forms that TRL reads",
    "serve-proposer": "the embedded mutator as an OpenAI-compatible endpoint on loopback",
    "watch": "a search while it goes on, as a page on loopback or in the terminal",
    "report": "a page, tables and figures from result folders",
    "track": "finished results as runs of MLflow",
    "trace": "look at a trace, check it, convert it, or fetch a public one",
    "list": "what there is: heuristics, traces, formats, metrics, problems",
    "version": "versions and environment",
}

SHELL_COMPLETION = ("--shell-completion", "-sc")  # as Hydra calls it

VERBS = {("trace", "fit"): "trace-fit"}
"""Verbs of a command that have keys, and a module, of their own."""

COMPILED = (
    *("saturate", "replay", "compact", "explain", "compare", "tune", "evolve"),
    *("try", "ask", "tell", "mcp"),
)
"""Commands that run the compiled cell."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns its exit code.

    0; 1 for a failure, 2 for bad input and 3 for a rejected candidate, each with one line on
    stderr; 130 when interrupted.
    ``UNSTRAND_DEBUG=1`` lets errors through with their tracebacks.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    interruptions.heard()
    try:
        code = _dispatch(words)
        if sys.stdout is not None:  # a shell may have closed it
            sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return _say("interrupted", failure.INTERRUPTED)
    except (BrokenPipeError, failure.ReaderGone):
        # Whoever read stdout is gone; what is still buffered must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return failure.BROKEN_PIPE
    except Exception as error:
        if os.environ.get("UNSTRAND_DEBUG") == "1":
            raise
        return _say(failure.one_line(error), failure.exit_code(error))


def _dispatch(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        from unstrand import help

        named = words[1:2] if words and words[0] == "help" else []
        print(help.command(named[0]) if named and _known(named[0]) else help.overview())
        return failure.OK if words else failure.BAD_INPUT
    if words[0] in ("-V", "--version"):
        print(f"unstrand {__version__}")
        return failure.OK
    for place, word in enumerate(words):
        if word in SHELL_COMPLETION:
            from unstrand import completion

            completion.run(words[place + 1 :])
            return failure.OK
    command, rest = words[0], words[1:]
    _known(command)
    if "-h" in rest or "--help" in rest:
        from unstrand import help

        verb = [word for word in rest if not word.startswith("-")][:1]
        print(help.command(VERBS.get((command, *verb), command)))  # type: ignore[arg-type]
        return failure.OK
    return _run(command, rest)


def _load_the_cell() -> None:
    """Load what takes longest, with the collector off: it would find nothing in new modules."""
    gc.disable()
    importlib.import_module("sim.comparisons")
    gc.freeze()
    gc.enable()


def say_what_compiles() -> None:
    """A line on stderr where the cell is compiled for the first time, which takes a while."""
    from sim.compiled import is_cached

    if not is_cached():
        print("compiling the cell for this machine, once; about a minute", file=sys.stderr)


def _run(command: str, words: list[str]) -> int:
    from unstrand import configuration, overrides

    module = named(command)
    if command in COMPILED:
        _load_the_cell()
    line = overrides.split(
        words,
        positionals=hasattr(module, "POSITIONALS"),
        options=getattr(module, "OPTIONS", {}),
    )
    own = VERBS.get((command, *line.positionals[:1]))  # type: ignore[arg-type]
    if own is not None:
        del line.positionals[0]
        command, module = own, named(own)
    if hasattr(module, "overrides"):
        line.overrides += module.overrides(line.positionals)
    prepared = overrides.prepare(command, line)
    if line.multirun:
        if command in COMPILED:
            say_what_compiles()
        from unstrand import sweep

        return sweep.run(command, line, prepared)
    settings = configuration.compose(command, prepared, line.config_dirs)
    if command in COMPILED:
        say_what_compiles()
    return call(module, settings, line.positionals)


def named(command: str) -> ModuleType:
    """A command's module."""
    return importlib.import_module(f"unstrand.{command.replace('-', '_')}")


def call(module: ModuleType, settings: Any, positionals: list[str]) -> int:
    """Run a command's module with its settings; returns its exit code."""
    if hasattr(module, "POSITIONALS"):
        code = module.run(settings, positionals)
    else:
        code = module.run(settings)
    return failure.OK if code is None else int(code)


def _known(command: str) -> bool:
    if command in COMMANDS:
        return True
    raise ConfigurationError(
        f"unknown command {command!r}{failure.nearest(command, COMMANDS)} "
        "(unstrand --help lists them)"
    )


def _say(line: str, code: int) -> int:
    print(f"unstrand: {line}", file=sys.stderr)
    return code
