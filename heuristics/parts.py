"""What a score is made of: the summands of what is returned, and the names on the way to it."""

from __future__ import annotations

import ast
import builtins
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from heuristics.arithmetic import interpreted
from heuristics.heuristic import Heuristic, function_of
from heuristics.source import parse

LOCALS = "_locals"


@dataclass(frozen=True)
class Parts:
    """The parts of a score, and who computes them.

    labels: the summands of each sum that is returned, as written, a minus in front of what is taken
    off; then the names that are assigned. summands: how many of the labels are such. function:
    called as the heuristic is, gives the score and a value a label, NaN where the call did not come
    by it.
    """

    labels: tuple[str, ...]
    summands: int
    function: Callable[..., tuple[float, list[float]]]


def parts(heuristic: Heuristic) -> Parts:
    """The parts of a heuristic's score; none where it is the array form or was not checked."""
    if heuristic.form != "score" or not heuristic.checked:
        plain = heuristic.function()
        return Parts((), 0, lambda **given: (plain(**given), []))
    tree = parse(heuristic.source, heuristic.filename)
    function = function_of(tree)
    assert function is not None
    taken = _Taken()
    function.body = [taken.visit(statement) for statement in function.body]
    names = [name for name in _assigned(function) if name not in taken.labels]
    told = interpreted(heuristic, tree, **{LOCALS: builtins.locals})
    count = len(taken.labels)

    def values(**given: Any) -> tuple[float, list[float]]:
        score, at, summands, named = told(**given)
        found = [math.nan] * count
        found[int(at) : int(at) + len(summands)] = map(float, summands)
        return float(score), found + [float(named.get(name, math.nan)) for name in names]

    return Parts((*taken.labels, *names), count, values)


class _Taken(ast.NodeTransformer):
    """Has each return give the score, where its summands stand among the labels, and the names."""

    def __init__(self) -> None:
        self.labels = list[str]()

    def visit_Return(self, node: ast.Return) -> ast.Return:
        assert node.value is not None
        summands = _summands(node.value)
        at = ast.Constant(len(self.labels))
        shown = summands if len(summands) > 1 else []
        self.labels += [label for label, _ in shown]
        values: list[ast.expr] = [value for _, value in shown]
        call = ast.Call(ast.Name(LOCALS, ast.Load()), [], [])
        told = ast.Tuple([node.value, at, ast.Tuple(values, ast.Load()), call], ast.Load())
        return ast.fix_missing_locations(ast.copy_location(ast.Return(told), node))


def _summands(value: ast.expr, taken_off: bool = False) -> list[tuple[str, ast.expr]]:
    """The summands of an expression, each with its label, and its sign in it."""
    match value:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            off = taken_off != isinstance(op, ast.Sub)
            return [*_summands(left, taken_off), *_summands(right, off)]
        case ast.UnaryOp(op=ast.USub(), operand=inner) if not isinstance(inner, ast.Constant):
            return _summands(inner, not taken_off)
    label = ast.unparse(value)
    if not taken_off:
        return [(label, value)]
    return [(f"-{label}", ast.copy_location(ast.UnaryOp(ast.USub(), value), value))]


def _assigned(function: ast.FunctionDef) -> Sequence[str]:
    """The names that are assigned, in order; those that loops count by are left out."""
    found = dict[str, None]()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {one.id: None for one in targets if isinstance(one, ast.Name)}
    return tuple(found)
