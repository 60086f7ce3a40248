"""Start-up of the command, warm: the whole process, from its start to its end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from bench.measure import Effort, Row, child_seconds

TARGET = 1.5


def rows(effort: Effort) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        tiny = ["replay", "heuristic=first_fit", "machines=20", "hours=1", f"out={folder}/tiny"]
        for what, arguments in (("unstrand --help", ["--help"]), ("a tiny replay", tiny)):
            seconds = child_seconds(["-m", "unstrand", *arguments], effort.repeats)
            yield Row("start-up", what, "s", seconds, target=TARGET, note="wall time")
