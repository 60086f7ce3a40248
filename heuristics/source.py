"""From the bytes of a heuristic's file to a syntax tree of bounded size."""

from __future__ import annotations

import ast
import io
import re
import threading
import tokenize
import warnings

from heuristics.heuristic import HeuristicError
from heuristics.vocabulary import MAX_BYTES, MAX_DEPTH, MAX_NODES, MAX_NUMBER

_HIDING = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Marks that are not seen or that turn the direction of text (Trojan Source, CVE-2021-42574)."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_READING = threading.RLock()
_COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.ASCII)


def text(source: str | bytes, filename: str) -> str:
    """The file as text, once it is known to be short, UTF-8, and to hide nothing.

    Raises:
        HeuristicError: ``too_large`` over `MAX_BYTES`; ``syntax`` for a null byte, another control
            character, bytes that are not UTF-8, another declared encoding, or an invisible or
            direction-turning mark.
    """
    raw = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
    if len(raw) > MAX_BYTES:
        raise HeuristicError("too_large", f"longer than {MAX_BYTES} bytes", file=filename)
    try:
        decoded = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise HeuristicError(
            "syntax",
            f"byte 0x{raw[error.start]:02x} at {error.start} is not UTF-8",
            file=filename,
            line=line,
        ) from None
    for pattern, what in ((_CONTROL, "control character"), (_HIDING, "hidden character")):
        if found := pattern.search(decoded):
            raise HeuristicError(
                "syntax",
                f"found the {what} U+{ord(found.group()):04X}",
                file=filename,
                line=decoded.count("\n", 0, found.start()) + 1,
            )
    for number, line_text in enumerate(decoded.split("\n")[:2], start=1):
        cookie = _COOKIE.match(line_text)
        if cookie and cookie.group(1).lower() not in ("utf-8", "utf8", "utf_8"):
            raise HeuristicError(
                "syntax",
                f"found the encoding {cookie.group(1)}, expected UTF-8",
                file=filename,
                line=number,
            )
    return decoded


def tree_of(text: str, filename: str = "<unknown>") -> ast.Module:
    """The syntax tree of a text of ours, or that was checked; one thread at a time reads.

    (CPython 3.11 counts the depth of the trees that all threads read in one place, and raises
    SystemError where two meet there: gh-106905.)
    """
    with _READING:
        return ast.parse(text, filename=filename)


def parse(decoded: str, filename: str) -> ast.Module:
    """The syntax tree of ``decoded``.

    Raises:
        HeuristicError: ``syntax`` where Python can't read it; ``too_large`` where it is nested so
            deep that Python's parser gives up.
    """
    try:
        with _READING, warnings.catch_warnings():  # what is shown is the process's too
            warnings.simplefilter("ignore")
            return tree_of(decoded, filename=filename)
    except (RecursionError, MemoryError):
        raise HeuristicError("too_large", "nested too deep to be read", file=filename) from None
    except SyntaxError as error:
        deep = "too many" in str(error.msg)
        raise HeuristicError(
            "too_large" if deep else "syntax",
            str(error.msg).rstrip("."),
            file=filename,
            line=error.lineno,
        ) from None
    except ValueError as error:
        raise HeuristicError("syntax", str(error), file=filename) from None


def plain_names(decoded: str, filename: str) -> None:
    """Checks that every name is written in ASCII.

    Python folds look-alikes (NFKC) while it reads, so that the tree no longer shows them.

    Raises:
        HeuristicError: ``forbidden_name``.
    """
    if decoded.isascii():
        return
    plain = re.sub(r"\r\n?", "\n", decoded)  # as Python's parser ends lines, and tokenize does not
    try:
        for token in tokenize.generate_tokens(io.StringIO(plain).readline):
            text = token.type in (tokenize.COMMENT, tokenize.STRING)
            if not text and not token.string.isascii():
                raise HeuristicError(
                    "forbidden_name",
                    f"the name {token.string!a} is not written in ASCII",
                    file=filename,
                    line=token.start[0],
                )
    except (tokenize.TokenError, SyntaxError) as error:
        raise HeuristicError("syntax", str(error), file=filename) from None


def is_docstring(node: ast.AST) -> bool:
    """Whether ``node`` is a bare string, which does nothing when it runs."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def measure(tree: ast.Module) -> tuple[int, int, int]:
    """Nodes, depth, and the line of the deepest node.

    Nodes are statements and expressions; operators, contexts and docstrings are not counted. The
    function's own statements are at depth 1, what stands in them one deeper each; an ``elif``
    stands at the depth of its ``if``.
    """
    nodes, deepest, line = 0, 0, 1
    stack: list[tuple[ast.AST, int]] = [(tree, -1)]
    while stack:
        node, depth = stack.pop()
        if is_docstring(node):
            continue
        if isinstance(node, (ast.stmt, ast.expr)):
            nodes += 1
            if depth > deepest:
                deepest, line = depth, node.lineno
        counted = isinstance(node, (ast.stmt, ast.expr, ast.Module))
        for child in ast.iter_child_nodes(node):
            is_elif = (
                isinstance(node, ast.If)
                and len(node.orelse) == 1
                and child is node.orelse[0]
                and isinstance(child, ast.If)
            )
            stack.append((child, depth if is_elif or not counted else depth + 1))
    return nodes, deepest, line


def bounded(tree: ast.Module, filename: str) -> None:
    """Checks `measure` against `MAX_NODES` and `MAX_DEPTH`, and numbers against `MAX_NUMBER`.

    Raises:
        HeuristicError: ``too_large``.
    """
    nodes, depth, line = measure(tree)
    if nodes > MAX_NODES:
        raise HeuristicError(
            "too_large", f"found {nodes} nodes, expected at most {MAX_NODES}", file=filename
        )
    if depth > MAX_DEPTH:
        raise HeuristicError(
            "too_large",
            f"nested {depth} deep, expected at most {MAX_DEPTH}",
            file=filename,
            line=line,
        )
    for found in ast.walk(tree):
        value = found.value if isinstance(found, ast.Constant) else 0
        if isinstance(value, int | float) and not abs(value) <= MAX_NUMBER:
            raise HeuristicError(
                "too_large",
                f"found a number over {MAX_NUMBER:g}",
                file=filename,
                line=getattr(found, "lineno", None),
            )
