"""A unit in trace.json is one that amounts can be whole multiples of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import traces


@pytest.mark.parametrize(
    ("resource", "unit", "good"),
    [
        ("cpu", 1.0, True),
        ("cpu", 0.5, True),
        ("cpu", 0.001, True),
        ("cpu", 2.0, False),
        ("cpu", 0.4, False),
        ("cpu", 0.003, False),
        ("gpu", 0.01, True),
        ("gpu", 1e-6, False),
    ],
)
def test_a_unit_is_one_over_a_whole_number(
    tmp_path: Path, resource: str, unit: float, good: bool
) -> None:
    (tmp_path / "machines.csv").write_text("id,cpu,gpu\nm,8,2\n")
    (tmp_path / "tasks.csv").write_text("id,submit,lifetime,cpu,gpu\na,0,60,4,1\n")
    (tmp_path / "trace.json").write_text(json.dumps({"units": {resource: unit}}))
    if good:
        assert traces.read(tmp_path).units[resource] == unit
    else:
        with pytest.raises(traces.TraceError, match=f"units.{resource}: found .*one over a whole"):
            traces.read(tmp_path)
