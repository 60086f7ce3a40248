"""What a comparison ran on, and how it was judged: the facts below its sentences."""

from __future__ import annotations

from report.comparisons import RECORDED, Comparison
from report.outcome import counted
from report.phrases import facts_of_runs, joined, trace_fact
from report.table import decimal, resource_name

QUEUES = {
    "reject": "reject: what fits nowhere is turned away",
    "fifo": "fifo: what fits nowhere waits, the first in line holds up the others",
    "skip": "skip: what fits nowhere waits, others may pass it",
    "easy": "easy: what fits nowhere waits, others may pass the first in line that don't delay it",
}


def facts(found: Comparison) -> list[tuple[str, str]]:
    """Baseline, data, load, pairs, intervals and the rest, each a term and a phrase."""
    config = found.folder.summary.optional_object("config")
    load = "not stated" if found.load is None else f"{found.load:.3g}"
    machines = "" if found.machines is None else f" on {found.machines:g} machines"
    windows = counted(found.windows, "window")
    if found.hours is not None:
        windows += f" of {found.hours:.3g} h"
    if found.history_h is not None:
        windows += f" after {found.history_h:.3g} h of history"
    told = [
        ("Baseline", _baseline(found)),
        ("Data", trace_fact(found.folder)),
        ("Load", load + machines),
        ("Pairs", f"{windows}, {counted(found.seeds, 'seed')}: {counted(found.pairs, 'pair')}"),
        ("Intervals", _method(found)),
        ("Sold by", _sold_by(found)),
        ("Ties", joined(list(dict.fromkeys(row.ties for row in found.rows)))),
        ("Queue", QUEUES.get(found.queue, found.queue)),
    ]
    if "split" in config:
        told.append(("Pool", config.text("split")))
    if "bound" in config:
        told.append(("Bound", ", ".join(filter(None, [config.text("bound"), found.bound_status]))))
    shares = [
        row.counts["start_share_pct"] for row in found.rows if "start_share_pct" in row.counts
    ]
    if shares:
        low, high = decimal(min(shares), 1), decimal(max(shares), 1)
        told.append(("Start share", f"{low} %" if low == high else f"{low} to {high} %"))
    return [*told, *facts_of_runs([found.folder])]


def _baseline(found: Comparison) -> str:
    """The baseline's name; of the trace's own placements also who speaks for the rest."""
    name = found.baseline.heuristic
    if name != RECORDED:
        return name
    config = found.folder.summary.optional_object("config")
    rest = config.optional_text(RECORDED)
    said = "recorded: each task where the trace ran it"
    return said if rest is None else f"{said}; where that is not known, and in the probe, {rest}"


def _method(found: Comparison) -> str:
    if found.windows >= 6:
        return "95 %, nested bootstrap: windows, then seeds within them"
    if found.windows > 1:
        return f"95 %, t-interval on the means of {found.windows} windows"
    if found.seeds > 1:
        return f"95 %, t-interval on {found.seeds} seeds of one window: not on other windows"
    return "none: one pair"


def _sold_by(found: Comparison) -> str:
    if not found.weights:
        return "weights not stated"
    names = [resource_name(r) for r in found.weighted]
    weights = [found.weights.get(r, 0.0) for r in found.weighted]
    if len(names) == 1:
        return f"{names[0]} alone"
    if len(set(weights)) == 1:
        return f"{joined(names)} alike"
    return joined([f"{name} × {weight:g}" for name, weight in zip(names, weights, strict=True)])
