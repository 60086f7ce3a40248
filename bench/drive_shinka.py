"""shinka's loop without a head, run by `bench.rivals` in an environment that has it.

`python drive_shinka.py URL FOLDER CANDIDATES WORKERS` prints when each candidate was in its
database, in seconds, as its last line. No embeddings, no meta recommendations: no other calls.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from evaluator import FIRST
from shinka.core import EvolutionConfig, ShinkaEvolveRunner
from shinka.database import DatabaseConfig
from shinka.database.async_dbase import AsyncProgramDatabase
from shinka.launch import LocalJobConfig

url, folder, candidates, workers = sys.argv[1:]
began = time.monotonic()
times: list[float] = []
add = AsyncProgramDatabase.add_program_async


async def stamped(self: Any, program: Any, **others: Any) -> Any:
    """Add, and note when; generation 0 is the first program."""
    added = await add(self, program, **others)
    if added and program.generation > 0:
        times.append(time.monotonic() - began)
    return added


AsyncProgramDatabase.add_program_async = stamped
ShinkaEvolveRunner(
    evo_config=EvolutionConfig(
        patch_types=["full"],
        patch_type_probs=[1.0],
        num_generations=int(candidates) + 1,
        llm_models=[f"local/stub@{url}"],
        llm_dynamic_selection=None,
        meta_rec_interval=None,
        embedding_model=None,
        results_dir=folder,
    ),
    job_config=LocalJobConfig(eval_program_path=str(Path(__file__).with_name("evaluator.py"))),
    db_config=DatabaseConfig(db_path=f"{folder}/programs.sqlite"),
    banner_style="minimal",
    verbose=False,
    max_evaluation_jobs=int(workers),
    init_program_str=FIRST,
).run()
print(json.dumps(times))
