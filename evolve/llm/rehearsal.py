"""The embedded mutator in a model's place: it reads parents out of a prompt and changes them.

So everything that a search with models does can be rehearsed without cost, and other frameworks be
driven by the same proposer. It heeds a prompt's task as far as words go: those of `HEEDED` make a
change likelier. Answers depend on the prompt, the seed and the turn alone.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re

import numpy as np
from numpy.typing import NDArray

import heuristics
from evolve.embedded.mutator import out_of_nothing
from evolve.embedded.operators import OPERATORS
from evolve.embedded.terms import Seen
from evolve.llm.answer import FENCE
from heuristics import HeuristicError
from heuristics.simplify import simplified
from heuristics.tree import Program, identity, read, write

SEEDED = 0x5E12
TRIES = 30
HEEDED = {
    "shift_constant": "constant|ratio|tuned|scale",
    "add_term": "weigh|scarce|term|shape",
    "combine": "both parents|strengths|combin",
    "exchange": "both parents|strengths|combin",
    "order": "first the|then a|order|discrete",
    "break_ties": "tie",
    "replace_expression": "another idea|only there|change",
    "wrap_expression": "smooth|step|round",
    "drop_expression": "shorter|simpl|leave out|earn",
    "swap_operator": "mend|fix",
}
"""What of a task makes which operator likelier."""
LONG = re.compile(r"\d*\.\d{3,}|[1-9]\d{3,}")  # a constant of more digits than one would choose
LIKELIER = 4.0
CURRENT = re.compile(r"^#+ current program", re.I | re.M)
LISTED = re.compile(r"^- .*?: (.*)$", re.M)
RESOURCE = re.compile(r"\b(?:required|free|total)\.([a-z]\w*)\b|`\.([a-z]\w*)`")


def parents_in(prompt: str) -> list[Program]:
    """The heuristics that stand in a prompt, each once; first those called current."""
    found: dict[str, Program] = {}
    before, *current = CURRENT.split(prompt)
    for block in (block for part in (*current, before) for block in FENCE.findall(part)):
        try:
            heuristic = heuristics.parse(block, filename="prompt.py", name="prompt")
        except HeuristicError:
            continue
        if heuristic.form == "score":
            program = read(heuristic)
            found.setdefault(identity(write(program)), program)
    return list(found.values())


def resources_in(prompt: str) -> tuple[str, ...]:
    """The resources that a prompt names."""
    named = {one or other for one, other in RESOURCE.findall(prompt)}
    known = [name for name in ("cpu", "mem", "gpu") if name in named]
    return (*known, *sorted(named - {*known})) or ("cpu", "mem")


def shares_for(prompt: str) -> NDArray[np.float64]:
    """How likely each operator is, (operators,), by the words of the prompt's task."""
    task = prompt.rpartition("# Task")[2].lower()
    shares = [
        share * (LIKELIER if re.search(HEEDED[name], task) else 1.0)
        for name, (_, share) in OPERATORS.items()
    ]
    return np.array(shares) / sum(shares)


def verdict(prompt: str, parents: list[Program]) -> str:
    """What a judge that only reads finds: long constants and models are named, the rest is held."""
    lines = [line for one in parents for line in ast.unparse(ast.Module(one.body, [])).splitlines()]
    said, suspect = "held", ""
    if "onstants" in prompt:
        suspect = next((line for line in lines if LONG.search(line)), "")
    elif "model's number" in prompt:
        suspect = next((line for line in lines if "machine.model" in line), "")
    if suspect:
        said = "broken"
    return json.dumps({"verdict": said, "quotation": suspect or (lines[-1] if lines else "")})


def answer(prompt: str, seed: int = 0, turn: int = 0) -> str:
    """A program in a fence; a verdict, where one is asked for; else a sentence or two."""
    salt = f"{seed}.{turn}" if turn else str(seed)
    digest = hashlib.sha256(f"{SEEDED}:{salt}:{prompt}".encode()).digest()
    random = np.random.default_rng(list(digest))
    parents = parents_in(prompt)
    if '"verdict"' in prompt:
        return verdict(prompt, parents)
    if "def score" not in prompt:
        told = "\n".join(LISTED.findall(prompt)) or prompt
        sentences = re.findall(r"[A-Z][^.:\n]{20,200}\.", told)
        some = random.permutation(len(sentences))[:2]
        return " ".join(sentences[k] for k in sorted(some)) or "Weigh what is scarce."
    seen = Seen(resources_in(prompt), departures="task.lifetime" in prompt)
    known = {identity(write(parent)) for parent in parents}
    names, shares = list(OPERATORS), shares_for(prompt)
    source = ""
    for _ in range(TRIES if parents else 0):
        name = str(random.choice(names, p=shares))
        pair = [parents[int(k)] for k in random.integers(min(len(parents), 2), size=2)]
        changed = OPERATORS[name][0](pair, seen, random)
        if changed is not None:
            source = write(simplified(changed))
            if identity(source) not in known:
                break
    source = source or out_of_nothing(seen, random)
    return f"A mutant of {'the parent' if parents else 'nothing'}.\n\n```python\n{source}```\n"
