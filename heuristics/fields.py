"""Which attribute paths a heuristic reads: what the simulator has to compute for it."""

from __future__ import annotations

import ast


def fields_of(tree: ast.AST, arguments: tuple[str, ...]) -> frozenset[str]:
    """Every path that is read from ``arguments``, longest form only.

    ``free.cpu``, ``frag.after.gpu``, ``mix.weight``; ``free[]`` and ``cell.largest[]`` where a
    vector is indexed by number. Indexing an array (``mix.weight[i]``) adds nothing to its path.
    """
    found: set[str] = set()
    inner = {node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node not in inner:
            root, path = _path(node)
            if root in arguments:
                found.add(path)
        elif isinstance(node, ast.Subscript):
            root, path = _path(node.value)
            if root in arguments and path in _VECTORS:
                found.discard(path)
                found.add(f"{path}[]")
    return frozenset(path for path in found if path not in _VECTORS)


_VECTORS = frozenset({"required", "free", "total", "cell.free", "cell.total", "cell.largest"})


def _path(node: ast.expr) -> tuple[str, str]:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return "", ""
    return node.id, ".".join([node.id, *reversed(parts)])
