"""A page over many result folders: what it takes, and how large it is.

One comparison of a small cell is run, and told 200 times over at as many loads.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import report
from bench.measure import Effort, Row, processor_seconds
from unstrand import main

FOLDERS = 200
TARGET_S, TARGET_MB = 10.0, 8.0
WORDS = ("heuristics=[fgd,cosine]", "trace.machines=20", "trace.tasks=300", "hours=3", "seeds=4")


def rows(effort: Effort) -> Iterator[Row]:
    count = effort.some(FOLDERS)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            code = main.main(["compare", *WORDS, f"out={home / 'one'}"])
        assert code == 0
        said = json.loads((home / "one" / "summary.json").read_text(encoding="utf-8"))
        folders = [home / f"{number:03}" for number in range(count)]
        for number, folder in enumerate(folders):
            shutil.copytree(home / "one", folder)
            for result in said["results"]:
                result["load"] = 0.5 + number / count
            (folder / "summary.json").write_text(json.dumps(said), encoding="utf-8")
        taken = processor_seconds(lambda: report.build(folders, home / "page"), effort.repeats)
        yield Row("report", f"a page of {count} comparisons", "s", taken, target=TARGET_S)
        size = (home / "page" / "report.html").stat().st_size / 1e6
        yield Row("report", "its size", "MB", size, target=TARGET_MB)
