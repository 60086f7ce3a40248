"""Placement heuristics: pure functions that score one machine for one task, one file each.

A heuristic ranks the machines that can take a task; the one with the highest score gets it. Those
that come with the product are in this folder, each with its source cited, and in `discovered` those
that its own searches found; `load` reads the user's own, and checks it against the language
(`heuristics.language`).
"""

from __future__ import annotations

import ast
from pathlib import Path

from heuristics import language
from heuristics.fields import fields_of
from heuristics.heuristic import (
    REASONS,
    Heuristic,
    HeuristicError,
    Number,
    function_of,
    nearest,
)
from heuristics.source import parse as _parse_source
from heuristics.source import text as _text
from heuristics.source import tree_of
from heuristics.vocabulary import ARGUMENTS, MAX_BYTES, TIES

__all__ = [
    "REASONS",
    "Heuristic",
    "HeuristicError",
    "describe",
    "discoveries",
    "get",
    "load",
    "names",
    "parse",
]

_FOLDER = Path(__file__).parent
_NOT_HEURISTICS = frozenset(
    {
        "__init__",
        "arithmetic",
        "body",
        "cost",
        "expression",
        "fields",
        "heuristic",
        "parts",
        "language",
        "simplify",
        "source",
        "tree",
        "vocabulary",
    }
)


def names() -> tuple[str, ...]:
    """The names of the published heuristics that come with the product, sorted."""
    return _named(_FOLDER, _NOT_HEURISTICS)


def discoveries() -> tuple[str, ...]:
    """The names of those that searches found, sorted; no search starts from them."""
    return _named(_FOLDER / "discovered", frozenset({"__init__"}))


def _named(folder: Path, others: frozenset[str]) -> tuple[str, ...]:
    stems = {path.stem for path in folder.glob("*.py")}
    return tuple(sorted(stems - others))


def get(name: str, **params: Number) -> Heuristic:
    """The heuristic ``name``, published or discovered, its constants overridden by ``params``.

    Raises:
        HeuristicError: ``forbidden_name`` for an unknown name,
            ``forbidden_argument`` for an unknown constant, each with the nearest ones.
    """
    found = name in discoveries()
    if not found and name not in names():
        raise HeuristicError("forbidden_name", f"no heuristic is called {name}; {_near(name)}")
    path = (_FOLDER / "discovered" if found else _FOLDER) / f"{name}.py"
    return parse(path.read_bytes(), filename=str(path), name=name).with_params(**params)


def _near(name: str) -> str:
    hint = nearest(name, (*names(), *discoveries()))
    return hint if hint.startswith("did") else "`unstrand list` shows them"


def load(path: str | Path, contain: bool = True, **params: Number) -> Heuristic:
    """A user's own heuristic from a file.

    With ``contain`` the file must be written in the language; without, any Python goes, and the
    result says so (``checked`` is False).

    Raises:
        HeuristicError: the file can't be read, or is not a heuristic.
    """
    file = Path(path)
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
    except OSError as error:
        message = f"can't be read: {error.strerror or error}"
        raise HeuristicError("syntax", message, file=str(file)) from None
    return parse(raw, filename=str(file), name=file.stem, check=contain).with_params(**params)


def parse(source: str | bytes, *, filename: str, name: str, check: bool = True) -> Heuristic:
    """The heuristic that ``source`` writes.

    Raises:
        HeuristicError: ``source`` is not in the language, or with ``check`` False, has no function
            ``score`` or ``scores`` whose arguments are known.
    """
    text = _text(source, filename)
    tree = language.check(source, filename) if check else _parse_source(text, filename)
    function = function_of(tree)
    if function is None:
        raise HeuristicError("syntax", "found no function score or scores", file=filename)
    arguments = tuple(a.arg for a in [*function.args.posonlyargs, *function.args.args])
    for argument in arguments:
        if argument not in ARGUMENTS:
            message = f"no argument is called {argument}; {nearest(argument, ARGUMENTS)}"
            line = function.lineno
            raise HeuristicError("forbidden_argument", message, file=filename, line=line)
    return Heuristic(
        name=name,
        source=text,
        filename=filename,
        form="scores" if function.name == "scores" else "score",
        arguments=arguments,
        params=language.constants(function),
        ties=_ties(tree),
        checked=check,
        fields=fields_of(tree, arguments),
    )


def _ties(tree: ast.Module) -> str | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            named = any(isinstance(t, ast.Name) and t.id == "TIES" for t in node.targets)
            if named and node.value.value in TIES:
                return str(node.value.value)
    return None


def describe(name: str) -> tuple[str, str]:
    """What the heuristic ``name`` is, in one line, and the source it is written from."""
    lines = (ast.get_docstring(tree_of(get(name).source)) or "").split("\n\n")
    cited = [part for part in lines[1:] if part.startswith("Source:")]
    source = " ".join(cited[0].removeprefix("Source:").split()) if cited else ""
    return " ".join(lines[0].split()), source
