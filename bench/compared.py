"""Comparisons as Markdown: `python -m bench.compared [folder] [experiment …]`.

Runs `unstrand compare experiment=NAME` for each that has no result in the folder yet (default
`results/compared`), and prints a table of it. Needs openb, azure_v1 and dlrm2025 in
$UNSTRAND_DATA (else ../shared/traces).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

EXPERIMENTS = ("openb", "azure_v1", "dlrm_cn", "dlrm_hn")
WORKERS = 2
REFUSES = "rejects work"  # what such a row recovers is no share of anything
WORDS = {"cpu": "CPU", "mem": "memory", "gpu": "GPU", "rdma": "RDMA"}
POLICIES = {"random": "ties by lot", "rounded": "scores rounded"}


def command(name: str, heuristics: str) -> list[str]:
    """What is run: an experiment, with other heuristics than its own where some are given."""
    own = [f"heuristics={heuristics}"] if heuristics else []
    return ["compare", f"experiment={name}", *own, f"workers={WORKERS}"]


def compared(name: str, folder: Path, heuristics: str = "") -> dict[str, Any]:
    """The summary of an experiment, run where it stands not in the folder yet."""
    place = folder / name
    if not (place / "summary.json").exists():
        words = [*command(name, heuristics), f"out={place}", "json=true"]
        subprocess.run(
            [sys.executable, "-m", "unstrand", *words], check=True, stdout=subprocess.DEVNULL
        )
    summary: dict[str, Any] = json.loads((place / "summary.json").read_text(encoding="utf-8"))
    return summary


def told(name: str, summary: dict[str, Any], heuristics: str = "") -> str:
    """An experiment in Markdown: the command, what it stands on, a row a heuristic."""
    base, *others = summary["results"]
    rows = sorted(others, key=lambda one: (REFUSES in one["marks"], -one["recovered_pct"]))
    resources = list(base["resources"])
    header = [
        *("heuristic", "recovered"),
        *(f"{WORDS.get(r, r)} stranded, recovered" for r in resources),
        *("goodput", "of the recoverable", "start share", "marks"),
        *POLICIES.values(),
    ]
    lines = [header, ["---"] * len(header), _row(base, resources, of_baseline=True)]
    lines += [_row(one, resources, of_baseline=False) for one in rows]
    return "\n".join(
        [
            f"```\nunstrand {' '.join(command(name, heuristics))}\n```",
            "",
            _facts(summary, base),
            "",
            *(f"| {' | '.join(cells)} |" for cells in lines),
        ]
    )


def _facts(summary: dict[str, Any], base: dict[str, Any]) -> str:
    config, weights = summary["config"], summary["config"]["weights"]
    sold = " and ".join(
        f"{WORDS.get(r, r)} {weight:.2g}" for r, weight in weights.items() if weight > 0
    )
    said = [
        f"{base['machines']:,} machines at load {base['load']:.3g}; {base['windows']} × "
        f"{base['seeds']} pairs (windows × seeds) of {base['hours']:.4g} h, "
        f"{base['history_h']:.4g} h of history before each; the {config['split']} pool; "
        f"sold by {sold}; baseline {base['baseline']}; bound {config['bound']} "
        f"({base['bound_status']}) {base['bound_pct']:.2f} %, weighted"
        + "".join(
            f", {WORDS.get(r, r)} {of['bound_pct']:.2f}" for r, of in base["resources"].items()
        )
        + "."
    ]
    for what, parts in summary["provenance"].items():
        said.append(f"{what.capitalize()}: {', '.join(parts) or 'nothing'}.")
    return "  \n".join(said)


def _row(one: dict[str, Any], resources: list[str], *, of_baseline: bool) -> list[str]:
    share = None if REFUSES in one["marks"] else one["of_recoverable_pct"]
    cells = [f"`{one['heuristic']}`"]
    cells.append(
        "baseline" if of_baseline else _points(one["recovered_pct"], one["recovered_pct_ci95"])
    )
    for name in resources:
        of = one["resources"][name]
        gained = "" if of_baseline else f", {_points(of['recovered_points'], of['recovered_ci95'])}"
        cells.append(f"{of['stranded_pct']:.2f}{gained}")
    cells += [
        "" if of_baseline else _points(one["goodput_delta_points"], one["goodput_delta_ci95"]),
        "" if of_baseline or share is None else f"{share:.1f} %",
        f"{one['start_share_pct']:.1f} %",
        ", ".join(one["marks"]),
    ]
    for policy in POLICIES:
        found = one["spread"].get(policy)
        cells.append("" if found is None else _signed(found["recovered_pct"]))
    return cells


def _points(mean: float, interval: list[float] | None) -> str:
    """Points with their interval: `+1.21 [+1.09, +1.33]`."""
    if interval is None:
        return _signed(mean)
    return f"{_signed(mean)} [{_signed(interval[0])}, {_signed(interval[1])}]"


def _signed(value: float) -> str:
    rounded = round(value, 2)
    return f"{rounded:+.2f}" if rounded else "0.00"


def main(words: list[str]) -> None:
    """Run what is missing, and print."""
    folder = Path(words[0]) if words else Path("results/compared")
    for name in words[1:] or EXPERIMENTS:
        print(told(name, compared(name, folder)), end="\n\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
