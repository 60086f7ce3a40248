"""The words of the language: arguments with their fields, functions, limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MAX_BYTES = 64 * 1024
MAX_NODES = 400
MAX_DEPTH = 20
MAX_RANGE = 64
MAX_NUMBER = 1e12
MAX_EXPONENT = 8
MAX_VECTOR_LOOPS = 2
"""Loops over the resources are unrolled when compiled, so that few may stand in one another."""

TIES = ("first", "random")


@dataclass(frozen=True)
class Number:
    """One number (in the array form: one a machine, where the argument tells of machines)."""


@dataclass(frozen=True)
class Array:
    """A read-only array: it has a length, is indexed and looped over."""


@dataclass(frozen=True)
class Vector:
    """One number a resource, by name; where ``numbered`` also by position, and with a length."""

    numbered: bool = True


@dataclass(frozen=True)
class Record:
    """Fields by name; ``fields`` None: any name, each an array (which ones, the trace tells)."""

    fields: dict[str, Number | Array | Vector] | None


Kind = Number | Array | Vector | Record

ARGUMENTS: dict[str, Kind] = {
    "required": Vector(),
    "free": Vector(),
    "total": Vector(),
    "gpus": Array(),
    "slot": Number(),
    "frag": Record({name: Vector(numbered=False) for name in ("before", "after", "gain")}),
    "mix": Record(None),
    "task": Record({name: Number() for name in ("lifetime", "priority", "waited", "models")}),
    "machine": Record(
        {name: Number() for name in ("tasks", "exit", "model", "machines", "kin", "kinds")}
    ),
    "cell": Record(
        {
            "free": Vector(),
            "total": Vector(),
            "largest": Vector(),
            "pending": Number(),
            "hour": Number(),
        }
    ),
}
"""What a heuristic may name as its positional arguments."""

ONLY_SCORE = frozenset({"gpus", "slot", "frag"})
"""Arguments that the array form has not: they tell of one machine."""

BUILTINS: dict[str, tuple[int, int]] = {
    "abs": (1, 1),
    "min": (2, 99),
    "max": (2, 99),
    "int": (1, 1),
    "float": (1, 1),
    "len": (1, 1),
    "range": (1, 3),
}
"""Python's own functions, with the fewest and the most arguments."""

MATH_CONSTANTS = frozenset({"pi", "e", "tau", "inf"})

_ONE = (1, 1)
_TWO = (2, 2)
_THREE = (3, 3)


def _named(names: str, arity: tuple[int, int]) -> dict[str, tuple[int, int]]:
    return dict.fromkeys(names.split(), arity)


MATH: dict[str, tuple[int, int]] = {
    **_named("acos acosh asin asinh atan atanh cos cosh sin sinh tan tanh degrees radians", _ONE),
    **_named("exp expm1 log log10 log1p log2 sqrt erf erfc gamma lgamma", _ONE),
    **_named("ceil floor trunc fabs isfinite isinf isnan", _ONE),
    **_named("atan2 copysign fmod hypot pow", _TWO),
}
"""Functions of ``math``: those on floats that end, and that compile."""

NUMPY: dict[str, tuple[int, int]] = {
    **_named("exp expm1 log log1p log2 log10 sqrt square sin cos tan tanh arctan", _ONE),
    **_named("abs absolute sign floor ceil rint trunc isfinite isnan logical_not", _ONE),
    **_named("sum prod mean std var median max min amax amin argmax argmin any all", _ONE),
    **_named("cumsum cumprod diff sort argsort arange zeros_like ones_like", _ONE),
    **_named("maximum minimum power hypot logical_and logical_or full_like roll", _TWO),
    **_named("where clip", _THREE),
}
"""Functions of ``np`` in the array form: element-wise and reducing, none makes a longer array."""

NUMPY_CONSTANTS = frozenset({"pi", "e", "inf"})

Form = Literal["score", "scores"]

PHRASES = {
    "While": "while",
    "AsyncFor": "async for",
    "FunctionDef": "a nested or second function",
    "AsyncFunctionDef": "async def",
    "Lambda": "lambda",
    "ClassDef": "class",
    "ListComp": "a comprehension",
    "SetComp": "a comprehension",
    "DictComp": "a comprehension",
    "GeneratorExp": "a generator expression",
    "Try": "try",
    "TryStar": "try",
    "With": "with",
    "AsyncWith": "with",
    "Raise": "raise",
    "Assert": "assert",
    "Delete": "del",
    "Global": "global",
    "Nonlocal": "nonlocal",
    "Import": "an import inside the function",
    "ImportFrom": "from … import",
    "AnnAssign": "an annotation",
    "NamedExpr": "an assignment inside an expression",
    "JoinedStr": "a formatted string",
    "Await": "await",
    "Yield": "yield",
    "YieldFrom": "yield",
    "Starred": "a starred expression",
    "List": "a list",
    "Tuple": "a tuple",
    "Set": "a set",
    "Dict": "a dictionary",
    "Slice": "a slice",
    "Match": "match",
    "Pass": "pass",
    "Break": "break",
    "Continue": "continue",
    "Expr": "an expression as a statement",
}
"""How a message calls a part of Python that is not in the language."""
