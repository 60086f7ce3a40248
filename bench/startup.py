"""Start-up of the command, warm: the whole process, from its start to its end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from bench.measure import Effort, Row, child_seconds

TARGET = 1.5


def rows(effort: Effort) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:

        def tiny(k: int) -> list[str]:
            size = ["heuristic=first_fit", "machines=20", "hours=1"]
            return ["-m", "unstrand", "replay", *size, f"out={folder}/{k}"]

        cases = {"unstrand --help": lambda _: ["-m", "unstrand", "--help"], "a tiny replay": tiny}
        for what, arguments in cases.items():
            seconds = child_seconds(arguments, max(effort.repeats, 3))
            yield Row("start-up", what, "s", seconds, target=TARGET, note="wall time")
