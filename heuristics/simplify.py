"""Programs made shorter without a change of what they compute."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable

from heuristics.tree import Program, number

MOST = 1e12  # of a number in the language
ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def simplified(program: Program) -> Program:
    """Constants folded, neutral operations and assignments that nothing reads left out."""
    program = program.copy()
    program.body = [_Fold().visit(statement) for statement in program.body]
    read: set[str] = set()
    while not (more := _read(program.body, read)) <= read:
        read |= more
    program.body = _kept(program.body, read)
    return program


def _value(node: ast.AST) -> float | int | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _value(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    return None


class _Fold(ast.NodeTransformer):
    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        """−number, −−x."""
        self.generic_visit(node)
        value = _value(node.operand)
        if isinstance(node.op, ast.USub):
            if value is not None:
                return number(-value)
            inner = node.operand
            if isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.USub):
                return inner.operand
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Numbers, and what a neutral one leaves as it is."""
        self.generic_visit(node)
        left, right, kind = _value(node.left), _value(node.right), type(node.op)
        if left is not None and right is not None and kind in ARITHMETIC:
            folded = ARITHMETIC[kind](left, right) if kind is not ast.Div or right else math.inf
            if abs(folded) <= MOST:
                return number(folded)
        if (kind in (ast.Add, ast.Sub) and right == 0) or (
            kind in (ast.Mult, ast.Div) and right == 1
        ):
            return node.left
        if (kind is ast.Add and left == 0) or (kind is ast.Mult and left == 1):
            return node.right
        return node


def _kept(statements: list[ast.stmt], read: set[str]) -> list[ast.stmt]:
    """What is left where only some names are read: of others no assignment, nothing empty."""
    kept: list[ast.stmt] = []
    for one in statements:
        if isinstance(one, ast.Assign | ast.AugAssign | ast.AnnAssign):
            if _names(one, ast.Store) & read:
                kept.append(one)
        elif isinstance(one, ast.For):
            if body := _kept(one.body, read):
                kept.append(ast.For(one.target, one.iter, body, []))
        elif isinstance(one, ast.If):
            body, otherwise = _kept(one.body, read), _kept(one.orelse, read)
            if body:
                kept.append(ast.If(one.test, body, otherwise))
            elif otherwise:
                kept.append(ast.If(ast.UnaryOp(ast.Not(), one.test), otherwise, []))
        else:
            kept.append(one)
    return kept


def _read(statements: list[ast.stmt], read: set[str]) -> set[str]:
    """The names that are read by what is left of statements."""
    return {name for one in _kept(statements, read) for name in _names(one, ast.Load)}


def _names(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}
