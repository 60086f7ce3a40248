"""openevolve's loop without a head, run by `bench.rivals` in an environment that has it.

`python drive_openevolve.py URL FOLDER CANDIDATES WORKERS` prints when each candidate was in its
database, in seconds, as its last line.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from evaluator import FIRST
from openevolve import OpenEvolve
from openevolve.config import Config, LLMConfig, LLMModelConfig
from openevolve.database import ProgramDatabase

url, folder, candidates, workers = sys.argv[1:]
began = time.monotonic()
times: list[float] = []
add = ProgramDatabase.add


def stamped(self: Any, program: Any, iteration: int | None = None, **others: Any) -> Any:
    """Add, and note when; without an iteration it is the first, or a copy that migrates."""
    done = add(self, program, iteration=iteration, **others)
    if iteration is not None:
        times.append(time.monotonic() - began)
    return done


ProgramDatabase.add = stamped
first = Path(folder) / "first.py"
first.write_text(FIRST, encoding="utf-8")
config = Config(
    llm=LLMConfig(api_base=url, api_key="none", models=[LLMModelConfig(name="stub")]),
    language="python",
    log_level="WARNING",
    diff_based_evolution=False,
)
config.evaluator.parallel_evaluations = int(workers)
config.evaluator.cascade_evaluation = False
loop = OpenEvolve(
    initial_program_path=str(first),
    evaluation_file=str(Path(__file__).with_name("evaluator.py")),
    config=config,
    output_dir=folder,
)
asyncio.run(loop.run(iterations=int(candidates)))
print(json.dumps(times))
