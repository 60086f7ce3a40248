"""What searches found, beside published rules, as Markdown: `python -m bench.discovered [folder]`.

The comparisons of `bench.compared` with the heuristics of `heuristics/discovered/` (run where the
folder, default `results/discovered`, has no result of them yet), then GPU allocated at saturation
on five lists of pods. Needs openb, azure_v1 and dlrm2025 in $UNSTRAND_DATA (else ../shared/traces).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import heuristics
import sim
import traces
from bench.compared import compared, told
from bench.published import DATA, LISTS
from sim.kernel import readable
from sim.statistics import described

EXPERIMENTS = ("openb", "azure_v1", "azure_mixed", "dlrm_cn")
BESIDE = "[discovered,fgd,mix_fit,l2,balance,k8s_balanced_allocation,cosine,alpha_evolve]"
SATURATED = ("best_fit", "alpha_evolve", "cosine", "fgd")
SEEDS = range(10)
AT = 130


def saturated(names: Sequence[str], ties: str) -> None:
    """GPU allocated at 130 % offered, a row a list; what was found is told from FGD, paired."""
    print(f"| pod list | {' | '.join(f'`{name}`' for name in names)} |")
    print("|---|" + "--:|" * len(names))
    for pods in LISTS:
        trace = traces.load(
            "openb",
            tasks=DATA / "openb" / f"openb_pod_list_{pods}.csv",
            nodes=DATA / "openb" / "openb_node_list_gpu_node.csv",
        )
        runs = sim.saturate(
            trace, [heuristics.get(name) for name in names], seeds=SEEDS, ties=ties, workers=2
        )
        each = {
            name: np.array(
                [one.allocated[AT - 1, trace.resources.index("gpu")] for one in run.outcomes]
            )
            for name, run in zip(names, runs, strict=True)
        }
        print(f"| {pods} | {' | '.join(_cell(name, each) for name in names)} |", flush=True)


def _cell(name: str, each: dict[str, np.ndarray]) -> str:
    said = f"{each[name].mean():.2f}"
    if name in SATURATED:
        return said
    lead = described(each[name] - each["fgd"])
    low, high = lead["ci95"]
    return f"{said} ({lead['mean']:+.2f} [{low:+.2f}, {high:+.2f}])"


def main(words: list[str]) -> None:
    """Run what is missing, and print."""
    folder = Path(words[0]) if words else Path("results/discovered")
    for name in EXPERIMENTS:
        print(f"## {name}\n\n{told(name, compared(name, folder, BESIDE), BESIDE)}\n", flush=True)
    found = readable(heuristics.discoveries(), ("cpu", "mem", "gpu"))
    for ties in ("first", "random"):
        print(f"## Saturation, ties {ties}\n")
        saturated([*SATURATED, *found], ties)
        print()


if __name__ == "__main__":
    main(sys.argv[1:])
