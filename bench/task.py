"""What another loop is run for: its driver's one argument is a file of this, in JSON.

It imports nothing, since drivers read it in environments that are not ours.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Task:
    """url: the model's endpoint; folder: for what the loop leaves; message: what the system says.

    evaluator: a file beside the driver; first: the text of the program that it starts from.
    """

    url: str
    folder: str
    candidates: int
    workers: int
    evaluator: str
    first: str
    message: str = ""
    seed: int = 0

    def write(self, path: Path) -> None:
        """For a driver to read."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: str) -> Task:
        """What `write` wrote."""
        return cls(**json.loads(Path(path).read_text(encoding="utf-8")))
