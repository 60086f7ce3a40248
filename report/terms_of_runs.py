"""What the numbers of saturation experiments, replays and searches mean."""

from __future__ import annotations

from report.definition import FGD, LAVA, STUDENT, UNSTRAND, Definition

TERMS: tuple[Definition, ...] = (
    Definition(
        "allocated",
        "Allocated, %",
        "The part of the fleet's total of a resource that placed tasks hold, in percent: "
        "100 × Σ over machines of (total − free) / Σ of total. A GPU share of 0.25 counts as a "
        "quarter of a device. In a saturation experiment it is taken at an offered ratio, in a "
        "replay it is the mean over the measured time.",
        f"{FGD}, section 6",
    ),
    Definition(
        "offered",
        "Offered load, %",
        "The requests that have arrived so far, summed, as a share of the fleet's total of the "
        "scarcest weighted resource (GPU on openb). Nothing departs in a saturation experiment, "
        "so above 100 % some tasks must be turned away.",
        f"{FGD}, section 6.2",
    ),
    Definition(
        "fragmentation",
        "Expected fragmentation, %",
        "Free capacity of a resource that an average task can't use: for each machine and each "
        "shape of the reference mix, weighted by the shape's frequency, the part of the "
        "machine's free amount that a task of this shape could not take, summed and divided by "
        "the fleet's total. A shape that does not fit, or that does not ask for the resource, "
        "can use none of it; one that fits can use the devices with a large enough free share. "
        "In saturation experiments the mix keeps the most frequent shapes up to its coverage "
        "(95 % by default), as the paper's table does.",
        f"{FGD}, section 4, carried over to every resource",
        "frag_r = 100 × Σ_n Σ_m p_m · (free_r(n) that a task of shape m can't use) / total_r",
    ),
    Definition(
        "seeds",
        "Seeds",
        "How many times the experiment was run. A seed sets the draw of tasks from the pool, "
        "their order or arrival times, and the order of the machines.",
        UNSTRAND,
    ),
    Definition(
        "interval",
        "95 % interval over seeds",
        "The t-interval of a mean over seeds. It says how much the mean would move with other "
        "seeds; it says nothing of other traces. One seed has none, and the page then says “one "
        "seed”. Comparisons have an interval of their own.",
        STUDENT,
        "mean ± t(0.975, n − 1) · sd / √n",
    ),
    Definition(
        "difference",
        "Difference, points",
        "Ours less the baseline's, in percentage points of the fleet's capacity; positive is "
        "more. Where both ran on the same seeds it is paired: the difference is taken within "
        "each seed, and the interval is that of these differences. Otherwise it is Welch's "
        "interval, marked unpaired.",
        f"{STUDENT}; Welch, Biometrika 1947",
    ),
    Definition(
        "baseline",
        "Baseline",
        "What a row is compared with. In a comparison the heuristic that it names, or recorded: "
        "the trace's own placements. Between saturation experiments or replays, best_fit where "
        "it was run (and is not itself the first), else the runner-up.",
        UNSTRAND,
        words=("baseline",),
    ),
    Definition(
        "ties",
        "Ties",
        "Who gets the task when several machines score the same: the first of the seed's order "
        "of machines (first), or one drawn by lot (random). It is part of the heuristic: with "
        "integer scores it moves allocation by points.",
        UNSTRAND,
    ),
    Definition(
        "placed",
        "Placed",
        "Tasks that got a machine: the mean over seeds, in a comparison the sum over pairs.",
        UNSTRAND,
    ),
    Definition(
        "rejected",
        "Rejected",
        "Tasks turned away because no machine could take them when they were asked for: the mean "
        "over seeds, in a comparison the sum over pairs. Work turned away leaves room that looks "
        "like a better packing: read allocation beside it.",
        UNSTRAND,
    ),
    Definition(
        "queued",
        "Queued",
        "Tasks that waited at least once before they were placed (queue=fifo or skip).",
        UNSTRAND,
    ),
    Definition(
        "pending",
        "Pending",
        "Tasks waiting for a machine at an instant; at end, those that still wait when the "
        "replay ends.",
        UNSTRAND,
    ),
    Definition(
        "queueing",
        "Queueing delay, s",
        "Seconds between a task's arrival and its start: mean, median (p50) and 99th percentile "
        "(p99) over placed tasks.",
        UNSTRAND,
    ),
    Definition(
        "used_machines",
        "Used machines",
        "Machines with at least one task; in bin packing, the bins opened.",
        "bin-packing literature; Falkenauer, Journal of Heuristics 1996",
    ),
    Definition(
        "empty_machines",
        "Empty machines, %",
        "Machines without any task, as a share of all: room for the largest requests, and for "
        "maintenance.",
        LAVA,
    ),
    Definition(
        "decision",
        "Decision latency, µs",
        "Wall time of one decision at this fleet's size, clock and bookkeeping included, "
        "compilation not. A timing: it differs from run to run where all else is the same.",
        UNSTRAND,
    ),
    Definition(
        "load",
        "Load",
        "Requested resource-time in the window over the fleet's resource-time, of the scarcest "
        "weighted resource, start population included. Where the number of machines is given, "
        "the load scales the rate of arrivals, else it chooses the number of machines; lifetimes "
        "are never stretched. A cell that never fills up strands nothing worth the name.",
        UNSTRAND,
        "Σ request · (lifetime clipped to the window) / (total · window)",
        ("load",),
    ),
    Definition(
        "score",
        "Score",
        "What the search maximises: the mean over train seeds of GPU allocated at 130 % offered. "
        "Scores of the search are optimistic, since the best of many was kept: only validation "
        "and test seeds, which it never saw, say what a champion is worth.",
        UNSTRAND,
    ),
    Definition(
        "splits",
        "Train, validation and test",
        "Seeds and pools of tasks kept apart. The tasks of a trace are split by a hash of their "
        "job's id, stratified by resource-time, or by time where the trace's own order is "
        "replayed. A search scores on train, its champion is chosen on validation, and test is "
        "opened once, for this page; the reference mix that a heuristic may see is always "
        "train's. Pod lists marked never seen took no part in the search at all.",
        UNSTRAND,
    ),
    Definition(
        "provenance",
        "Replayed, simulated, assumed",
        "Replayed is taken from the trace as recorded; simulated is made by the simulator; "
        "assumed is neither, and a reader should ask whether it holds for them.",
        UNSTRAND,
    ),
)
