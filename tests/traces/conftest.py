"""Where the real files are, and a small trace written by hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

MACHINES = """\
id,cpu,mem,gpu,model
m0,8,64,2,T4
m1,16,32,0,
m2,4,128,1,A10
"""
TASKS = """\
id,job,submit,lifetime,cpu,mem,gpu,priority,models,max_per_machine,alive_at_start,machine
a,j0,0,10,1,2,0.5,0,T4|A10,,false,m0
b,j0,1.5,,2,4,2,3,T4,1,false,
c,j1,-5,20,16,0.5,0,-1,,2,true,m1
"""


@pytest.fixture
def canonical(tmp_path: Path) -> Callable[[Mapping[str, str | bytes | None]], Path]:
    """Writes the hand-made folder, some of its files replaced or (None) left out."""

    def write(files: Mapping[str, str | bytes | None] = {}) -> Path:
        folder = tmp_path / "trace"
        folder.mkdir()
        for name, content in {"machines.csv": MACHINES, "tasks.csv": TASKS, **files}.items():
            if content is not None:
                data = content.encode() if isinstance(content, str) else content
                (folder / name).write_bytes(data)
        return folder

    return write


@pytest.fixture
def real_data() -> Path:
    """The folder of real traces; the test is skipped where there is none."""
    root = Path(__file__).parents[2]
    for folder in (os.environ.get("UNSTRAND_DATA"), root.parent / "shared" / "traces"):
        if folder and Path(folder).is_dir():
            return Path(folder)
    pytest.skip("no real traces in $UNSTRAND_DATA or ../shared/traces")


@pytest.fixture
def real_file(real_data: Path) -> Callable[[str], Path]:
    """A real file by its path in the folder; the test is skipped where it isn't there."""

    def find(name: str) -> Path:
        if not (real_data / name).exists():
            pytest.skip(f"no {name} in {real_data}")
        return real_data / name

    return find
