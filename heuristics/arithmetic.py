"""A checked heuristic as a Python callable that computes as its compiled form does.

Numbers are numpy's float64 and int64, so division by zero is IEEE and whole numbers stay 64 bits
wide; functions of ``math`` answer with inf or NaN where Python's raise; comparisons are 0 or 1; a
whole power is repeated multiplication.
"""

from __future__ import annotations

import ast
import builtins
import math
from collections.abc import Callable, Iterator
from functools import wraps
from types import CodeType, SimpleNamespace
from typing import Any

import numpy as np

from heuristics.heuristic import Heuristic, function_of
from heuristics.source import parse
from heuristics.vocabulary import MATH, MATH_CONSTANTS


def interpreted(
    heuristic: Heuristic, tree: ast.Module | None = None, **names: Any
) -> Callable[..., Any]:
    """The callable of ``heuristic`` with its constants bound.

    An unchecked heuristic (the user allowed any Python) runs as it is written. tree: what stands in
    place of a checked one's own, with names that it knows besides.
    """
    tree = tree or parse(heuristic.source, heuristic.filename)
    function = function_of(tree)
    assert function is not None
    namespace: dict[str, Any] = {"__name__": f"heuristic {heuristic.name}"}
    if not heuristic.checked:
        exec(_code(tree, heuristic), namespace)
        plain: Callable[..., Any] = namespace[heuristic.form]
        return _bound(plain, heuristic.params)
    namespace |= {"__builtins__": {}, "np": np, **_numbers(), **names}
    if heuristic.form == "score":
        typed = _Typed(namespace)
        function.body = [typed.visit(statement) for statement in function.body]
    tree.body = [function]
    exec(_code(ast.fix_missing_locations(tree), heuristic), namespace)
    params = {name: _typed(value) for name, value in heuristic.params.items()}
    return _quiet(_bound(namespace[heuristic.form], params))


def _code(tree: ast.Module, heuristic: Heuristic) -> CodeType:
    return compile(tree, heuristic.filename, "exec")


def _bound(function: Callable[..., Any], params: dict[str, Any]) -> Callable[..., Any]:
    function.__kwdefaults__ = {**(function.__kwdefaults__ or {}), **params}
    return function


def _quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*args, **kwargs)

    return call


def _typed(value: float | int) -> np.float64 | np.int64:
    return np.float64(value) if isinstance(value, float) else np.int64(value)


class _Typed(ast.NodeTransformer):
    """Puts typed numbers in the place of literals, comparisons and whole powers."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if not isinstance(node.value, (int, float)):
            return node
        name = f"_number_{len(self.namespace)}"
        self.namespace[name] = _typed(node.value)
        return ast.copy_location(ast.Name(name, ast.Load()), node)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        return self._called("_truth", node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        return self._called("_truth", node) if isinstance(node.op, ast.Not) else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        index = ast.Call(ast.Name("_at", ast.Load()), [node.slice], [])
        node.slice = ast.copy_location(index, node)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        whole = isinstance(node.right, ast.Constant) and isinstance(node.right.value, int)
        if not (isinstance(node.op, ast.Pow) and whole):
            self.generic_visit(node)
            return node
        exponent = node.right
        return self._called("_power", self.visit(node.left), exponent)

    def _called(self, name: str, *arguments: ast.expr) -> ast.expr:
        call = ast.Call(ast.Name(name, ast.Load()), list(arguments), [])
        return ast.copy_location(call, arguments[0])


def _truth(value: object) -> np.int64:
    return np.int64(bool(value))


def _power(base: Any, exponent: int) -> Any:
    result, square = np.int64(1), base
    while exponent:
        if exponent & 1:
            result = result * square
        exponent >>= 1
        square = square * square
    return result


def _range(*bounds: Any) -> Iterator[np.int64]:
    return map(np.int64, builtins.range(*bounds))


def _numbers() -> dict[str, Any]:
    constants = {name: np.float64(getattr(math, name)) for name in MATH_CONSTANTS}
    return {
        "math": SimpleNamespace(**{name: _ieee(name) for name in MATH}, **constants),
        "abs": abs,
        "min": _widest(min),
        "max": _widest(max),
        "int": ROUNDING["trunc"],
        "float": np.float64,
        "len": lambda of: np.int64(len(of)),
        "range": _range,
        "_truth": _truth,
        "_at": _at,
        "_power": _power,
    }


def _at(index: Any) -> Any:
    """An index, whose fraction is cut off; Python's numbers raise where there is none."""
    return int(index) if np.ndim(index) == 0 else index


def _widest(function: Callable[..., Any]) -> Callable[..., Any]:
    """`min` or `max`, of numbers of both kinds as a float."""

    def call(*numbers: Any) -> Any:
        result = function(*numbers)
        mixed = any(isinstance(number, np.floating) for number in numbers)
        return np.float64(result) if mixed else result

    return call


def _gamma(x: float) -> float:
    """Where it is no finite number: infinite at 0 and beyond what a float holds."""
    if x == 0:
        return math.copysign(math.inf, x)
    return math.inf if x > 0 else math.nan


ROUNDING: dict[str, Callable[..., Any]] = {
    "floor": lambda x: np.floor(np.float64(x)),
    "ceil": lambda x: np.ceil(np.float64(x)),
    "trunc": lambda x: np.trunc(np.float64(x)),
}
"""They stay floats, so that what is no number stays none."""
BEYOND: dict[str, Callable[..., float]] = {"gamma": _gamma, "lgamma": lambda x: math.inf}


def _ieee(name: str) -> Callable[..., Any]:
    if name in ROUNDING:
        return ROUNDING[name]
    function: Callable[..., Any] = getattr(math, name)
    fallback = BEYOND.get(name) or getattr(np, name, None)

    def call(*numbers: Any) -> Any:
        try:
            result = function(*numbers)
        except (ValueError, OverflowError):
            return np.float64(math.nan if fallback is None else fallback(*numbers))
        return _typed(result)

    return call
