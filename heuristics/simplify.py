"""Programs made shorter without a change of what they compute."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable

from heuristics.tree import Program

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
    while _drop_unread(program):
        pass
    return program


def _value(node: ast.AST) -> float | int | None:
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
                return ast.Constant(-value)
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
                return ast.Constant(folded)
        if (kind in (ast.Add, ast.Sub) and right == 0) or (
            kind in (ast.Mult, ast.Div) and right == 1
        ):
            return node.left
        if (kind is ast.Add and left == 0) or (kind is ast.Mult and left == 1):
            return node.right
        return node


def _drop_unread(program: Program) -> bool:
    """Leave out assignments to names that are never read; whether there were any."""
    read = {
        n.id
        for s in program.body
        for n in ast.walk(s)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
    }

    def wanted(statement: ast.stmt) -> bool:
        return not (
            isinstance(statement, ast.Assign)
            and all(isinstance(t, ast.Name) and t.id not in read for t in statement.targets)
        )

    kept = [s for s in program.body if wanted(s)]
    dropped = len(kept) < len(program.body)
    program.body = kept
    return dropped
