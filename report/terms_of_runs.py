"""What the numbers of saturation experiments, replays and searches mean."""

from __future__ import annotations

from report.definition import FGD, LAVA, STUDENT, UNSTRAND, Definition

TERMS: tuple[Definition, ...] = (
    Definition(
        "allocated",
        "Allocated, %",
        "The part of the fleet's total of a resource that placed tasks hold, in percent. A GPU "
        "share of 0.25 counts as a quarter of a device. In a saturation experiment it is taken at "
        "an offered ratio, in a replay or a comparison it is the mean over the window.",
        FGD,
        "100 × Σ_n (total_r(n) − free_r(n)) / total_r",
    ),
    Definition(
        "offered",
        "Offered load, %",
        "The requests that have arrived so far, summed, as a share of the fleet's total of GPU, "
        "or, where the pool asks for none, of the resource of which it asks the largest share. "
        "Nothing departs in a saturation experiment, so above 100 % some tasks must be turned "
        "away.",
        FGD,
    ),
    Definition(
        "fragmentation",
        "Expected fragmentation, %",
        "Free capacity of a resource that an average task can't use: for each machine and each "
        "shape of the reference mix, weighted by the shape's frequency, the part of the machine's "
        "free amount that a task of this shape could not take, summed and divided by the fleet's "
        "total. A shape that does not fit, or that does not ask for the resource, can use none of "
        "it; one that fits can use all of it, of a resource with devices those with a large "
        "enough free share. In a comparison the mean over the samples of the window; left out "
        "where shapes × machines pass 20 million. In saturation experiments the mix sees shapes "
        "by CPU and GPU (mix.resources) and keeps the most frequent up to its coverage (95 % by "
        "default), as the paper's table does.",
        f"{FGD}, carried over to every resource",
        "frag_r = 100 × Σ_n Σ_m p_m · (free_r(n) that a task of shape m can't use) / total_r",
    ),
    Definition(
        "seeds",
        "Seeds",
        "How many times the experiment was run. A seed sets the draw of tasks from the pool, "
        "their order or arrival times, the machines and their order, and the instants of the "
        "probes.",
        UNSTRAND,
    ),
    Definition(
        "interval",
        "95 % interval over seeds",
        "The t-interval of a mean over seeds, in a search for recovery over its pairs. It says "
        "how much the mean would move with other seeds; it says nothing of other traces. One seed "
        "has none, and the page then says “one seed”. Comparisons have an interval of their own.",
        STUDENT,
        "mean ± t(0.975, n − 1) · sd / √n",
    ),
    Definition(
        "difference",
        "Difference, points",
        "Ours less the other's, in percentage points of the fleet's capacity; positive is more. "
        "Where both ran on the same seeds it is paired: the difference is taken within each seed, "
        "and the interval is that of these differences. Otherwise it is Welch's interval, marked "
        "unpaired.",
        f"{STUDENT}; Welch, Biometrika 1947",
    ),
    Definition(
        "baseline",
        "Baseline",
        "What a row is compared with. In a comparison, and in a search for recovery, the "
        "heuristic that it names, or recorded: the trace's own order and placements. Then each "
        "task goes where the trace ran it, and nowhere else; another heuristic (recorded=best_fit "
        "by default) places those of which no machine is known, and those of the probe. Between "
        "saturation experiments or replays, best_fit where it was run (and is not itself the "
        "first), else the runner-up.",
        UNSTRAND,
        words=("baseline",),
    ),
    Definition(
        "ties",
        "Ties",
        "Who gets the task when several machines score the same: the first of the seed's order of "
        "machines (first), or one drawn by lot (random); with rounded, one by lot among those "
        "whose score rounds to the best. It is part of the heuristic: with integer scores it "
        "moves allocation by points.",
        UNSTRAND,
    ),
    Definition(
        "placed",
        "Placed",
        "Tasks that got a machine, in a replay or a comparison within the window: the mean over "
        "seeds, in a comparison the sum over pairs.",
        UNSTRAND,
    ),
    Definition(
        "rejected",
        "Rejected",
        "Tasks turned away because no machine could take them when they came, in a replay or a "
        "comparison within the window: the mean over seeds, in a comparison the sum over pairs. "
        "Work turned away leaves room that looks like a better packing: read allocation beside it.",
        UNSTRAND,
    ),
    Definition(
        "queued",
        "Queued",
        "What becomes of a task that no machine can take when it comes: it is turned away "
        "(queue=reject), or it waits, the first in line holding up the others (fifo), holding up "
        "those that would delay it (easy) or none (skip). Queued are those that had to wait, of "
        "the window, in a comparison summed over pairs.",
        UNSTRAND,
    ),
    Definition(
        "evicted",
        "Evicted",
        "Times that a task had to leave its machine before its end: because the machine went or "
        "became smaller, for a task of higher priority (counted as preempted too), or with the "
        "rest of its gang. It begins anew when it is placed again. Of the window, in a replay the "
        "mean over seeds, in a comparison the sum over pairs.",
        "Verma et al. (Borg), EuroSys 2015, section 4",
    ),
    Definition(
        "preempted",
        "Preempted",
        "Evictions for a task of higher priority that fitted nowhere else (preemption=kubernetes "
        "or borg). Counted as evictions are.",
        "Verma et al. (Borg), EuroSys 2015, section 2.5; Kubernetes, Pod Priority and Preemption",
    ),
    Definition(
        "lost",
        "Lost, %",
        "Resource-time that the tasks evicted in the window had held since they started, over the "
        "fleet's in the window: work that has to be done again, though it was allocated. In a "
        "replay the mean over seeds, in a comparison over pairs.",
        UNSTRAND,
        "100 × Σ request · (time from start to eviction) / (total · window)",
    ),
    Definition(
        "given_up",
        "Given up",
        "Tasks of gangs that were turned away since the gang had waited for gangs.timeout_h; "
        "rejected has them too. Counted as evictions are.",
        UNSTRAND,
    ),
    Definition(
        "moved",
        "Moved",
        "Running tasks that migrated to the machine where the heuristic would put them now, "
        "within the budget of migration.moves_per_hour. Counted as evictions are.",
        UNSTRAND,
    ),
    Definition(
        "conflicts",
        "Conflicts",
        "Decisions made on a stale view (stale.schedulers, stale.decisions) whose machine, or the "
        "device of it, could not take the task when the placement was to be committed; the "
        "scheduler then decided again on the state as it was. A decision that still fits is none, "
        "though a better machine may have come free. Of the window, in a replay the mean over "
        "seeds, in a comparison the sum over pairs.",
        "Verma et al. (Borg), EuroSys 2015, section 3.4; Schwarzkopf et al. (Omega), EuroSys 2013, "
        "section 3.4; Hadary et al. (Protean), OSDI 2020",
    ),
    Definition(
        "pending",
        "Pending",
        "Tasks waiting for a machine at an instant; at end, those that still wait when the window "
        "ends, in a comparison the mean over pairs.",
        UNSTRAND,
    ),
    Definition(
        "queueing",
        "Queueing delay, s",
        "Seconds between a task's arrival and its start: mean, median (p50) and 99th percentile "
        "(p99) over the tasks placed in the window, those that did not wait counted in. In a "
        "comparison the mean over pairs.",
        UNSTRAND,
    ),
    Definition(
        "slowdown",
        "Bounded slowdown",
        "Time from arrival to end over the time that a task runs, at least 1, where runs of under "
        "ten seconds count as ten: the mean over the tasks started in the window whose end is "
        "known.",
        "Feitelson and Rudolph, Metrics and Benchmarking for Parallel Job Scheduling, JSSPP 1998, "
        "section 2.4",
    ),
    Definition(
        "compaction",
        "Machines needed, %",
        "The fewest machines that hold what runs at an instant, of the fleet: machines are taken "
        "in random order, and the fewest from the front that hold the tasks, 0.2 % of them apart, "
        "are found by bisection; tasks are packed anew by priority, then as they came. The median "
        "of eleven such trials, and their 90th percentile. Above 100 % machines of the fleet's "
        "kinds had to be added.",
        "Verma et al., Borg, EuroSys 2015, section 5.1; Verma, Korupolu, Wilkes, CLUSTER 2014",
    ),
    Definition(
        "used_machines",
        "Used machines",
        "Machines with at least one task at the end, in a comparison the mean over pairs; in bin "
        "packing, the bins opened.",
        "bin-packing literature; Falkenauer, Journal of Heuristics 1996",
    ),
    Definition(
        "excess",
        "Minus excess, %",
        "In bin packing, the bins used over the fewest that the sizes alone allow (the L1 bound), "
        "per cent of that bound, with a minus, so that more is better: the mean over instances. "
        "The bound can't always be reached.",
        "Martello and Toth, 1990; Romera-Paredes et al., Nature 625, 2024, table 1",
        "100 × (1 − used / ⌈Σ sizes / capacity⌉)",
    ),
    Definition(
        "empty_machines",
        "Empty machines, %",
        "Machines without any task, as a share of all: room for the largest requests, and for "
        "maintenance. In a replay or a comparison the mean over the samples of the window.",
        LAVA,
    ),
    Definition(
        "decision",
        "Decision latency, µs",
        "Wall time of one decision at this fleet's size, clock and bookkeeping included, "
        "compilation and probes not. A timing: it differs from run to run where all else is the "
        "same.",
        UNSTRAND,
    ),
    Definition(
        "load",
        "Load",
        "Requested resource-time in the window over the fleet's, of the weighted resource that is "
        "asked for most, start population included. Of a drawn stream it holds in expectation, "
        "and sets the rate of arrivals (0.9 by default; of a snapshot, what runs); a lifetime "
        "that outlives the trace ends with it there. In the trace's own order it is counted, and "
        "chooses the number of machines, or, where that is given, how fast arrivals follow each "
        "other. Lifetimes are never stretched. A cell that never fills up strands nothing worth "
        "the name.",
        UNSTRAND,
        "Σ request · (lifetime clipped to the window) / (total · window)",
        ("load",),
    ),
    Definition(
        "score",
        "Score",
        "What the search maximises over its train seeds. In a search for recovery: recovered "
        "compute, less five times what goodput falls short of a margin of 0.1 points over the "
        "baseline's (problem.margin), each the mean over the pairs. One for one would be too "
        "weak: turning work away would still pay. At saturation: allocation at the last ratio "
        "offered (130 % by default). In bin packing: minus the excess. Scores of the search are "
        "optimistic, since the best of many was kept: only validation and test seeds, which it "
        "never saw, say what a champion is worth.",
        UNSTRAND,
        "worth = recovered compute − 5 · max(0, margin − goodput delta)",
    ),
    Definition(
        "splits",
        "Train, validation and test",
        "Pools of tasks kept apart, and seeds. Jobs are ordered by resource-time; of each eight "
        "neighbours a hash of the job's name deals four to train and two each to validation and "
        "test. Where the trace's own order is replayed they are split by time: half, a quarter, a "
        "quarter, or the days that the configuration gives. At saturation seeds alone are kept "
        "apart. A search scores on train, its champion is chosen on validation, of another cell "
        "and load where the problem says so, and test is opened once, for this page; the "
        "reference mix that a heuristic may see is always train's. Pod lists marked never seen "
        "took no part in the search at all.",
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
