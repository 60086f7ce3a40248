"""Small questions to a syntax tree, and small changes of one, on the way to a kernel."""

from __future__ import annotations

import ast
import operator
from collections import Counter
from collections.abc import Callable, Sequence

from heuristics.source import tree_of
from heuristics.tree import number

MOST_WHOLE = 2**63 - 1
WHOLE_RESULTS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
}


class Set(ast.NodeTransformer):
    """Puts a number in the place of a loop variable."""

    def __init__(self, name: str, value: int) -> None:
        self.variable = name
        self.value = value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id == self.variable and isinstance(node.ctx, ast.Load):
            return ast.copy_location(number(self.value), node)
        return node


class Return(ast.NodeTransformer):
    """Writes the score into the output and goes on to the next option."""

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        write = tree_of("_out[_i] = 0").body[0]
        assert isinstance(write, ast.Assign)
        assert node.value is not None
        write.value = node.value
        return [write, ast.Continue()]


def folded(node: ast.expr) -> int | None:
    """What Python makes of whole numbers before a compiler sees them."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = folded(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.BinOp) and type(node.op) in WHOLE_RESULTS:
        left, right = folded(node.left), folded(node.right)
        if left is not None and right is not None:
            return WHOLE_RESULTS[type(node.op)](left, right)
    return None


def as_float(node: ast.expr) -> ast.expr:
    """The expression as a float, whatever its type."""
    return ast.copy_location(ast.BinOp(node, ast.Mult(), ast.Constant(1.0)), node)


def loads(node: ast.AST) -> Counter[str]:
    """How often each name is read."""
    names = (n for n in ast.walk(node) if isinstance(n, ast.Name))
    return Counter(n.id for n in names if isinstance(n.ctx, ast.Load))


def stores(body: Sequence[ast.stmt]) -> set[str]:
    """The names that are written."""
    names = (n for part in body for n in ast.walk(part) if isinstance(n, ast.Name))
    return {n.id for n in names if isinstance(n.ctx, ast.Store)}


def listed(found: ast.AST | list[ast.stmt]) -> list[ast.stmt]:
    """What a visitor made of one statement, always as a list."""
    return found if isinstance(found, list) else [found]  # type: ignore[list-item]
