"""From a model's answer to a heuristic: forgiving of prose, strict about the function.

An answer holds one whole function `score`, in a fence or not; or edits of the parent, each a text
to search for and what takes its place (AlphaEvolve's SEARCH/REPLACE blocks).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

import heuristics
from heuristics import HeuristicError
from heuristics.source import tree_of
from heuristics.tree import read, write

MOST_CHARACTERS = 64 * 1024  # of an answer that is looked at
MOST_SAID = 500  # characters of what is said of one, which may quote it
THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.S | re.I)
FENCE = re.compile(r"^[ \t]*```[^\n]*\n(.*?)(?:^[ \t]*```|\Z)", re.S | re.M)
BEGINS, TURNS, ENDS = (
    re.compile(mark)
    for mark in (r"<{5,9} ?SEARCH[ \t]*", r"={5,9}[ \t]*", r">{5,9} ?REPLACE[ \t]*")
)
"""Lines of an edit."""
FUNCTION = re.compile(r"^(?:async )?def +(\w+)", re.M)
TOP = re.compile(r"^(import |from |def |TIES\b|#|\"\"\"|''')")


class AnswerError(ValueError):
    """An answer that is no heuristic: a reason of the closed list, what was found and expected.

    source: what was taken for the program, as far as one was found.
    """

    def __init__(self, reason: str, message: str, source: str = "") -> None:
        message = message if len(message) <= MOST_SAID else message[: MOST_SAID - 1] + "…"
        super().__init__(message)
        self.reason, self.message, self.source = reason, message, source


def heuristic_in(text: str, parents: Sequence[str] = ()) -> str:
    """The source of the heuristic that an answer holds, written plainly, docstring kept.

    parents: what the answer may edit, the first that has the text.

    Raises:
        AnswerError: no function, several, another, or one that is not in the language.
    """
    if len(text) > MOST_CHARACTERS:
        said = f"found an answer of {len(text):,} characters, expected at most {MOST_CHARACTERS:,}"
        raise AnswerError("too_large", said)
    text = THOUGHT.sub("", text.replace("\r\n", "\n"))
    edits = edits_in(text)
    source = _edited(edits, parents) if edits else _written(text)
    try:
        found = heuristics.parse(source, filename="answer.py", name="answer")
    except HeuristicError as error:
        raise AnswerError(error.reason, str(error), source) from None
    if found.form != "score":
        said = "found the array form, scores; expected one function score"
        raise AnswerError("forbidden_name", said, source)
    doc = _docstring(source)
    return (f'"""{doc}"""\n\n' if doc else "") + write(read(found))


def _docstring(source: str) -> str:
    """What a file says of itself, in its own words or its function's."""
    tree = tree_of(source)
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef))
    said = ast.get_docstring(function) or ast.get_docstring(tree) or ""
    # An escape in it may be of what is no text, and it is shown in prompts, within fences.
    shown = "".join(c if c.isprintable() or c == "\n" else " " for c in said.expandtabs(4))
    plain = shown.replace("\\", "/").replace('"""', "'''").replace("```", "'''").strip()
    return plain + " " if plain.endswith('"') else plain


def _written(text: str) -> str:
    """The one program in prose."""
    blocks = [block for block in FENCE.findall(text) if FUNCTION.search(block)]
    if not blocks:
        plain = _plain(text)
        blocks = [plain] if plain else []
    if not blocks:
        raise AnswerError("syntax", "found no function in the answer, expected one, def score(…)")
    scoring = [block for block in blocks if "score" in FUNCTION.findall(block)]
    if not scoring:
        name = FUNCTION.findall(blocks[0])[0]
        raise AnswerError("forbidden_name", f"found the function {name}, expected score", blocks[0])
    different: list[str] = list(dict.fromkeys(block.strip() for block in scoring))
    if len(different) > 1:
        said = f"found {len(different)} functions score in the answer, expected one"
        raise AnswerError("forbidden_node", said, different[-1])
    return different[0] + "\n"


def _plain(text: str) -> str:
    """A program that stands in prose without a fence: from its first line to its last."""
    lines = text.split("\n")
    starts = [n for n, line in enumerate(lines) if TOP.match(line) and line[0] not in "#\"'"]
    if not starts or not FUNCTION.search(text):
        return ""
    taken = []
    for line in lines[starts[0] :]:
        if line.strip() and not line[0].isspace() and not TOP.match(line) and line[0] not in ")]":
            break
        taken.append(line)
    return "\n".join(taken).strip() + "\n"


def edits_in(text: str) -> list[tuple[str, str]]:
    """The SEARCH/REPLACE blocks of an answer: what stands there, and what takes its place."""
    edits: list[tuple[str, str]] = []
    old: list[str] = []
    new: list[str] = []
    part: list[str] | None = None  # where a line belongs, None outside
    for line in text.split("\n"):
        if part is None:
            if BEGINS.fullmatch(line):
                old, new = [], []
                part = old
        elif part is old and TURNS.fullmatch(line):
            part = new
        elif part is new and ENDS.fullmatch(line):
            edits.append(("\n".join(old), "\n".join(new)))
            part = None
        else:
            part.append(line)
    return edits


def _edited(edits: Sequence[tuple[str, str]], parents: Sequence[str]) -> str:
    """A parent with all edits made, each where its text stands, which must be once."""
    if not parents:
        raise AnswerError("syntax", "found edits, expected a whole function: there is no parent")
    counts = [parent.count(edits[0][0].rstrip("\n")) for parent in parents]
    source = parents[next((n for n, count in enumerate(counts) if count), 0)]
    for number, (old, new) in enumerate(edits, start=1):
        old, new = old.rstrip("\n"), new.rstrip("\n")
        found = source.count(old) if old.strip() else 0
        if found != 1:
            said = (
                f"edit {number}: found its SEARCH text {found} times in the parent, expected once"
            )
            raise AnswerError("syntax", said, source)
        source = source.replace(old, new)
    return source
