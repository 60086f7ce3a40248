"""The evaluator of `bench.loops`, one for all loops: a number from a program's text, at once.

openevolve calls `evaluate`; shinka runs the file, which writes two files into a folder. It imports
nothing of ours, since it runs in their environments too.
"""

from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path

FIRST = "# EVOLVE-BLOCK-START\nVALUE = 0\n# EVOLVE-BLOCK-END\n"
"""A program to begin with; `bench.stub` answers with others."""


def value(text: str) -> float:
    """A number of [0, 1) that tells a text from others."""
    return zlib.crc32(text.encode()) / 2**32


def evaluate(program_path: str) -> dict[str, float]:
    """The value of a file."""
    return {"combined_score": value(Path(program_path).read_text(encoding="utf-8"))}


if __name__ == "__main__":
    given = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
    place = Path(given["--results_dir"])
    metrics = evaluate(given["--program_path"])
    (place / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    (place / "correct.json").write_text('{"correct": true}', encoding="utf-8")
