"""Every data set at hand in one line: `python -m bench.data_sets [folder] [name …]`.

Runs `unstrand compare` on each that has no result in the folder yet (default
`results/data-sets`), and prints a table in Markdown. openb's multigpu20 and the bin-packing lists
have no lifetimes, so no cell is worn by them; `bench.published` and `bench.packing` have these.
Needs the public traces in $UNSTRAND_DATA (else ../shared/traces), as docs/traces.md has them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from traces.places import data_folder

HEURISTICS = ("cosine", "l2", "lava", "dot_product", "first_fit", "worst_fit")
WITH_GPUS = ("openb", "dlrm2025, GPU", "Philly")  # where fgd, which reads them, stands beside
GPU_NODES = "trace.nodes={data}/openb/openb_node_list_gpu_node.csv"
EVERY_NODE = "trace.nodes={data}/openb/openb_node_list_all_node.csv"
PODS = "trace.tasks={data}/openb/openb_pod_list_%s.csv"
OPENB = ("load=0.9", "machines=300", "seeds=8", "trace=openb")
SETS: dict[str, tuple[str, ...]] = {
    **{
        f"openb, {name}": (*OPENB, GPU_NODES, PODS % name)
        for name in ("default", "cpu050", "gpuspec10", "gpushare40")
    },
    "openb, nodes without GPUs too": (*OPENB, EVERY_NODE, PODS % "default"),
    "azure_v1": ("experiment=azure_v1",),
    "dlrm2025, CPU nodes": ("experiment=dlrm_cn",),
    "dlrm2025, GPU nodes": ("experiment=dlrm_hn",),
    "KTH-SP2": (
        *("trace=swf", "trace.path={data}/swf/KTH-SP2-1996-2.swf.gz", "trace.machines=25"),
        *("queue=skip", "windows=6", "seeds=1"),
    ),
    "HPC2N": (
        *("trace=swf", "trace.path={data}/swf/HPC2N-2002-2.1-cln.swf.gz", "trace.machines=120"),
        *("trace.memory_gib=120", "queue=skip", "windows=6", "seeds=1"),
    ),
    "Philly": (
        *("trace=philly", "cell.machines=[{count:300,gpu:8}]", "load=0.9", "queue=skip"),
        *("hours=168", "windows=2", "seeds=4"),
    ),
    "Kubernetes, JSON": ("trace=kubernetes", "trace.nodes={data}/kubernetes/nodes.yaml",
                         "trace.tasks={data}/kubernetes/pods.json", "seeds=8"),
    "Kubernetes, YAML": ("trace=kubernetes", "trace.nodes={data}/kubernetes/evicted_nodes.yaml",
                         "trace.tasks={data}/kubernetes/evicted_pods.yaml", "seeds=8"),
}  # fmt: skip
HEADER = (
    *("data", "machines", "load", "best fit strands, %", "at least, %"),
    *("recovers most", "points [95 %]", "of the recoverable, %", "goodput, points"),
)


def words(name: str) -> list[str]:
    """What is compared on a data set, as the command takes it."""
    own = [word.format(data=data_folder()) if "{data}" in word else word for word in SETS[name]]
    rules = ",".join([*(["fgd"] if name.startswith(WITH_GPUS) else []), *HEURISTICS])
    return [*own, f"heuristics=[{rules}]", "baseline=best_fit", "policies=[]", "workers=2"]


def compared(name: str, folder: Path) -> dict[str, Any]:
    """The summary of a data set, run where it stands not in the folder yet."""
    place = folder / name.replace(", ", "-").replace(" ", "-").lower()
    if not (place / "summary.json").exists():
        command = [sys.executable, "-m", "unstrand", "compare", *words(name), f"out={place}"]
        subprocess.run([*command, "json=true"], check=True, stdout=subprocess.DEVNULL)
    found: dict[str, Any] = json.loads((place / "summary.json").read_text(encoding="utf-8"))
    return found


def row(name: str, summary: dict[str, Any]) -> tuple[str, ...]:
    """A data set's line: its baseline, and the one that recovers most and turns nothing away."""
    base, *others = summary["results"]
    best = max(
        (one for one in others if not one["marks"]),
        key=lambda one: one["recovered_pct"],
        default=None,
    )
    cell = (name, f"{base['machines']:,}", f"{base['load']:.2f}", _number(base["stranded_pct"]))
    least = _number(base["bound_pct"])
    if best is None or best["recovered_pct"] <= 0:
        return (*cell, least, "none", "", "", "")
    ends = best["recovered_pct_ci95"]
    interval = f" [{ends[0]:+.2f}, {ends[1]:+.2f}]" if ends else ""
    return (
        *(*cell, least, f"`{best['heuristic']}`", f"{best['recovered_pct']:+.2f}{interval}"),
        *(_number(best["of_recoverable_pct"]), _number(best["goodput_delta_points"], "+")),
    )


def _number(value: float | None, sign: str = "") -> str:
    return "" if value is None else f"{value:{sign}.2f}"


def main(argv: list[str]) -> None:
    """Print the table."""
    folder = Path(argv[0] if argv else "results/data-sets")
    print(f"| {' | '.join(HEADER)} |\n|{'---|' * len(HEADER)}")
    for name in argv[1:] or SETS:
        print(f"| {' | '.join(row(name, compared(name, folder)))} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
