"""The shortest program of equal score: delta debugging on the tree (Zeller and Hildebrandt,
*Simplifying and Isolating Failure-Inducing Input*, IEEE TSE 28, 2002), one node at a time."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from evolve.embedded.operators import expressions, get, put
from heuristics import HeuristicError
from heuristics.simplify import simplified
from heuristics.tree import Program, identity, last_return, program_of, size, write

BATCH, MOST_TRIED = 8, 120
"""Cuts that are tried at a time, and in all."""
TINY = 1e-6

Keeps = Callable[[Sequence[str]], str | None]
"""The first of some sources that scores as well as the whole, None where none does."""


def minimised(source: str, keeps: Keeps, most: int = MOST_TRIED) -> str:
    """The source cut down as long as a cut keeps its score. most: cuts that are tried."""
    most += 1  # the whole is known
    tried, program = {identity(source)}, simplified(program_of(source))
    again = True
    while again and len(tried) < most:
        again = False
        shorter = _new(cuts(program), tried, most)
        while batch := [text for _, text in zip(range(BATCH), shorter, strict=False)]:
            if kept := keeps(batch):
                program, again = program_of(kept), True
                break
    return write(program)


def terms(source: str) -> list[tuple[str, str]]:
    """Terms that the score sums, each with the source that has it no more."""
    program = program_of(source)
    end = last_return(program)
    found: list[tuple[str, str]] = []
    for number, (sign, node) in enumerate(_summed(end.value, 1) if end else []):
        without = program.copy()
        last = last_return(without)
        assert last is not None
        left = [part for k, part in enumerate(_summed(last.value, 1)) if k != number]
        if left:
            last.value = _sum(left)
            text = ast.unparse(node)
            found.append((text if sign > 0 else f"-({text})", write(simplified(without))))
    return found


def cuts(program: Program) -> Iterator[Program]:
    """Every program with one node less, or one statement, those that cut most first."""
    made = [*_without_statement(program), *_without_node(program)]
    yield from sorted(made, key=size)


def _without_statement(program: Program) -> Iterator[Program]:
    for k in range(len(program.body) - 1):
        cut = program.copy()
        del cut.body[k]
        yield cut


def _without_node(program: Program) -> Iterator[Program]:
    for k, place in enumerate(expressions(program)):
        for part in range(len(_parts(get(place)))):
            cut = program.copy()
            there = expressions(cut)[k]
            put(there, _parts(get(there))[part])
            yield simplified(cut)


def _parts(node: ast.expr) -> list[ast.expr]:
    """What may stand in a node's place. `max(x, 1e-09)` stays: it keeps a division from failing on
    other machines and requests, which the draws at hand can't show."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.Call):
        return [] if any(map(_tiny, node.args)) else list(node.args)
    return [node.operand] if isinstance(node, ast.UnaryOp) else []


def _tiny(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Constant) and isinstance(node.value, float) and 0 < node.value <= TINY
    )


def _new(programs: Iterator[Program], tried: set[str], most: int) -> Iterator[str]:
    for program in programs:
        try:
            text = write(program)
            program_of(text)
        except HeuristicError:
            continue
        mark = identity(text)
        if mark not in tried and len(tried) < most:
            tried.add(mark)
            yield text


def _summed(node: ast.expr | None, sign: int) -> Iterator[tuple[int, ast.expr]]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield from _summed(node.left, sign)
        yield from _summed(node.right, sign if isinstance(node.op, ast.Add) else -sign)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield from _summed(node.operand, -sign)
    elif node is not None:
        yield sign, node


def _sum(parts: list[tuple[int, ast.expr]]) -> ast.expr:
    (sign, first), *rest = parts
    whole: ast.expr = first if sign > 0 else ast.UnaryOp(ast.USub(), first)
    for sign, part in rest:
        whole = ast.BinOp(whole, ast.Add() if sign > 0 else ast.Sub(), part)
    return whole
