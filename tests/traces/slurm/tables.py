"""Tables as sacct and scontrol print them, written after Slurm's documentation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import traces

HERE = Path(__file__).parent
# One trap a line; what each becomes is in test_jobs.py.
JOBS = (HERE / "jobs.txt").read_text()
NODES = (HERE / "nodes.txt").read_text()
HEAD = "JobID|Submit|Start|End|State|ReqCPUS|ReqMem|ReqTRES|NNodes|Partition"

Load = Callable[..., traces.Trace]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads the trace of two texts, of jobs and of nodes (None: without nodes)."""

    def loaded(jobs: str = JOBS, nodes: str | None = NODES, **options: object) -> traces.Trace:
        (tmp_path / "jobs.txt").write_text(jobs)
        if nodes is not None:
            (tmp_path / "nodes.txt").write_text(nodes)
            options["nodes"] = tmp_path / "nodes.txt"
        return traces.load("slurm", tasks=tmp_path / "jobs.txt", **options)

    return loaded
