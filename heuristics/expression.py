"""The check of expressions: what may be read, called and computed."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import NoReturn

from heuristics.heuristic import HeuristicError, Number, nearest
from heuristics.vocabulary import (
    ARGUMENTS,
    BUILTINS,
    MATH,
    MATH_CONSTANTS,
    MAX_EXPONENT,
    NUMPY,
    NUMPY_CONSTANTS,
    PHRASES,
    Array,
    Kind,
    Record,
    Vector,
)
from heuristics.vocabulary import Number as NumberKind

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)
_MASKS = (ast.BitAnd, ast.BitOr)
_SIGNS = (ast.UAdd, ast.USub, ast.Not)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)


@dataclass(frozen=True)
class Scope:
    """What a function's header lets its body read."""

    array_form: bool
    arguments: frozenset[str]
    constants: frozenset[str]
    imports: frozenset[str]
    reserved: frozenset[str]


def literal(node: ast.expr | None) -> Number | None:
    """The number that ``node`` writes out, signed or not, or None where it is anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        value = literal(node.operand) if isinstance(node.operand, ast.Constant) else None
        return -value if value is not None and isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    return None


class Expressions:
    """Checks expressions under a scope and the locals that are assigned by then."""

    def __init__(self, scope: Scope, filename: str) -> None:
        self.scope = scope
        self.filename = filename
        self.assigned: frozenset[str] = frozenset()
        self.locals: frozenset[str] = frozenset()
        self.indices: tuple[str, ...] = ()

    def refusal(self, reason: str, message: str, node: ast.AST) -> HeuristicError:
        line = getattr(node, "lineno", None)
        return HeuristicError(reason, message, file=self.filename, line=line)

    def refuse(self, reason: str, message: str, node: ast.AST) -> NoReturn:
        raise self.refusal(reason, message, node)

    def value(self, node: ast.expr) -> None:
        """Checks that ``node`` is a value: a number, or in the array form a number or an array."""
        match node:
            case ast.Constant():
                self._constant(node)
            case ast.Name() | ast.Attribute():
                kind = self.read(node)
                array = isinstance(kind, Array) and self.scope.array_form
                if not (isinstance(kind, NumberKind) or array):
                    self.refuse(
                        "forbidden_node", f"{ast.unparse(node)} is not a number: {_use(kind)}", node
                    )
            case ast.Subscript():
                self._subscript(node)
            case ast.BinOp():
                self._binary(node)
            case ast.UnaryOp():
                mask = self.scope.array_form and isinstance(node.op, ast.Invert)
                if not (mask or isinstance(node.op, _SIGNS)):
                    self.refuse("forbidden_node", "the operator ~ is not in the language", node)
                self.value(node.operand)
            case ast.BoolOp():
                for part in node.values:
                    self.value(part)
            case ast.Compare():
                if not all(isinstance(op, _COMPARISONS) for op in node.ops):
                    self.refuse("forbidden_node", "is and in are not in the language", node)
                for part in (node.left, *node.comparators):
                    self.value(part)
            case ast.IfExp():
                for part in (node.test, node.body, node.orelse):
                    self.value(part)
            case ast.Call():
                self._call(node)
            case _:
                self._unknown(node)

    def read(self, node: ast.expr) -> Kind:
        """The kind of what a name or a dotted path reads.

        Raises:
            HeuristicError: ``forbidden_name`` for what is not there to be read.
        """
        if isinstance(node, ast.Name):
            return self._name(node)
        if not isinstance(node, ast.Attribute):
            self.value(node)
            self.refuse("forbidden_node", "fields are read from arguments only", node)
        if node.attr.startswith("_"):
            self.refuse("forbidden_name", f"{node.attr} begins with an underscore", node)
        if isinstance(node.value, ast.Name) and node.value.id in ("math", "np"):
            return self._module_constant(node, node.value.id)
        kind = self.read(node.value)
        path = ast.unparse(node.value)
        root = path.partition(".")[0]
        if root not in self.scope.arguments:
            self.refuse("forbidden_name", f"{path} has no field {node.attr}", node)
        match kind:
            case Record(fields=None):
                return Array()
            case Record(fields=fields) if fields is not None and node.attr in fields:
                return fields[node.attr]
            case Record(fields=fields):
                known = nearest(node.attr, fields or ())
                self.refuse("forbidden_name", f"{path} has no field {node.attr}; {known}", node)
            case Vector():
                return NumberKind()
        raise self.refusal("forbidden_name", f"{path} has no fields, found .{node.attr}", node)

    def _name(self, node: ast.Name) -> Kind:
        name = node.id
        if name in self.scope.arguments:
            return ARGUMENTS[name]
        if name in self.scope.constants or name in self.assigned:
            return NumberKind()
        if name in self.locals:
            self.refuse("forbidden_name", f"{name} may be read before it is assigned", node)
        if name in ("math", "np") or name in BUILTINS:
            self.refuse("forbidden_name", f"{name} is not a value", node)
        if name in ARGUMENTS:
            message = f"{name} is read, but the function does not name it among its arguments"
            self.refuse("forbidden_name", message, node)
        known = self.scope.arguments | self.scope.constants | self.locals | BUILTINS.keys()
        raise self.refusal(
            "forbidden_name", f"nothing is called {name}; {nearest(name, known)}", node
        )

    def _module_constant(self, node: ast.Attribute, module: str) -> Kind:
        self._imported(module, node)
        if node.attr in (MATH_CONSTANTS if module == "math" else NUMPY_CONSTANTS):
            return NumberKind()
        functions = MATH if module == "math" else NUMPY
        if node.attr in functions:
            self.refuse("forbidden_name", f"{module}.{node.attr} is a function; call it", node)
        message = f"{module}.{node.attr} is not in the language; {nearest(node.attr, functions)}"
        raise self.refusal("forbidden_name", message, node)

    def _imported(self, module: str, node: ast.AST) -> None:
        if module not in self.scope.imports:
            line = "import math" if module == "math" else "import numpy as np"
            self.refuse("forbidden_name", f"{module} is used without {line}", node)

    def _constant(self, node: ast.Constant) -> None:
        value = node.value
        if not isinstance(value, (int, float)):
            kind = "None" if value is None else f"a {type(value).__name__}"
            self.refuse("forbidden_node", f"found {kind}, expected a number", node)

    def _binary(self, node: ast.BinOp) -> None:
        self.value(node.left)
        if isinstance(node.op, ast.Pow):
            exponent = literal(node.right)
            if exponent is None or exponent < 0:
                message = f"the exponent of ** must be a number from 0 to {MAX_EXPONENT}"
                self.refuse("forbidden_node", message, node)
            if exponent > MAX_EXPONENT:
                message = f"found the exponent {exponent:g}, expected at most {MAX_EXPONENT}"
                self.refuse("too_large", message, node)
            return
        allowed = _ARITHMETIC + _MASKS if self.scope.array_form else _ARITHMETIC
        if not isinstance(node.op, allowed):
            name = type(node.op).__name__
            self.refuse("forbidden_node", f"the operator {name} is not in the language", node)
        self.value(node.right)

    def _subscript(self, node: ast.Subscript) -> None:
        base = node.value
        if isinstance(base, ast.Name | ast.Attribute):
            kind = self.read(base)
        elif self.scope.array_form:
            self.value(base)
            kind = Array()
        else:
            self.refuse("forbidden_node", "only arguments can be indexed", node)
        if isinstance(kind, Vector):
            self._resource(node, kind)
        elif isinstance(kind, Array) or (self.scope.array_form and isinstance(kind, NumberKind)):
            self._index(node.slice)
        else:
            self.refuse("forbidden_node", f"{ast.unparse(base)} can't be indexed", node)

    def _resource(self, node: ast.Subscript, kind: Vector) -> None:
        """A vector's index is known before the program runs, so that it can be inlined."""
        index, path = node.slice, ast.unparse(node.value)
        if not kind.numbered:
            self.refuse("forbidden_node", f"{path} is read by name, as in {path}.gpu", node)
        number = literal(index)
        by_number = isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= 99
        by_loop = isinstance(index, ast.Name) and index.id in self.indices
        if not (by_number or by_loop):
            message = f"{path} is indexed by a number or by r of `for r in range(len({path}))`"
            self.refuse("forbidden_node", message, node)

    def _index(self, index: ast.expr) -> None:
        if isinstance(index, ast.Slice) and self.scope.array_form:
            for part in (index.lower, index.upper, index.step):
                if part is not None:
                    self.value(part)
        else:
            number = index.value if isinstance(index, ast.Constant) else 0
            if isinstance(number, float | bool):
                found = ast.unparse(index)
                self.refuse("forbidden_node", f"an index is a whole number, found {found}", index)
            self.value(index)

    def _call(self, node: ast.Call) -> None:
        if node.keywords:
            self.refuse("forbidden_node", "calls take no keywords in the language", node)
        match node.func:
            case ast.Name(id="len"):
                self._arity("len", BUILTINS["len"], node)
                self.length(node.args[0])
                return
            case ast.Name(id="range"):
                self.refuse("forbidden_node", "range belongs to for … in", node)
            case ast.Name(id=name) if name in BUILTINS:
                self._arity(name, BUILTINS[name], node)
            case ast.Attribute(value=ast.Name(id=("math" | "np") as module), attr=attr):
                self._imported(module, node)
                functions = MATH if module == "math" else NUMPY
                if attr not in functions:
                    self.read(node.func)
                    self.refuse("forbidden_name", f"{module}.{attr} is not a function", node)
                self._arity(f"{module}.{attr}", functions[attr], node)
                if attr == "arange":
                    self._arange(node)
            case ast.Name(id=name):
                known = nearest(name, BUILTINS)
                self.refuse("forbidden_name", f"no function is called {name}; {known}", node)
            case ast.Attribute():
                self.read(node.func)
                self.refuse("forbidden_name", f"{ast.unparse(node.func)} is not a function", node)
            case _:
                self.refuse("forbidden_node", "only named functions can be called", node)
        for argument in node.args:
            self.value(argument)

    def _arity(self, name: str, expected: tuple[int, int], node: ast.Call) -> None:
        fewest, most = expected
        if not fewest <= len(node.args) <= most:
            wanted = f"{fewest}" if fewest == most else f"{fewest} or more"
            message = f"{name} was called with {len(node.args)} arguments, expected {wanted}"
            self.refuse("forbidden_node", message, node)

    def _arange(self, node: ast.Call) -> None:
        match node.args:
            case [ast.Call(func=ast.Name(id="len"))]:
                return
        self.refuse("forbidden_node", "np.arange takes the length of an array: len(…)", node)

    def length(self, node: ast.expr) -> Kind:
        """Checks that ``node`` has a length, and returns its kind."""
        if self.scope.array_form and not isinstance(node, ast.Name | ast.Attribute):
            self.value(node)
            return Array()
        if not isinstance(node, ast.Name | ast.Attribute):
            self.refuse("forbidden_node", "len takes an array or the vector of an argument", node)
        kind = self.read(node)
        if isinstance(kind, Array) or (isinstance(kind, Vector) and kind.numbered):
            return kind
        if self.scope.array_form and isinstance(kind, NumberKind):
            return Array()
        raise self.refusal("forbidden_node", f"{ast.unparse(node)} has no length", node)

    def _unknown(self, node: ast.expr) -> NoReturn:
        phrase = PHRASES.get(type(node).__name__, type(node).__name__)
        self.refuse("forbidden_node", f"{phrase} is not in the language", node)


def _use(kind: Kind) -> str:
    match kind:
        case Array():
            return "index it or loop over it"
        case Vector():
            return "read one of its resources, as in .cpu"
    return "read one of its fields"
