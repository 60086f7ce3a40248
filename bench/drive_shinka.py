"""shinka's loop without a head, run by `bench.rivals` in an environment that has it.

`python drive_shinka.py TASK` prints when each candidate was in its database, in seconds, and its
score, as its last line. No embeddings, no meta recommendations: no other calls.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from shinka.core import EvolutionConfig, ShinkaEvolveRunner
from shinka.database import DatabaseConfig
from shinka.database.async_dbase import AsyncProgramDatabase
from shinka.launch import LocalJobConfig
from task import Task

task = Task.read(sys.argv[1])
began = time.monotonic()
taken: list[tuple[float, float]] = []
add = AsyncProgramDatabase.add_program_async


async def stamped(self: Any, program: Any, **others: Any) -> Any:
    """Add, and note when; generation 0 is the first program."""
    added = await add(self, program, **others)
    if added and program.generation > 0:
        taken.append((time.monotonic() - began, program.combined_score))
    return added


AsyncProgramDatabase.add_program_async = stamped
told = {"task_sys_msg": task.message} if task.message else {}
ShinkaEvolveRunner(
    evo_config=EvolutionConfig(
        patch_types=["full"],
        patch_type_probs=[1.0],
        num_generations=task.candidates + 1,
        llm_models=[f"local/stub@{task.url}"],
        llm_dynamic_selection=None,
        meta_rec_interval=None,
        embedding_model=None,
        results_dir=task.folder,
        **told,
    ),
    job_config=LocalJobConfig(eval_program_path=str(Path(__file__).with_name(task.evaluator))),
    db_config=DatabaseConfig(db_path=f"{task.folder}/programs.sqlite"),
    banner_style="minimal",
    verbose=False,
    max_evaluation_jobs=task.workers,
    init_program_str=task.first,
).run()
print(json.dumps(taken))
