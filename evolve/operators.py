"""What a search does to programs: small changes of one, terms of two."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

import numpy as np

from evolve.tree import Program, last_return, renamed

Operator = Callable[[list[Program], Sequence[str], np.random.Generator], Program | None]

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
)


def _number(random: np.random.Generator) -> float:
    return float(f"{random.choice([-1, 1]) * 10 ** random.uniform(-2, 2):.3g}")


def term(resources: Sequence[str], random: np.random.Generator) -> str:
    """A random small expression of the arguments."""
    r = str(random.choice(list(resources)))
    choices = [
        f"(free.{r} - required.{r}) / max(cell.largest.{r}, 1e-09)",
        f"(free.{r} - required.{r}) / max(total.{r}, 1e-09)",
        f"required.{r} / max(free.{r}, 1e-09)",
        f"free.{r} / max(total.{r}, 1e-09)",
        f"free.{r}",
        f"required.{r}",
        "1.0 * (machine.tasks == 0)",
        "machine.tasks",
        "machine.machines / 1000.0",
        f"frag.gain.{r}",
        f"frag.after.{r}",
    ]
    if "gpu" in resources:
        choices += [
            "machine.kin",
            "machine.kinds",
            "frag.gain.gpu",
            "frag.gain.gpu",
            "frag.after.gpu",
        ]
    return str(random.choice(choices))


def _expressions(program: Program) -> list[tuple[ast.AST, str, int | None]]:
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


def _get(place: tuple[ast.AST, str, int | None]) -> ast.expr:
    parent, name, k = place
    value = getattr(parent, name)
    found: ast.expr = value if k is None else value[k]
    return found


def _set(place: tuple[ast.AST, str, int | None], new: ast.expr) -> None:
    parent, name, k = place
    if k is None:
        setattr(parent, name, new)
    else:
        getattr(parent, name)[k] = new


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def shift_constant(
    parents: list[Program], resources: Sequence[str], random: np.random.Generator
) -> Program | None:
    """Change one number: by a factor, or to another."""
    program = parents[0].copy()
    literals = [
        node
        for statement in program.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant) and type(node.value) is float
    ]
    names = list(program.constants)
    if not literals and not names:
        return None
    pick = int(random.integers(len(literals) + len(names)))

    def changed(value: float | int) -> float | int:
        if isinstance(value, int) and value in (0, 1):
            return 1 - value
        if value == 0 or random.random() < 0.1:
            return _number(random)
        return float(f"{value * np.exp(random.normal(0, 0.5)):.6g}")

    if pick < len(literals):
        value = literals[pick].value
        assert isinstance(value, float)
        literals[pick].value = float(changed(value))
    else:
        name = names[pick - len(literals)]
        program.constants[name] = changed(program.constants[name])
    return program


def swap_operator(
    parents: list[Program], resources: Sequence[str], random: np.random.Generator
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
    parents: list[Program], resources: Sequence[str], random: np.random.Generator
) -> Program | None:
    """A term in the place of an expression."""
    program = parents[0].copy()
    places = _expressions(program)
    _set(places[int(random.integers(len(places)))], _parsed(term(resources, random)))
    return program


def drop_expression(
    parents: list[Program], resources: Sequence[str], random: np.random.Generator
) -> Program | None:
    """One side of an operation in the place of both."""
    program = parents[0].copy()
    places = [p for p in _expressions(program) if isinstance(_get(p), ast.BinOp)]
    if not places:
        return None
    place = places[int(random.integers(len(places)))]
    node = _get(place)
    assert isinstance(node, ast.BinOp)
    _set(place, node.left if random.random() < 0.5 else node.right)
    return program


def wrap_expression(
    parents: list[Program], resources: Sequence[str], random: np.random.Generator
) -> Program | None:
    """A function around an expression."""
    program = parents[0].copy()
    places = _expressions(program)
    place = places[int(random.integers(len(places)))]
    text = ast.unparse(_get(place))
    _set(place, _parsed(WRAPPERS[int(random.integers(len(WRAPPERS)))].format(text)))
    return program


def add_term(
    parents: list[Program], resources: Sequence[str], random: np.random.Generator
) -> Program | None:
    """A weighted term more in the score."""
    program = parents[0].copy()
    end = last_return(program)
    if end is None or end.value is None:
        return None
    text = f"({ast.unparse(end.value)}) + {_number(random)} * ({term(resources, random)})"
    end.value = _parsed(text)
    return program


def combine(
    parents: list[Program], resources: Sequence[str], random: np.random.Generator
) -> Program | None:
    """The weighted scores of two parents, added."""
    if len(parents) < 2:
        return None
    one, two = renamed(parents[0], "_a"), renamed(parents[1], "_b")
    ends = last_return(one), last_return(two)
    if ends[0] is None or ends[1] is None:
        return None
    assert ends[0].value is not None
    assert ends[1].value is not None
    first, second = ast.unparse(ends[0].value), ast.unparse(ends[1].value)
    text = f"return ({first}) + {_number(random)} * ({second})"
    end = ast.parse(f"def f():\n    {text}").body[0]
    assert isinstance(end, ast.FunctionDef)
    body = [*one.body[:-1], *two.body[:-1], *end.body]
    return Program({**one.constants, **two.constants}, body)


OPERATORS: dict[str, tuple[Operator, float]] = {
    "shift_constant": (shift_constant, 4.0),
    "add_term": (add_term, 3.0),
    "combine": (combine, 2.0),
    "replace_expression": (replace_expression, 1.0),
    "wrap_expression": (wrap_expression, 1.0),
    "drop_expression": (drop_expression, 1.0),
    "swap_operator": (swap_operator, 0.5),
}
"""Every operator with its share."""
