"""From a heuristic's source to the source of its kernel.

Attribute reads become plain variables, loops over the resources are unrolled, constants are
baked in, and the body is set into a loop over options. Names of the kernel's own begin with an
underscore, which the language forbids to a heuristic's.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from heuristics import Heuristic, HeuristicError
from heuristics.source import parse
from heuristics.tree import number
from sim import layout
from sim.trees import MOST_WHOLE, Return, Set, as_float, folded, listed, loads, stores

VECTORS = ("required", "free", "total", "cell.free", "cell.total", "cell.largest")
MACHINE = {
    "machine.tasks": layout.TASKS,
    "machine.exit": layout.EXIT,
    "machine.model": layout.MODEL,
    "machine.machines": layout.MACHINES,
    "machine.kinds": layout.DISTINCT,
    "machine.kin": layout.KIN,
}
SIZES = ("cpu", "mem", "gpu")
"""Resources that a heuristic may read where a trace has them not: 0, as none is there or asked."""
FRAG = ("frag.before", "frag.after", "frag.gain")
FIELDS_OF_RESOURCES = (*VECTORS, *FRAG, "mix")

TASK = {
    "task.lifetime": layout.LIFETIME,
    "task.priority": layout.PRIORITY,
    "task.waited": layout.WAITED,
    "task.models": layout.MODELS,
    "cell.pending": layout.PENDING,
    "cell.hour": layout.HOUR,
}
WHOLE = ("task.models", "task.priority", "cell.pending")
"""Paths that are whole numbers."""

FRESH = (
    "task.lifetime",
    "task.priority",
    "task.waited",
    "machine.exit",
    "cell.pending",
    "cell.hour",
)


def changes(path: str) -> bool:
    """Whether a path changes while shape and machine stay, so that scores can't be kept."""
    return path in FRESH or path.startswith("cell.free")


MAX_UNROLLED = 20_000
NUMPY = [f"{name} as _{name}" for name in ("ceil", "floor", "fmod", "int64", "trunc")]

SIGNATURE = (
    "_count, _option, _columns, _stride, _shares, _width, _devices, _scalars, _mix, _shapes, _out"
)


@dataclass
class Reads:
    """What a kernel reads, collected while it is translated."""

    rows: set[int] = field(default_factory=set)  # of the columns
    frag: set[int] = field(default_factory=set)  # resources
    paths: set[str] = field(default_factory=set)
    inner: list[str] = field(default_factory=list)  # lines before the body, an option
    outer: list[str] = field(default_factory=list)  # lines before the loop
    may_raise: bool = False
    slot_pure: bool = True


def path_of(node: ast.expr) -> str:
    """`free.cpu` for the tree of free.cpu, or an empty string."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


class Translator(ast.NodeTransformer):
    """Rewrites the body of one heuristic for a trace's resources."""

    def __init__(
        self, heuristic: Heuristic, resources: Sequence[str], function: ast.FunctionDef
    ) -> None:
        self.heuristic = heuristic
        self.loads = loads(function)
        self.resources = list(resources)
        self.reads = Reads()
        self.safe: dict[str, str] = {}  # loop variable -> what it may index
        self.absent: HeuristicError | None = None  # the first read of what the trace has not
        self.present = False  # whether anything is read that it has

    def fail(self, node: ast.expr, message: str) -> HeuristicError:
        return HeuristicError(
            "forbidden_name", message, file=self.heuristic.filename, line=node.lineno
        )

    def resource(self, node: ast.expr, name: str) -> int:
        if name not in self.resources:
            raise self.fail(node, self.unknown(name, node))
        self.present = True
        return self.resources.index(name)

    def is_absent(self, head: str, tail: str, node: ast.expr) -> bool:
        """Whether a field is of a resource that the trace has not, though others have."""
        if head not in FIELDS_OF_RESOURCES or tail not in SIZES or tail in self.resources:
            return False
        self.absent = self.absent or self.fail(node, self.unknown(tail, node))
        return True

    def unknown(self, name: str, node: ast.expr) -> str:
        """What to say of the read of a resource that the trace has not."""
        close = get_close_matches(name, self.resources, 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        return f"reads {ast.unparse(node)}, but the trace has {', '.join(self.resources)}{hint}"

    def name(self, path: str, node: ast.expr) -> ast.Name:
        """A variable for a path, with the line that fills it noted the first time."""
        variable = "_" + path.replace(".", "_")
        if path not in self.reads.paths:
            self.reads.paths.add(path)
            self.fill(path, variable, node)
        return ast.copy_location(ast.Name(variable, ast.Load()), node)

    def row(self, row: int) -> str:
        if row not in self.reads.rows:
            self.reads.rows.add(row)
            self.reads.outer.append(
                f"_row{row} = _columns[{row} * _stride : {row} * _stride + _count]"
            )
        return f"_row{row}[_i]"

    def fill(self, path: str, variable: str, node: ast.expr) -> None:
        count = len(self.resources)
        inner, outer = self.reads.inner, self.reads.outer
        head, _, tail = path.rpartition(".")
        if self.is_absent(head, tail, node):
            weights = f"_mix[{count + 1} * _shapes : {count + 2} * _shapes]"
            outer.append(f"{variable} = " + (f"0.0 * {weights}" if head == "mix" else "0.0"))
        elif path in MACHINE:
            value = self.row(2 * count + MACHINE[path])
            if path == "machine.exit":
                now = f"_scalars[{count + layout.NOW}]"
                forever = float(layout.FOREVER)
                inner.append(f"{variable} = {value}")
                inner.append(
                    f"{variable} = math.inf if {variable} >= {forever} "
                    f"else max({variable} - {now}, 0.0) / 1000.0"
                )
            elif path == "machine.model":
                inner.append(f"{variable} = int({value})")
            else:
                inner.append(f"{variable} = {value}")
        elif path in TASK:
            value = f"_scalars[{count + TASK[path]}]"
            outer.append(f"{variable} = int({value})" if path in WHOLE else f"{variable} = {value}")
        elif head in ("free", "total"):
            first = 0 if head == "free" else count
            inner.append(f"{variable} = {self.row(first + self.resource(node, tail))}")
        elif head == "required":
            outer.append(f"{variable} = _scalars[{self.resource(node, tail)}]")
        elif head in ("cell.free", "cell.total", "cell.largest"):
            part = ("cell.free", "cell.total", "cell.largest").index(head)
            at = (part + 1) * count + layout.SCALARS + self.resource(node, tail)
            outer.append(f"{variable} = _scalars[{at}]")
        elif head in FRAG:
            which = FRAG.index(head)
            r = self.resource(node, tail)
            self.reads.frag.add(r)
            inner.append(f"{variable} = {self.row(layout.frag_row(count, which) + r)}")
        elif head == "mix":
            extra = {"models": count, "weight": count + 1}
            r = extra[tail] if tail in extra else self.resource(node, tail)
            as_mask = ".astype(_int64)" if tail == "models" else ""
            outer.append(f"{variable} = _mix[{r} * _shapes : ({r} + 1) * _shapes]{as_mask}")
        elif path == "gpus":
            inner.append("_at = _option[_i] * _width")
            inner.append(f"{variable} = _shares[_at : _at + _devices[_option[_i]]]")
        elif path == "slot":
            inner.append(f"{variable} = int({self.row(layout.slot_row(count))})")
        else:
            raise self.fail(node, f"reads {path}, which is not known")

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        path = path_of(node)
        if path.split(".")[0] in self.heuristic.arguments:
            if path in VECTORS or path in FRAG:
                raise self.fail(node, f"{path} is a vector; name a field, such as {path}.cpu")
            return self.name(path, node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.heuristic.params:
            return ast.copy_location(number(self.heuristic.params[node.id]), node)
        if node.id == "slot" and "slot" in self.heuristic.arguments:
            self.reads.slot_pure = False
            return self.name("slot", node)
        if node.id == "gpus" and "gpus" in self.heuristic.arguments:
            return self.name("gpus", node)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        path = path_of(node.value)
        if path in VECTORS and path.split(".")[0] in self.heuristic.arguments:
            index = node.slice
            if not (isinstance(index, ast.Constant) and isinstance(index.value, int)):
                message = f"index {path} by the variable of a loop over range(len({path}))"
                raise self.fail(node, message)
            if not 0 <= index.value < len(self.resources):
                raise self.fail(node, f"{path}[{index.value}] is outside the trace's resources")
            return self.name(f"{path}.{self.resources[index.value]}", node)
        if path == "gpus" and isinstance(node.slice, ast.Name) and node.slice.id == "slot":
            self.reads.may_raise = True
            value = self.name("gpus", node)
            return ast.copy_location(
                ast.Subscript(value, self.name("slot", node), ast.Load()), node
            )
        index_name = node.slice.id if isinstance(node.slice, ast.Name) else ""
        if self.safe.get(index_name, "?") != path.split(".")[0]:
            self.reads.may_raise = True
        self.generic_visit(node)
        if not isinstance(node.slice, ast.Constant):
            node.slice = ast.Call(ast.Name("int", ast.Load()), [node.slice], [])
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Name) and node.func.id == "len" and len(node.args) == 1:
            path = path_of(node.args[0])
            if path in VECTORS and path.split(".")[0] in self.heuristic.arguments:
                return ast.copy_location(ast.Constant(len(self.resources)), node)
        self.generic_visit(node)
        match node.func:
            case ast.Name(id="float") if node.args:
                return ast.copy_location(as_float(node.args[0]), node)
            case ast.Name(id="int") | ast.Attribute(value=ast.Name(id="math"), attr="trunc"):
                name = "_trunc"
            case ast.Attribute(value=ast.Name(id="math"), attr=("floor" | "ceil" | "fmod") as attr):
                name = f"_{attr}"
            case ast.Attribute(value=ast.Name(id="math"), attr="pow"):
                name = ""  # a whole power below 0 would be another function, which raises
            case _:
                return node
        node.args = [as_float(argument) for argument in node.args]
        if name:  # numpy's stay floats, so that what is no number stays none
            node.func = ast.copy_location(ast.Name(name, ast.Load()), node.func)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        value = folded(node)
        if value is not None and abs(value) > MOST_WHOLE:
            message = f"{ast.unparse(node)} is no whole number of 64 bits"
            raise HeuristicError(
                "too_large", message, file=self.heuristic.filename, line=node.lineno
            )
        return node

    def visit_For(self, node: ast.For) -> ast.AST | list[ast.stmt]:
        assert isinstance(node.target, ast.Name)
        over = self.looped(node.iter)
        variable = node.target.id
        rebound = variable in stores(node.body)
        if isinstance(over, range) and not rebound and self.indexes_vector(node):
            after = self.loads[variable] > loads(node)[variable]
            unrolled: list[ast.stmt] = []
            for value in over:
                for statement in node.body:
                    copied = Set(node.target.id, value).visit(copy.deepcopy(statement))
                    done = self.visit(copied)
                    unrolled.extend(done if isinstance(done, list) else [done])
            if after and over:
                unrolled.append(ast.Assign([node.target], number(over[-1]), lineno=node.lineno))
            return unrolled or [ast.copy_location(ast.Pass(), node)]
        outside = self.safe
        self.safe = {name: of for name, of in outside.items() if name != variable}
        if isinstance(over, str) and not rebound:
            self.safe[variable] = over
        node.iter = self.visit(node.iter)
        node.body = [s for part in node.body for s in listed(self.visit(part))]
        self.safe = outside
        return node

    def looped(self, node: ast.expr) -> range | str | None:
        """The numbers of a range that are known, or the argument whose length it has."""
        if not (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "range"
        ):
            return None
        bounds = [self.visit(copy.deepcopy(a)) for a in node.args]
        numbers = [
            b.value for b in bounds if isinstance(b, ast.Constant) and isinstance(b.value, int)
        ]
        if len(numbers) == len(bounds):
            return range(*numbers)
        only = node.args[0]
        if len(node.args) == 1 and isinstance(only, ast.Call) and only.args:
            return path_of(only.args[0]).split(".")[0]
        return None

    def indexes_vector(self, node: ast.For) -> bool:
        assert isinstance(node.target, ast.Name)
        return any(
            isinstance(inner, ast.Subscript)
            and path_of(inner.value) in VECTORS
            and any(isinstance(n, ast.Name) and n.id == node.target.id for n in ast.walk(inner))
            for inner in ast.walk(node)
        )


def translate(heuristic: Heuristic, resources: Sequence[str]) -> tuple[str, Reads]:
    """The source of the kernel (and, where needed, of a function inside it), and what it reads.

    Raises:
        HeuristicError: fields of none but resources that the trace has not, or of one that is
            neither cpu, mem nor gpu; a vector indexed by what is no number.
    """
    tree = parse(heuristic.source, heuristic.filename)
    function = next(
        n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == heuristic.form
    )
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    translator = Translator(heuristic, resources, function)
    done = [s for part in body for s in listed(translator.visit(part))]
    if translator.absent and not translator.present:
        raise translator.absent
    reads = translator.reads
    size = sum(1 for s in done for _ in ast.walk(s))
    if size > MAX_UNROLLED:
        message = (
            f"{size} nodes once its loops over the resources are unrolled, at most {MAX_UNROLLED}"
        )
        raise HeuristicError("too_large", message, file=heuristic.filename)
    loops = [n for s in done for n in ast.walk(s) if isinstance(n, ast.For)]
    deep = any(isinstance(n, ast.Return) for loop in loops for n in ast.walk(loop))
    lines = ["import math", f"from numpy import {', '.join(NUMPY)}", ""]
    if deep:
        names = sorted(_variables(reads))
        lines += [f"def _score({', '.join(names)}):", *_indented(done, 1), ""]
        inner = [*reads.inner, f"_out[_i] = _score({', '.join(names)})"]
    else:
        rewritten = [s for part in done for s in listed(Return().visit(part))]
        inner = [*reads.inner, *_indented(rewritten, 0)]
    lines += [f"def _kernel({SIGNATURE}):"]
    lines += [f"    {line}" for line in reads.outer]
    lines += ["    for _i in range(_count):"]
    lines += [f"        {line}" for line in inner]
    return "\n".join(lines) + "\n", reads


def _variables(reads: Reads) -> set[str]:
    return {"_" + path.replace(".", "_") for path in reads.paths}


def _indented(statements: list[ast.stmt], depth: int) -> list[str]:
    text = ast.unparse(ast.fix_missing_locations(ast.Module(statements, [])))
    return ["    " * depth + line for line in text.splitlines()]
