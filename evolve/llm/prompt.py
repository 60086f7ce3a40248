"""Facts through templates: the conversation that a model is asked with.

`conf/prompt/` has a template a section, readable by itself; a folder of one's own may hold others
by the same names. Where a prompt is too long for the model, sections are left out in the order of
`CUT`, one after the other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from evolve.llm.endpoint import Message

SECTIONS = (
    "problem",
    "arguments",
    "budget",
    "parents",
    "stranding",
    "changes",
    "inspirations",
    "rejections",
    "task",
)
CUT = ("inspirations", "changes", "rejections", "stranding")
"""Which sections go first where a prompt is too long; what is left then can't be cut."""


@dataclass(frozen=True)
class Templates:
    """The templates of some folders, the first that has one by its name."""

    folders: tuple[Path, ...]

    def rendered(self, name: str, facts: Mapping[str, Any]) -> str:
        """One template."""
        template = _environment(self.folders).get_template(f"{name}.md.j2")
        text: str = template.render(**facts)
        return text.strip()

    def conversation(self, facts: Mapping[str, Any], cut: int = 0) -> list[Message]:
        """System and user. cut: how many sections are left out."""
        left_out = CUT[:cut]
        parts = [self.rendered(name, facts) for name in SECTIONS if name not in left_out]
        return [
            {"role": "system", "content": self.rendered("system", facts)},
            {"role": "user", "content": "\n\n".join(part for part in parts if part)},
        ]


@cache
def _environment(folders: tuple[Path, ...]) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([str(folder) for folder in folders]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.filters["amounts"] = amounts
    return environment


def amounts(request: Mapping[str, float]) -> str:
    """``cpu 8, mem 32, gpu 0.25``."""
    return ", ".join(f"{name} {value:g}" for name, value in request.items()) or "nothing"


def mark(messages: Sequence[Message]) -> str:
    """A hash of a conversation."""
    text = json.dumps([dict(one) for one in messages], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
