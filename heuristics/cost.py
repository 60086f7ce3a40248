"""What a decision costs, in operations counted on the tree: the same on every computer."""

from __future__ import annotations

import ast

from heuristics.tree import Program

A_FRAGMENT = 6  # operations for a device and a shape of the mix, where `frag` is read


def operations(program: Program, shapes: int, devices: int) -> int:
    """Operations to score one machine. shapes: of the mix; devices: of the largest machine."""
    sizes = {"mix": shapes, "gpus": devices}
    total = sum(_of(statement, sizes) for statement in program.body)
    reads = {n.id for s in program.body for n in ast.walk(s) if isinstance(n, ast.Name)}
    return total + (A_FRAGMENT * shapes * max(devices, 1) if "frag" in reads else 0)


def _of(node: ast.AST, sizes: dict[str, int]) -> int:
    children = sum(_of(child, sizes) for child in ast.iter_child_nodes(node))
    if isinstance(node, ast.For):
        inside = sum(_of(statement, sizes) for statement in node.body)
        return _times(node.iter, sizes) * (inside + 1) + children - inside
    counts = ast.BinOp | ast.UnaryOp | ast.Compare | ast.Call | ast.BoolOp | ast.IfExp | ast.If
    return children + isinstance(node, counts)


def _times(over: ast.expr, sizes: dict[str, int]) -> int:
    """How often a loop runs, at most."""
    names = [n.id for n in ast.walk(over) if isinstance(n, ast.Name)]
    known = [sizes[name] for name in names if name in sizes]
    if known:
        return known[0]
    numbers = [n.value for n in ast.walk(over) if isinstance(n, ast.Constant)]
    return max([int(n) for n in numbers if isinstance(n, int)], default=8)
