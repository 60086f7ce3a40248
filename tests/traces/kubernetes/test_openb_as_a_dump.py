"""openb's 1,213 nodes as a Kubernetes cluster: exported, read again, and the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

import heuristics
import sim
import traces
from tests.traces.kubernetes.objects import Object

CARD = "alibabacloud.com/gpu-card-model"
START = datetime(2024, 1, 1, tzinfo=UTC)


def placed(tasks: pl.DataFrame, machines: pl.DataFrame) -> list[str | None]:
    """A machine for each task, the first that fits, by the plainest bookkeeping."""
    cpu, mem = machines["cpu"].to_numpy().copy(), machines["mem"].to_numpy().copy()
    shares = np.zeros((machines.height, 8))
    for number, gpus in enumerate(machines["gpu"].to_list()):
        shares[number, : int(gpus)] = 1.0
    models, names = machines["model"].to_numpy(), machines["id"].to_list()
    chosen: list[str | None] = []
    for task in tasks.iter_rows(named=True):
        fits = (cpu >= task["cpu"]) & (mem >= task["mem"])
        if task["models"]:
            fits &= np.isin(models, task["models"].split("|"))
        whole, share = int(task["gpu"]), task["gpu"] % 1
        fits &= (shares == 1).sum(axis=1) >= whole
        fits &= shares.max(axis=1) >= share - 1e-9
        if not fits.any():
            chosen.append(None)
            continue
        at = int(fits.argmax())
        cpu[at], mem[at] = cpu[at] - task["cpu"], mem[at] - task["mem"]
        shares[at, np.flatnonzero(shares[at] == 1)[:whole]] = 0
        if share:
            shares[at, np.flatnonzero(shares[at] >= share - 1e-9)[0]] -= share
        chosen.append(names[at])
    return chosen


def snapshot(pods: str, folder: Path, data: Path) -> traces.Trace:
    """Those of a list's pods that the cell holds at once, as a canonical trace of one moment."""
    trace = traces.load("openb", path=data / "openb", tasks=f"openb_pod_list_{pods}.csv")
    tasks, machines = trace.tasks.collect(), trace.machines.collect()
    moment = tasks["submit"].max()
    tasks = tasks.with_columns(
        id=pl.lit("default/") + pl.col("id"),
        job=pl.lit("default/") + pl.col("job"),
        submit=pl.col("submit") - moment,
        lifetime=pl.lit(None, pl.Float64),
        machine=pl.Series(placed(tasks, machines), dtype=pl.String),
        alive_at_start=pl.lit(True),
    )
    tasks = tasks.filter(pl.col("machine").is_not_null()).sort("submit", maintain_order=True)
    folder.mkdir()
    tasks.write_parquet(folder / "tasks.parquet")
    machines.write_parquet(folder / "machines.parquet")
    (folder / "trace.json").write_text(json.dumps({"snapshot": True}))
    return traces.read(folder)


def time(seconds: float) -> str:
    return (START + timedelta(days=200, seconds=seconds)).isoformat().replace("+00:00", "Z")


def exported(trace: traces.Trace) -> Iterator[Object]:
    """The cluster as the API writes it, shares as Alibaba's scheduler asks for them."""
    for machine in trace.machines.collect().iter_rows(named=True):
        yield {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": machine["id"], "labels": {CARD: machine["model"]}},
            "status": {
                "allocatable": {
                    "cpu": f"{machine['cpu'] * 1000:.0f}m",
                    "memory": f"{machine['mem'] * 1024:.0f}Mi",
                    "nvidia.com/gpu": f"{machine['gpu']:.0f}",
                    "pods": "1001",
                },
                "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": time(0)}],
            },
        }
    for task in trace.tasks.collect().iter_rows(named=True):
        yield exported_pod(task)


def exported_pod(task: dict[str, Any]) -> Object:
    namespace, name = task["id"].split("/")
    asked = {"cpu": f"{task['cpu'] * 1000:.0f}m", "memory": f"{task['mem'] * 1024:.0f}Mi"}
    notes = {}
    if 0 < task["gpu"] < 1:
        notes = {"alibabacloud.com/gpu-milli": f"{task['gpu'] * 1000:.0f}"}
    elif task["gpu"]:
        asked["nvidia.com/gpu"] = f"{task['gpu']:.0f}"
    spec: Object = {"containers": [{"resources": {"requests": asked}}], "nodeName": task["machine"]}
    if task["models"]:
        models = {"key": CARD, "operator": "In", "values": task["models"].split("|")}
        required = {"nodeSelectorTerms": [{"matchExpressions": [models]}]}
        spec["affinity"] = {
            "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}
        }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "annotations": notes,
            "creationTimestamp": time(task["submit"]),
        },
        "spec": spec,
        "status": {"phase": "Running"},
    }


def written(objects: list[Object], path: Path) -> Path:
    dump = {"apiVersion": "v1", "items": objects, "kind": "List"}
    if path.suffix == ".json":
        path.write_text(json.dumps(dump, indent=4))
    else:
        with path.open("w") as file:
            yaml.dump(dump, file, Dumper=yaml.CSafeDumper)
    return path


@pytest.mark.openb
@pytest.mark.parametrize("pods", ["default", "gpuspec10"])
def test_the_cell_comes_back_as_it_was(real_data: Path, tmp_path: Path, pods: str) -> None:
    canonical = snapshot(pods, tmp_path / "canonical", real_data)
    assert (canonical.machine_count, canonical.snapshot) == (1213, True)
    assert canonical.task_count > 7000
    objects = list(exported(canonical))
    for name in ("dump.json", "dump.yaml") if pods == "default" else ("dump.json",):
        trace = traces.load("kubernetes", path=written(objects, tmp_path / name))
        assert trace.machines.collect().equals(canonical.machines.collect())
        assert trace.tasks.collect().equals(canonical.tasks.collect())
        assert trace.units == canonical.units
        assert trace.sha256 == canonical.sha256
        assert (trace.snapshot, trace.recorded, trace.unplaceable) == (True, True, 0)


@pytest.mark.openb
@pytest.mark.parametrize("name", ["best_fit", "fgd", "recorded"])
def test_the_cell_replays_to_the_same_placements(
    real_data: Path, tmp_path: Path, name: str
) -> None:
    canonical = snapshot("gpuspec10", tmp_path / "canonical", real_data)
    dump = traces.load(
        "kubernetes", path=written(list(exported(canonical)), tmp_path / "dump.json")
    )
    heuristic = heuristics.get("best_fit" if name == "recorded" else name)
    if name == "recorded":
        heuristic = sim.recorded(heuristic)
    first, second = (
        sim.replay(sim.workload(trace, order="trace"), heuristic, placements=True).placements
        for trace in (canonical, dump)
    )
    assert first is not None
    assert second is not None
    assert len(first["machine"]) > 7000
    for column in ("task", "machine", "slot", "time_s"):
        assert np.array_equal(first[column], second[column])
    if name == "recorded":
        ran_on = canonical.tasks.collect()["machine"].to_numpy()
        assert (np.array(first["machine"]) == ran_on[np.array(first["task"])]).mean() > 0.99
