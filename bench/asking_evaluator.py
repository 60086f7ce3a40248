"""The evaluator of `bench.frameworks` for other loops: it asks `bench.scores` at $SCORES.

openevolve calls `evaluate`; shinka runs the file, which writes two files into a folder. It imports
nothing of ours, since it runs in their environments.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from urllib.request import urlopen

REJECTED = -1000.0
"""What stands for a program that has no score; no score is so low."""


def evaluate(program_path: str) -> dict[str, float]:
    """The score of a file's program."""
    source = Path(program_path).read_bytes()
    with urlopen(os.environ["SCORES"], data=source, timeout=600) as answer:
        return {"combined_score": float(json.load(answer))}


if __name__ == "__main__":
    given = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
    place = Path(given["--results_dir"])
    metrics = evaluate(given["--program_path"])
    (place / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    correct = metrics["combined_score"] > REJECTED
    (place / "correct.json").write_text(json.dumps({"correct": correct}), encoding="utf-8")
