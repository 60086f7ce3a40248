"""The embedded mutator in a model's place: it reads parents out of a prompt and changes them.

So everything that a search with models does can be rehearsed without cost, and other frameworks be
driven by the same proposer. Answers depend on the prompt and the seed alone.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re

import numpy as np

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
RESOURCE = re.compile(r"\b(?:required|free|total)\.([a-z]\w*)\b|`\.([a-z]\w*)`")


def parents_in(prompt: str) -> list[Program]:
    """The heuristics that stand in a prompt, each once."""
    found: dict[str, Program] = {}
    for block in FENCE.findall(prompt):
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


def answer(prompt: str, seed: int = 0) -> str:
    """A program in a fence; a verdict, where one is asked for; else a sentence or two."""
    digest = hashlib.sha256(f"{SEEDED}:{seed}:{prompt}".encode()).digest()
    random = np.random.default_rng(list(digest))
    parents = parents_in(prompt)
    if '"verdict"' in prompt:  # a judge that has no opinion of its own
        quoted = ast.unparse(parents[0].body[-1]).splitlines()[0] if parents else ""
        return json.dumps({"verdict": "held", "quotation": quoted})
    if "def score" not in prompt:
        sentences = re.findall(r"[A-Z][^.:\n]{20,200}\.", prompt)
        some = random.permutation(len(sentences))[:2]
        return " ".join(sentences[k] for k in sorted(some)) or "Weigh what is scarce."
    seen = Seen(resources_in(prompt), departures="task.lifetime" in prompt)
    known = {identity(write(parent)) for parent in parents}
    names, shares = list(OPERATORS), np.array([share for _, share in OPERATORS.values()])
    source = ""
    for _ in range(TRIES if parents else 0):
        name = str(random.choice(names, p=shares / shares.sum()))
        pair = [parents[int(k)] for k in random.integers(min(len(parents), 2), size=2)]
        changed = OPERATORS[name][0](pair, seen, random)
        if changed is not None:
            source = write(simplified(changed))
            if identity(source) not in known:
                break
    source = source or out_of_nothing(seen, random)
    return f"A mutant of {'the parent' if parents else 'nothing'}.\n\n```python\n{source}```\n"
