"""openevolve's loop without a head, run by `bench.rivals` in an environment that has it.

`python drive_openevolve.py TASK` prints when each candidate was in its database, in seconds, and
its score, as its last line.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from openevolve import OpenEvolve
from openevolve.config import Config, LLMConfig, LLMModelConfig
from openevolve.database import ProgramDatabase
from task import Task

task = Task.read(sys.argv[1])
began = time.monotonic()
taken: list[tuple[float, float]] = []
add = ProgramDatabase.add


def stamped(self: Any, program: Any, iteration: int | None = None, **others: Any) -> Any:
    """Add, and note when; without an iteration it is the first, or a copy that migrates."""
    done = add(self, program, iteration=iteration, **others)
    if iteration is not None:
        taken.append((time.monotonic() - began, program.metrics["combined_score"]))
    return done


ProgramDatabase.add = stamped
first = Path(task.folder) / "first.py"
first.write_text(task.first, encoding="utf-8")
config = Config(
    llm=LLMConfig(api_base=task.url, api_key="none", models=[LLMModelConfig(name="stub")]),
    language="python",
    log_level="WARNING",
    diff_based_evolution=False,
    random_seed=task.seed,
)
config.database.random_seed = task.seed
if task.message:
    config.prompt.system_message = task.message
config.evaluator.parallel_evaluations = task.workers
config.evaluator.cascade_evaluation = False
loop = OpenEvolve(
    initial_program_path=str(first),
    evaluation_file=str(Path(__file__).with_name(task.evaluator)),
    config=config,
    output_dir=task.folder,
)
asyncio.run(loop.run(iterations=task.candidates))
print(json.dumps(taken))
