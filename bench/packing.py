"""Bin packing beside the published rules, as Markdown: `python -m bench.packing`.

The published lists need $UNSTRAND_DATA (else ../shared/traces); the others are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import heuristics
import sim
import traces
from heuristics import Heuristic
from sim.kernel import readable
from sim.packing import instances_of
from traces import weibull
from traces.places import data_folder
from traces.trace import Trace

RULES = ("first_fit", "best_fit", "funsearch_or3", "funsearch_weibull", "eoh")
PUBLISHED = {"Weibull 5k, published": "weibull_5k.csv", "OR3, published": "or3.csv"}
DRAWN = ((1000, 100), (1000, 150), (1000, 300), (5000, 100), (5000, 150), (5000, 300))
SEEDS = range(3_000_000, 3_000_005)  # of no split of a search


def lists() -> Iterator[tuple[str, Sequence[Trace]]]:
    """Published lists where they are found, then drawn ones of other sizes and capacities."""
    for name, file in PUBLISHED.items():
        path = data_folder() / "bin_packing" / file
        if path.exists():
            yield name, instances_of(path)
    for items, capacity in DRAWN:
        drawn = [weibull.draw(items=items, capacity=capacity, seed=seed) for seed in SEEDS]
        yield f"Weibull, {items:,} items into {capacity}", drawn


def rules() -> list[Heuristic]:
    """The published rules, and what searches found (`heuristics/discovered/`)."""
    found = [heuristics.get(name) for name in readable(heuristics.discoveries(), ("size",))]
    own = [one for one in found if any(field.endswith(".size") for field in one.fields)]
    return [*(heuristics.get(name) for name in RULES), *own]


def row(name: str, found: Sequence[Trace], asked: Sequence[Heuristic]) -> str:
    """One list: excess over the L1 bound under each rule; a rule that fails on it has a dash."""
    cells = []
    for rule in asked:
        try:
            cells.append(f"{sim.pack(found, rule).excess_pct:.2f}")
        except (heuristics.HeuristicError, traces.TraceError):
            cells.append("–")
    return f"| {name} | {len(found)} | {' | '.join(cells)} |"


if __name__ == "__main__":
    asked = rules()
    print(f"| list | instances | {' | '.join(f'`{rule.name}`' for rule in asked)} |")
    print("|---" * (len(asked) + 2) + "|")
    for name, found in lists():
        print(row(name, found, asked), flush=True)
