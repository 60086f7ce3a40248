"""The cell compiled, from nothing: what a first run on a machine takes, and what all of it does."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from unittest.mock import patch

from bench.measure import Effort, Row, child_answer

TARGET = 60.0
OF_A_RUN = "main.main(['replay', 'heuristic=first_fit', 'machines=20', 'hours=1', 'out={out}'])"
CASES = {
    "what a first replay needs": ("from unstrand import main", OF_A_RUN),
    "all that any run enters": ("from sim import loading", "loading.load_all()"),
}
PROGRAM = "import time; {imports}; began = time.process_time(); {does}; print(); print({spent})"


def rows(effort: Effort) -> Iterator[Row]:
    for what, (imports, does) in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            program = PROGRAM.format(
                imports=imports,
                does=does.format(out=f"{folder}/out"),
                spent="time.process_time() - began",
            )
            with patch.dict(os.environ, {"NUMBA_CACHE_DIR": f"{folder}/cache"}):
                seconds = float(child_answer(["-c", program]))
        target = TARGET if does == OF_A_RUN else None
        yield Row("compile", what, "s", seconds, target=target, note="once, no cache")
