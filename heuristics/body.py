"""The check of a heuristic's body: its statements, its locals, and that it always returns."""

from __future__ import annotations

import ast

from heuristics.expression import Expressions, literal
from heuristics.source import is_docstring
from heuristics.vocabulary import (
    ARGUMENTS,
    MAX_RANGE,
    MAX_VECTOR_LOOPS,
    PHRASES,
    Array,
    Vector,
)


class Body(Expressions):
    """Checks a function's statements in order, with the locals that are surely assigned by then."""

    loops: tuple[str, ...] = ()

    def check(self, function: ast.FunctionDef) -> None:
        """Checks the whole function.

        Raises:
            HeuristicError: the first statement or expression that is not in the language, or
                ``not_a_float`` where the function can end without a value.
        """
        statements = function.body
        if is_docstring(statements[0]):
            statements = statements[1:]
        self.locals = frozenset(
            node.id
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        )
        self.rebound = frozenset(
            target.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign | ast.AugAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        )
        if not self.block(statements):
            message = f"{function.name} can end without returning a value"
            self.refuse("not_a_float", message, function)

    def block(self, statements: list[ast.stmt]) -> bool:
        """Checks statements in order; True where none of their ways ends without a return."""
        returned = False
        for node in statements:
            returned = self.statement(node) or returned
        return returned

    def statement(self, node: ast.stmt) -> bool:
        match node:
            case ast.Return():
                self._return(node)
                return True
            case ast.Assign():
                self.value(node.value)
                for target in node.targets:
                    self._store(target)
            case ast.AugAssign():
                self._store(node.target, needs_value=True)
                read = ast.copy_location(ast.Name(self._stored_name(node.target)), node)
                self.value(ast.copy_location(ast.BinOp(read, node.op, node.value), node))
            case ast.If():
                return self._if(node)
            case ast.For():
                self._for(node)
            case ast.Global() | ast.Nonlocal():
                word = type(node).__name__.lower()
                self.refuse("forbidden_node", f"{word} is not in the language", node)
            case _:
                phrase = PHRASES.get(type(node).__name__, type(node).__name__.lower())
                self.refuse("forbidden_node", f"{phrase} is not in the language", node)
        return False

    def _return(self, node: ast.Return) -> None:
        match node.value:
            case None:
                self.refuse("not_a_float", "return without a value, expected a number", node)
            case ast.Constant(value=value) if not isinstance(value, int | float):
                found = "None" if value is None else f"a {type(value).__name__}"
                self.refuse("not_a_float", f"returns {found}, expected a number", node)
            case ast.Tuple() | ast.List() | ast.Set() | ast.Dict() | ast.JoinedStr():
                found = PHRASES[type(node.value).__name__]
                self.refuse("not_a_float", f"returns {found}, expected a number", node)
            case ast.Name(id=name) if name in self.scope.arguments and name != "slot":
                self.refuse("not_a_float", f"returns {name}, expected a number", node)
            case ast.Attribute() as read if not self.scope.array_form:
                if isinstance(self.read(read), Array | Vector):
                    found = ast.unparse(read)
                    self.refuse("not_a_float", f"returns {found}, expected a number", node)
                self.value(read)
            case other:
                self.value(other)

    def _stored_name(self, target: ast.expr) -> str:
        return target.id if isinstance(target, ast.Name) else ""

    def _store(self, target: ast.expr, *, needs_value: bool = False) -> None:
        """Checks the left side of an assignment; arguments are never written to."""
        root = target
        while isinstance(root, ast.Attribute | ast.Subscript | ast.Starred):
            root = root.value
        if isinstance(root, ast.Name) and root.id in self.scope.arguments:
            self.refuse("writes_argument", f"{ast.unparse(target)} is written to", target)
        if not isinstance(target, ast.Name):
            message = f"{ast.unparse(target)} is assigned to; expected one local name"
            self.refuse("forbidden_node", message, target)
        name = target.id
        if name.startswith("_"):
            self.refuse("forbidden_name", f"{name} begins with an underscore", target)
        if name in self.scope.reserved or name in self.scope.constants or name in ARGUMENTS:
            self.refuse("forbidden_name", f"{name} can't be assigned to", target)
        if not needs_value:
            self.assigned |= {name}

    def _if(self, node: ast.If) -> bool:
        self.value(node.test)
        before = self.assigned
        body_returns = self.block(node.body)
        after_body, self.assigned = self.assigned, before
        else_returns = self.block(node.orelse)
        if body_returns:
            return else_returns
        self.assigned = after_body if else_returns else after_body & self.assigned
        return False

    def _for(self, node: ast.For) -> None:
        if node.orelse:
            self.refuse("forbidden_node", "else after for is not in the language", node)
        runs, over_vector = self._iterated(node.iter)
        before = self.assigned
        self._store(node.target)
        name = self._stored_name(node.target)
        if name in self.loops:
            self.refuse("forbidden_name", f"{name} is the variable of a loop around this one", node)
        outer = self.loops, self.indices
        self.loops += (name,)
        if over_vector and name not in self.rebound:
            self.indices += (name,)
        if len(self.indices) > MAX_VECTOR_LOOPS:
            message = f"found {len(self.indices)} loops over resources in one another"
            self.refuse("too_large", f"{message}, expected at most {MAX_VECTOR_LOOPS}", node)
        self.block(node.body)
        self.loops, self.indices = outer
        self.assigned = self.assigned if runs else before

    def _iterated(self, node: ast.expr) -> tuple[bool, bool]:
        """Checks what a loop runs over: whether it runs at least once, whether over resources."""
        match node:
            case ast.Call(func=ast.Name(id="range"), args=[ast.Call(func=ast.Name(id="len"))]):
                self._plain(node)
                self.value(node.args[0])
                kind = self.length(node.args[0].args[0])  # type: ignore[attr-defined]
                return isinstance(kind, Vector), isinstance(kind, Vector)
            case ast.Call(func=ast.Name(id="range")):
                self._plain(node)
                return self._literal_range(node), False
            case ast.Name() | ast.Attribute():
                local = self.scope.array_form and isinstance(node, ast.Name)
                if isinstance(self.read(node), Array) or local:
                    return False, False
        message = "for runs over an array, range(len(array)) or a literal range"
        raise self.refusal("forbidden_node", f"{message}, found {ast.unparse(node)}", node)

    def _plain(self, node: ast.Call) -> None:
        if node.keywords or not node.args:
            self.refuse("forbidden_node", "range takes numbers", node)

    def _literal_range(self, node: ast.Call) -> bool:
        numbers = [literal(argument) for argument in node.args]
        whole = [n for n in numbers if isinstance(n, int)]
        if len(whole) != len(node.args) or not 1 <= len(whole) <= 3 or whole[2:] == [0]:
            message = "range takes len(array), or whole numbers written out"
            self.refuse("forbidden_node", f"{message}, found {ast.unparse(node)}", node)
        times = len(range(*whole))
        if times > MAX_RANGE:
            self.refuse("too_large", f"range of {times}, expected at most {MAX_RANGE}", node)
        return times > 0
