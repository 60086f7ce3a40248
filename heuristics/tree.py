"""Heuristics as syntax trees: read, put together again, told apart."""

from __future__ import annotations

import ast
import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import heuristics
from heuristics import Heuristic
from heuristics.source import tree_of
from heuristics.vocabulary import ARGUMENTS

Node = TypeVar("Node", bound=ast.AST)


@dataclass
class Program:
    """The parts of a heuristic that operators change: constants, and statements to a return."""

    constants: dict[str, float | int]
    body: list[ast.stmt]

    def copy(self) -> Program:
        """A copy that can be changed."""
        return Program(dict(self.constants), [copied(statement) for statement in self.body])


def copied(node: Node) -> Node:
    """A tree that can be changed (`copy.deepcopy` takes ten times as long)."""
    new = type(node)()
    for name, value in vars(node).items():
        if isinstance(value, ast.AST):
            value = copied(value)
        elif isinstance(value, list):
            value = [copied(one) if isinstance(one, ast.AST) else one for one in value]
        setattr(new, name, value)
    return new


@lru_cache(2048)
def heuristic_of(source: str) -> Heuristic:
    """A source as a heuristic. Raises HeuristicError where it is not in the language."""
    return heuristics.parse(source, filename="candidate.py", name="candidate")


@lru_cache(2048)
def program_of(source: str) -> Program:
    """The program that a source writes, not to be changed but in a copy.

    Raises:
        HeuristicError: it is not in the language.
    """
    return read(heuristic_of(source))


def number(value: float | int) -> ast.expr:
    """A number's tree; of one below nothing as it is read, so that it is written in brackets."""
    if value < 0 or (value == 0 and math.copysign(1.0, value) < 0):
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def read(heuristic: Heuristic) -> Program:
    """The program of a heuristic in the form of one score, docstring left out."""
    tree = tree_of(heuristic.source)
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "score")
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return Program(dict(heuristic.params), [copied(s) for s in body])


def write(program: Program) -> str:
    """The file of a program: only arguments and constants that it reads are in its header."""
    tree = ast.Module(program.body, [])
    ast.fix_missing_locations(tree)
    read_names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    arguments = [name for name in ARGUMENTS if name in read_names]
    constants = [
        f"{name}={value!r}" for name, value in program.constants.items() if name in read_names
    ]
    header = ", ".join([*arguments, *(["*", *constants] if constants else [])])
    lines = ["import math\n\n"] if "math" in read_names else []
    lines.append(f"def score({header}):")
    lines += ["    " + line for line in ast.unparse(tree).splitlines()]
    return "\n".join(lines) + "\n"


def size(program: Program) -> int:
    """Statements and expressions."""
    return sum(isinstance(n, ast.stmt | ast.expr) for s in program.body for n in ast.walk(s))


def identity(source: str) -> str:
    """A hash of the tree in which locals and constants are numbered as they come.

    Two files that differ in names, comments or layout alone have one identity.
    """
    tree = tree_of(source)
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "score")
    function.body = [
        s
        for s in function.body
        if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
    ]
    numbers: dict[str, str] = {}
    known = {*ARGUMENTS, "math", "abs", "min", "max", "int", "float", "len", "range"}
    for argument in function.args.kwonlyargs:
        numbers[argument.arg] = f"c{len(numbers)}"
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id not in known:
            node.id = numbers.setdefault(node.id, f"n{len(numbers)}")
        elif isinstance(node, ast.arg) and node.arg in numbers:
            node.arg = numbers[node.arg]
    return hashlib.sha256(ast.dump(function).encode()).hexdigest()[:16]


def last_return(program: Program) -> ast.Return | None:
    """The return at the end, where it is the only one."""
    returns = [n for s in program.body for n in ast.walk(s) if isinstance(n, ast.Return)]
    end = program.body[-1]
    return end if isinstance(end, ast.Return) and len(returns) == 1 else None


class Rename(ast.NodeTransformer):
    """Gives names a suffix, so that two programs can stand in one function."""

    def __init__(self, names: set[str], suffix: str) -> None:
        self.names = names
        self.suffix = suffix

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """One name."""
        if node.id in self.names:
            node.id += self.suffix
        return node


def stored(program: Program) -> set[str]:
    """The names of its locals."""
    return {
        n.id
        for s in program.body
        for n in ast.walk(s)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }


def renamed(program: Program, suffix: str) -> Program:
    """The program with its locals and constants under other names."""
    rename = Rename(stored(program) | set(program.constants), suffix)
    body = [rename.visit(s) for s in map(copied, program.body)]
    return Program({name + suffix: v for name, v in program.constants.items()}, body)
