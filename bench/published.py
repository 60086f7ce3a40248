"""Published tables beside ours, as Markdown: `python -m bench.published [seeds] [first seed]`.

Needs the openb trace and the bin-packing lists in $UNSTRAND_DATA (else ../shared/traces).
"""

from __future__ import annotations

import sys

import polars as pl

import heuristics
import sim
import traces
from sim.statistics import t_quantile
from traces.places import data_folder

DATA = data_folder()
LISTS = ("default", "cpu050", "gpushare40", "gpuspec10", "multigpu20")
POLICIES = {
    "random": "01-Random",
    "dot_product": "02-DotProd",
    "gpu_clustering": "03-GpuClustering",
    "gpu_packing": "04-GpuPacking",
    "best_fit": "05-BestFit",
    "fgd": "06-FGD",
}
PACKED = (
    ("or3.csv", "OR3", "first fit", "first_fit"),
    ("or3.csv", "OR3", "best fit", "best_fit"),
    ("or3.csv", "OR3", "FunSearch", "funsearch_or3"),
    ("weibull_5k.csv", "Weibull 5k", "first fit", "first_fit"),
    ("weibull_5k.csv", "Weibull 5k", "best fit", "best_fit"),
    ("weibull_5k.csv", "Weibull 5k", "FunSearch", "funsearch_weibull"),
    ("weibull_5k.csv", "Weibull 5k", "EoH", "eoh"),
)


def saturation(seeds: range) -> None:
    """GPU allocated at 130 % offered, every list and policy."""
    folder = DATA / "openb"
    table = pl.read_csv(folder / "published_fgd_atc23.csv")
    print("| pod list | heuristic | published | ours | difference | its 95 % interval |")
    print("|---|---|---|---|---|---|")
    for name in LISTS:
        trace = traces.load(
            "openb",
            tasks=folder / f"openb_pod_list_{name}.csv",
            nodes=folder / "openb_node_list_gpu_node.csv",
        )
        rows = {
            row["sc_policy"]: row
            for row in table.iter_rows(named=True)
            if row["workload"] == f"openb_pod_list_{name}"
        }
        runs = sim.saturate(trace, [heuristics.get(h) for h in POLICIES], seeds=seeds, workers=2)
        for (heuristic, policy), run in zip(POLICIES.items(), runs, strict=True):
            ours = run.result()["alloc_pct_at"]["130"]["gpu"]
            theirs = rows[policy]
            mean, sd, count = (theirs[k] for k in ("alloc_pct_at_130", "alloc_sd_at_130", "runs"))
            difference = ours["mean"] - mean
            parts = sd**2 / count, ours["sd"] ** 2 / ours["n"]
            error = sum(parts) ** 0.5
            freedom = sum(parts) ** 2 / (
                parts[0] ** 2 / (count - 1) + parts[1] ** 2 / (ours["n"] - 1)
            )
            half = t_quantile(round(freedom)) * error
            mark = "" if abs(difference) <= 0.3 else " *"
            interval = f"{difference - half:+.2f} to {difference + half:+.2f}"
            print(
                f"| {name} | {heuristic} | {mean:.2f} ± {sd:.2f} "
                f"| {ours['mean']:.2f} ± {ours['sd']:.2f} | {difference:+.2f}{mark} | {interval} |"
            )


def packing() -> None:
    """Excess over the L1 bound."""
    table = pl.read_csv(DATA / "bin_packing" / "published.csv")
    print("| list | rule | published, % | ours, % |")
    print("|---|---|---|---|")
    for file, dataset, method, heuristic in PACKED:
        row = table.filter((pl.col("dataset") == dataset) & (pl.col("method") == method))
        published = row["excess_pct_over_l1"][0]
        packed = sim.pack(DATA / "bin_packing" / file, heuristics.get(heuristic))
        print(f"| {dataset} | {method} (`{heuristic}`) | {published} | {packed.excess_pct:.2f} |")


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    saturation(range(first, first + count))
    print()
    packing()
