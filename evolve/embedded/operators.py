"""What a search does to programs: small changes of one, terms of two."""

from __future__ import annotations

import ast
from collections.abc import Callable

import numpy as np

from evolve.embedded.terms import Seen, number, term
from heuristics.source import tree_of
from heuristics.tree import Program, last_return, renamed, stored

Operator = Callable[[list[Program], Seen, np.random.Generator], Program | None]

BINARY: tuple[type[ast.operator], ...] = (ast.Add, ast.Sub, ast.Mult, ast.Div)
WRAPPERS = (
    "math.log1p(abs({0}))",
    "max({0}, 0.0)",
    "min({0}, 1.0)",
    "({0}) * ({0})",
    "math.sqrt(abs({0}))",
    "float(int({0}))",
    "-({0})",
    "math.tanh({0})",
    "math.exp(-abs({0}))",
    "({0} - 0.5) * ({0} - 0.5)",
    "float(math.floor(100.0 * ({0})))",
)


def expressions(program: Program) -> list[tuple[ast.AST, str, int | None]]:
    """Every place (parent, field, index) that holds an expression that is read for its value."""
    places: list[tuple[ast.AST, str, int | None]] = []
    for statement in program.body:
        for parent in ast.walk(statement):
            if isinstance(parent, ast.Attribute | ast.Subscript | ast.For):
                continue
            for name, value in ast.iter_fields(parent):
                many = value if isinstance(value, list) else [value]
                for k, child in enumerate(many):
                    if isinstance(child, ast.expr) and not (
                        (isinstance(parent, ast.Call) and name == "func")
                        or isinstance(getattr(child, "ctx", None), ast.Store)
                    ):
                        places.append((parent, name, k if isinstance(value, list) else None))
    return places


def get(place: tuple[ast.AST, str, int | None]) -> ast.expr:
    parent, name, k = place
    value = getattr(parent, name)
    found: ast.expr = value if k is None else value[k]
    return found


def put(place: tuple[ast.AST, str, int | None], new: ast.expr) -> None:
    parent, name, k = place
    if k is None:
        setattr(parent, name, new)
    else:
        getattr(parent, name)[k] = new


def parsed(text: str) -> ast.expr:
    statement = tree_of(text).body[0]
    assert isinstance(statement, ast.Expr)
    return statement.value


def literals(program: Program) -> list[ast.Constant]:
    """Numbers in the text that are more than guards against division by nothing."""
    return [
        node
        for statement in program.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant) and type(node.value) is float and abs(node.value) > 1e-6
    ]


def shift_constant(
    parents: list[Program], seen: Seen, random: np.random.Generator
) -> Program | None:
    """Change one number: by a factor, or to another."""
    program = parents[0].copy()
    found = literals(program)
    names = list(program.constants)
    if not found and not names:
        return None
    pick = int(random.integers(len(found) + len(names)))

    def changed(value: float | int) -> float | int:
        if isinstance(value, int) and value in (0, 1):
            return 1 - value
        if value == 0 or random.random() < 0.1:
            return number(random)
        return float(f"{value * np.exp(random.normal(0, 0.5)):.6g}")

    if pick < len(found):
        value = found[pick].value
        assert isinstance(value, float)
        found[pick].value = float(changed(value))
    else:
        name = names[pick - len(found)]
        program.constants[name] = changed(program.constants[name])
    return program


def swap_operator(
    parents: list[Program], seen: Seen, random: np.random.Generator
) -> Program | None:
    """Another arithmetic operator."""
    program = parents[0].copy()
    nodes = [
        n
        for s in program.body
        for n in ast.walk(s)
        if isinstance(n, ast.BinOp) and isinstance(n.op, BINARY)
    ]
    if not nodes:
        return None
    node = nodes[int(random.integers(len(nodes)))]
    node.op = BINARY[int(random.integers(len(BINARY)))]()
    return program


def replace_expression(
    parents: list[Program], seen: Seen, random: np.random.Generator
) -> Program | None:
    """A term in the place of an expression."""
    program = parents[0].copy()
    places = expressions(program)
    put(places[int(random.integers(len(places)))], parsed(term(seen, random)))
    return program


def drop_expression(
    parents: list[Program], seen: Seen, random: np.random.Generator
) -> Program | None:
    """One side of an operation in the place of both."""
    program = parents[0].copy()
    places = [p for p in expressions(program) if isinstance(get(p), ast.BinOp)]
    if not places:
        return None
    place = places[int(random.integers(len(places)))]
    node = get(place)
    assert isinstance(node, ast.BinOp)
    put(place, node.left if random.random() < 0.5 else node.right)
    return program


def wrap_expression(
    parents: list[Program], seen: Seen, random: np.random.Generator
) -> Program | None:
    """A function around an expression."""
    program = parents[0].copy()
    places = expressions(program)
    place = places[int(random.integers(len(places)))]
    text = ast.unparse(get(place))
    put(place, parsed(WRAPPERS[int(random.integers(len(WRAPPERS)))].format(text)))
    return program


def add_term(parents: list[Program], seen: Seen, random: np.random.Generator) -> Program | None:
    """A weighted term more in the score."""
    return _scored(parents[0], f"({{0}}) + {number(random)} * ({term(seen, random)})")


def exchange(parents: list[Program], seen: Seen, random: np.random.Generator) -> Program | None:
    """An expression of another parent, of arguments alone, in the place of one of this."""
    program, other = parents[0].copy(), parents[-1]
    own = set(other.constants) | stored(other)
    fit = [
        found
        for found in map(get, expressions(other))
        if isinstance(found, ast.BinOp | ast.Call)
        and not any(isinstance(n, ast.Name) and n.id in own for n in ast.walk(found))
    ]
    if not fit:
        return None
    places = expressions(program)
    taken = fit[int(random.integers(len(fit)))]
    put(places[int(random.integers(len(places)))], parsed(ast.unparse(taken)))
    return program


def break_ties(parents: list[Program], seen: Seen, random: np.random.Generator) -> Program | None:
    """A term that speaks where the score, rounded to whole numbers, says nothing."""
    sign, small = random.choice([-1.0, 1.0]), term(seen, random)
    return _scored(parents[0], f"math.floor({{0}}) + {sign} * math.tanh({small}) / 2.0")


def _scored(parent: Program, text: str) -> Program | None:
    """A program with another score, of which {0} is its own; None where it returns in between."""
    program = parent.copy()
    end = last_return(program)
    if end is None or end.value is None:
        return None
    end.value = parsed(text.format(ast.unparse(end.value)))
    return program


def combine(parents: list[Program], seen: Seen, random: np.random.Generator) -> Program | None:
    """The weighted scores of two parents, added."""
    return _joined(parents, f"({{0}}) + {number(random)} * ({{1}})")


def order(parents: list[Program], seen: Seen, random: np.random.Generator) -> Program | None:
    """Two parents in lexicographic order: one rounded to a step, the other within it."""
    step = 1.0 if random.random() < 0.5 else abs(number(random))
    return _joined(parents, f"math.floor(({{0}}) / {step}) + 0.5 * math.tanh({{1}})")


def _joined(parents: list[Program], text: str) -> Program | None:
    """Two programs in one, whose scores are put together."""
    one, two = renamed(parents[0], "_a"), renamed(parents[-1], "_b")
    ends = last_return(one), last_return(two)
    if ends[0] is None or ends[1] is None or not (ends[0].value and ends[1].value):
        return None
    scores = ast.unparse(ends[0].value), ast.unparse(ends[1].value)
    body = [*one.body[:-1], *two.body[:-1], ast.Return(parsed(text.format(*scores)))]
    return Program({**one.constants, **two.constants}, body)


OPERATORS: dict[str, tuple[Operator, float]] = {
    "shift_constant": (shift_constant, 4.0),
    "add_term": (add_term, 3.0),
    "combine": (combine, 2.0),
    "exchange": (exchange, 1.0),
    "order": (order, 0.5),
    "break_ties": (break_ties, 1.0),
    "replace_expression": (replace_expression, 1.0),
    "wrap_expression": (wrap_expression, 1.0),
    "drop_expression": (drop_expression, 1.0),
    "swap_operator": (swap_operator, 0.5),
}
"""Every operator with its share."""
