"""What a heuristic is once it has been read: its source, its constants, what it looks at."""

from __future__ import annotations

import ast
import math
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

REASONS = (
    "syntax",
    "forbidden_node",
    "forbidden_name",
    "forbidden_argument",
    "too_large",
    "compile_timeout",
    "timeout",
    "memory",
    "crash",
    "raised",
    "not_a_float",
    "not_finite",
    "writes_argument",
    "nondeterministic",
    "order_dependent",
    "degenerate",
    "lookup",
)
"""Every reason for which a heuristic is rejected or marked; the list is closed."""

Number = float | int
LONGEST = 500  # characters of a text of others


class HeuristicError(ValueError):
    """A heuristic that can't be used, with a reason from `REASONS`.

    Attributes: ``reason``, ``message`` (what was found, what was expected), ``file`` and ``line``
    (1-based; None where no line is to blame). ``str()`` is one line, ``FILE:LINE: message``.
    """

    def __init__(
        self, reason: str, message: str, *, file: str | None = None, line: int | None = None
    ) -> None:
        if reason not in REASONS:
            raise ValueError(f"reason must be one of {', '.join(REASONS)}, but it was {reason!r}")
        self.reason = reason
        self.message = one_line(message)
        self.file = file
        self.line = line
        super().__init__(str(self))

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return f"{one_line(place)}: {self.message}" if place else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return _error_again, (self.reason, self.message, self.file, self.line)


def _error_again(reason: str, message: str, file: str | None, line: int | None) -> HeuristicError:
    return HeuristicError(reason, message, file=file, line=line)


def one_line(text: str) -> str:
    """A text of others as it may be shown: on one line, not longer than `LONGEST`."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"


def nearest(word: str, words: Iterable[str]) -> str:
    """The end of a message that lists the names nearest to ``word``, or all of a short list."""
    known = sorted(words)
    close = get_close_matches(word, known, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"known: {', '.join(known)}" if known else "there are none"


@dataclass(frozen=True, repr=False)
class Heuristic:
    """A pure function that scores a feasible machine for a task, and what is known of it.

    Attributes:
        name: the short name (the file's, without ``.py``).
        source: the text of the file, defaults as written there.
        filename: where it was read; names the file in errors.
        form: ``score`` (one machine, a number) or ``scores`` (all feasible machines, an array).
        arguments: the positional arguments that it names, in order.
        params: its keyword-only constants: defaults, overridden by configuration.
        ties: what its ``TIES`` says, ``first`` or ``random``, or None.
        checked: whether it passed the language (False where the user allowed any Python).
        fields: every attribute path it reads, as ``free.cpu``, ``frag.after.gpu``; ``free[]``
            where a vector is indexed by number.
    """

    name: str
    source: str
    filename: str
    form: Literal["score", "scores"]
    arguments: tuple[str, ...]
    params: dict[str, Number]
    ties: str | None
    checked: bool
    fields: frozenset[str]

    def __repr__(self) -> str:
        """Its name, what it reads, and its constants."""
        constants = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        read = ", ".join(self.arguments)
        return f"{self.name}({read}{', *, ' + constants if constants else ''})"

    @property
    def shipped(self) -> bool:
        """Whether it came with the product: its file is in the installed folder."""
        return Path(self.filename).parent == Path(__file__).parent

    def with_params(self, **params: Number) -> Heuristic:
        """The same heuristic with constants set by name.

        Raises:
            HeuristicError: a name that is no constant of it, or a value that is no finite number.
        """
        for key, value in params.items():
            if key not in self.params:
                raise HeuristicError(
                    "forbidden_argument",
                    f"{self.name} has no constant {key!r}; {nearest(key, self.params)}",
                    file=self.filename,
                )
            if not isinstance(value, (int, float)) or not math.isfinite(value):
                raise HeuristicError(
                    "forbidden_argument",
                    f"constant {key} of {self.name} must be a finite number, but it was {value!r}",
                    file=self.filename,
                )
        return replace(self, params={**self.params, **params})

    def function(self) -> Callable[..., Any]:
        """The plain Python callable, constants bound: for one decision or a test, not for speed.

        A checked heuristic computes with IEEE division and 64-bit integers, as its compiled form
        does (`heuristics.arithmetic`), and can reach nothing but the names of the language.
        """
        from heuristics import arithmetic

        return arithmetic.interpreted(self)

    def line_of(self, error: BaseException) -> int | None:
        """The line of this heuristic's file in which ``error`` was raised, or None."""
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == self.filename]
        return lines[-1] if lines else None


def function_of(tree: ast.Module) -> ast.FunctionDef | None:
    """The heuristic's function in a parsed file: the last one named ``score`` or ``scores``."""
    found = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name in ("score", "scores")
    ]
    return found[-1] if found else None
