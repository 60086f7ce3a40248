"""The check: whether a file is written in the language of heuristics.

The language has one pure function over the arguments of `heuristics.vocabulary`, with arithmetic,
branches and bounded loops, so every program in it ends, reads nothing but its arguments, and can
be inlined by a compiler. Whatever is not listed here is refused.

Checks in order: size, bytes and hidden characters, nesting, nodes and depth (`heuristics.source`),
the file's statements, the function's header, and then its body (`heuristics.body`). The first one
that fails is raised with its reason and line.
"""

from __future__ import annotations

import ast

from heuristics import source as reading
from heuristics.body import Body
from heuristics.expression import Scope, literal
from heuristics.heuristic import HeuristicError, Number, function_of, nearest
from heuristics.vocabulary import (
    ARGUMENTS,
    BUILTINS,
    ONLY_SCORE,
    PHRASES,
    TIES,
)

RESERVED = frozenset({"math", "np", "TIES", "score", "scores", *BUILTINS})
"""Names that a constant or a local must not take."""


def check(source: str | bytes, filename: str) -> ast.Module:
    """The syntax tree of a heuristic that is written in the language.

    Raises:
        HeuristicError: with the reason, and the line where there is one.
    """
    text = reading.text(source, filename)
    tree = reading.parse(text, filename)
    reading.bounded(tree, filename)
    reading.plain_names(text, filename)
    function = _file(tree, filename)
    scope = _header(function, filename, imports=_imports(tree))
    Body(scope, filename).check(function)
    return tree


def _imports(tree: ast.Module) -> frozenset[str]:
    aliases = [a for node in tree.body if isinstance(node, ast.Import) for a in node.names]
    return frozenset(alias.asname or alias.name for alias in aliases)


def _file(tree: ast.Module, filename: str) -> ast.FunctionDef:
    """The one function of the file, once all other statements are known to be allowed."""
    function = function_of(tree)
    for position, node in enumerate(tree.body):
        if node is function or (position == 0 and reading.is_docstring(node)):
            continue
        if isinstance(node, ast.Import):
            _import(node, "np" if function is None or function.name == "scores" else "", filename)
        elif isinstance(node, ast.ImportFrom):
            _refuse("forbidden_node", "from … import is not in the language", node, filename)
        elif isinstance(node, ast.Assign):
            _ties(node, filename)
        elif isinstance(node, ast.FunctionDef):
            expected = "expected one function, score or scores"
            reason = "forbidden_name" if function is None else "forbidden_node"
            _refuse(reason, f"found the function {node.name}; {expected}", node, filename)
        else:
            phrase = PHRASES.get(type(node).__name__, type(node).__name__.lower())
            _refuse("forbidden_node", f"{phrase} is not in the language", node, filename)
    if function is None:
        raise HeuristicError("syntax", "found no function score or scores", file=filename)
    return function


def _import(node: ast.Import, numpy_as: str, filename: str) -> None:
    for alias in node.names:
        if (alias.name, alias.asname) == ("math", None):
            continue
        if (alias.name, alias.asname) == ("numpy", "np"):
            if numpy_as == "np":
                continue
            message = "numpy belongs to the array form, def scores(…)"
        else:
            message = f"import {alias.name} is not in the language; expected import math"
            message += " or import numpy as np"
        _refuse("forbidden_name", message, node, filename)


def _ties(node: ast.Assign, filename: str) -> None:
    target = node.targets[0]
    named = len(node.targets) == 1 and isinstance(target, ast.Name) and target.id == "TIES"
    if not named:
        message = "assignments outside the function are not in the language, TIES apart"
        _refuse("forbidden_node", f"{message}; constants are keyword-only", node, filename)
    if not (isinstance(node.value, ast.Constant) and node.value.value in TIES):
        _refuse("forbidden_node", 'TIES must be "first" or "random"', node, filename)


def _header(function: ast.FunctionDef, filename: str, imports: frozenset[str]) -> Scope:
    """Checks decorators, annotations, arguments and constants; returns what the body may read."""
    if function.decorator_list:
        _refuse("forbidden_node", "decorators are not in the language", function, filename)
    if getattr(function, "type_params", None):
        _refuse("forbidden_node", "type parameters are not in the language", function, filename)
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    if function.returns is not None or any(a.annotation is not None for a in every):
        _refuse("forbidden_node", "annotations are not in the language", function, filename)
    if arguments.vararg is not None or arguments.kwarg is not None or arguments.posonlyargs:
        _refuse(
            "forbidden_argument",
            "arguments with *, ** or before / are not known",
            function,
            filename,
        )
    if arguments.defaults:
        _refuse(
            "forbidden_argument",
            "a default belongs to a constant, and constants stand after *, as in *, alpha=0.5",
            function,
            filename,
        )
    for argument in arguments.args:
        if argument.arg not in ARGUMENTS:
            message = f"no argument is called {argument.arg}; {nearest(argument.arg, ARGUMENTS)}"
            _refuse("forbidden_argument", message, argument, filename)
        if function.name == "scores" and argument.arg in ONLY_SCORE:
            message = f"{argument.arg} tells of one machine; the array form has it not"
            _refuse("forbidden_argument", message, argument, filename)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        _constant(argument, default, filename)
    names = [argument.arg for argument in every]
    for argument in every:
        if names.count(argument.arg) > 1:
            _refuse(
                "syntax", f"{argument.arg} stands twice among the arguments", argument, filename
            )
    return Scope(
        array_form=function.name == "scores",
        arguments=frozenset(a.arg for a in arguments.args),
        constants=frozenset(a.arg for a in arguments.kwonlyargs),
        imports=imports,
        reserved=RESERVED,
    )


def _constant(argument: ast.arg, default: ast.expr | None, filename: str) -> None:
    name = argument.arg
    if name.startswith("_") or name in RESERVED:
        _refuse("forbidden_name", f"a constant can't be called {name}", argument, filename)
    if name in ARGUMENTS:
        message = f"{name} is an argument; it stands before the *"
        _refuse("forbidden_argument", message, argument, filename)
    value = literal(default)
    if value is None:
        message = f"constant {name} needs a number as its default"
        _refuse("forbidden_argument", message, argument, filename)


def constants(function: ast.FunctionDef) -> dict[str, Number]:
    """The keyword-only constants of a function that have a literal default, in order."""
    pairs = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    found = {argument.arg: literal(default) for argument, default in pairs}
    return {name: value for name, value in found.items() if value is not None}


def _refuse(reason: str, message: str, node: ast.stmt | ast.arg, filename: str) -> None:
    raise HeuristicError(reason, message, file=filename, line=node.lineno)
