"""What the numbers of comparisons mean: stranded, recovered, the bound, and what guards them."""

from __future__ import annotations

from report.definition import ALPHAEVOLVE, FGD, INFLATION, LAVA, STUDENT, UNSTRAND, Definition

TERMS: tuple[Definition, ...] = (
    Definition(
        "recovered_compute",
        "Recovered compute, %",
        "The headline: how much less of what the fleet is sold by is stranded under a heuristic "
        "than under the baseline, in percentage points of the fleet's capacity. The mean of the "
        "recovered points of each resource, weighted by what the fleet is sold by, over all "
        "pairs. It is paired: both ran on the same window, cell and seed, with the same draws. "
        "Positive is better than the baseline.",
        f"{ALPHAEVOLVE}; {LAVA}",
        "recovered compute = Σ_r w_r · recovered_r / Σ_r w_r",
        ("recovers", "recovered compute"),
    ),
    Definition(
        "recovered",
        "Recovered of a resource, points",
        "Stranded under the baseline less stranded under the heuristic, in percentage points of "
        "the fleet's capacity of that resource, mean over pairs. A gain in one resource is often "
        "paid for in another: read them side by side.",
        ALPHAEVOLVE,
        "recovered_r = stranded_r(baseline) − stranded_r(heuristic)",
        ("recovered",),
    ),
    Definition(
        "stranded",
        "Stranded, % (inflation probe)",
        "Free capacity that can take no more work, because another resource or a constraint has "
        "run out. The window is cut into equal parts (eight, probe.count); at a random instant of "
        "each, drawn by the seed, the cell is copied and the same heuristic fills the copy while "
        "the clock stands still: first with the tasks that wait, then with whole tasks (shape, "
        "lifetime, priority) drawn with replacement from the scored split's pool, the same "
        "sequence for every heuristic. Free space only shrinks, so once a task finds no machine "
        "its shape is dead, and its later draws are passed over (where a machine may run only so "
        "many tasks of a job, that job's shape alone). The probe ends when the shapes that are "
        "not dead hold less than 5 % of the pool's tasks (probe.stop), or after 60,000 draws. "
        "What is free then is stranded: the mean over the window's probes.",
        f"{ALPHAEVOLVE}; {LAVA} (inflation); {INFLATION}",
        "stranded_r = 100 × free_r left by the probe / total_r",
        ("stranded", "strands"),
    ),
    Definition(
        "exhaustion",
        "Exhaustion stranding, %",
        "The free capacity of machines that no shape of the reference mix fits on any more. "
        "Coarser than the probe and cheap: it sees only machines that are wholly shut. The mean "
        "over the samples of the window; the mix M is the train pool's.",
        ALPHAEVOLVE,
        "exhausted_r = 100 × Σ_n free_r(n) · [no shape of M fits n] / total_r",
    ),
    Definition(
        "of_stranded",
        "Of the stranded, %",
        "Recovered compute as a share of what the baseline strands, both weighted by what the "
        "fleet is sold by.",
        ALPHAEVOLVE,
        "100 × recovered compute / stranded(baseline)",
    ),
    Definition(
        "of_recoverable",
        "Of the recoverable, %",
        "Recovered compute as a share of what the bound leaves to recover: what the baseline "
        "strands less the bound, both weighted. With bound=lp what runs stays where it is, so on "
        "machines of several types a rule that spreads work over them otherwise can pass 100; "
        "bound=milp lets all of it be packed anew. The bound is that of the baseline's population "
        "for every row: on its own, a rule that turns work away would show more than there is. "
        "Where little is recoverable the share is of little, and the page says so.",
        UNSTRAND,
        "100 × recovered compute / (stranded(baseline) − bound)",
        ("recoverable",),
    ),
    Definition(
        "bound",
        "Bound, %",
        "The least that placements could leave stranded, since the cell's own imbalance forces "
        "it. Taken at each probe of the baseline, on its cell as it stands then. Offered are "
        "the tasks that wait there and those that come in the longest probe that any compared "
        "heuristic, under its own tie rule, makes of that same cell: draws of dead shapes "
        "counted in, at most 60,000. Tasks are counted, not placed: how many of each shape go "
        "to each type of machine (equal total, model and devices), within what the machines of "
        "a type have together. bound=lp: the linear programme over what is free, what runs "
        "staying where it is. bound=milp: whole counts over all that the machines have, what "
        "runs being packed anew; HiGHS's dual bound under a time limit, never the packing that "
        "it found. The weighted bound and that of each resource are optima of their own: each "
        "is a bound, and together they need not be reached. The mean over probes and pairs, one "
        "for all rows.",
        "linear and integer programming; Huangfu and Hall, Mathematical Programming Computation "
        "2018 (HiGHS)",
        "maximise Σ_r w_r · used_r / total_r over counts 0 ≤ x_m ≤ offered of m, within the "
        "capacity of each type; bound = 100 × Σ_r w_r · (what is left of r) / total_r",
        ("bound",),
    ),
    Definition(
        "goodput",
        "Goodput against the baseline, points",
        "Allocated resource-time of the window less the baseline's, in percentage points of the "
        "fleet's capacity, weighted as recovered compute is, the mean over pairs. It comes first: "
        "a heuristic that turns work away has room to show afterwards.",
        UNSTRAND,
        "goodput delta = Σ_r w_r · (allocated_r − allocated_r(baseline)) / Σ_r w_r",
        ("goodput",),
    ),
    Definition(
        "shaken",
        "Recovered when shaken, %",
        "Recovered compute again, on the same trace with each job up to shake=SECONDS earlier or "
        "later. What the one shows and the other does not hangs on how arrivals happened to fall.",
        "Tsafrir, Ouaknine and Feitelson, MASCOTS 2007",
        "recovered compute where each job comes u later, u uniform from −shake to +shake",
    ),
    Definition(
        "marks",
        "Marks",
        "Rejects work: the upper end of the goodput's 95 % interval (of a single pair the "
        "difference itself) is below −0.1 points; with a queue, also where p99 queueing, or what "
        "the tasks waiting at the window's end ask for, is on average above the baseline's 95 % "
        "interval. Its free room is no packing. Fresh packing: on average more than half of the "
        "allocation at the window's start is still the start population, so the cell is not yet "
        "worn by churn. Rows with one of these are not ranked: they stand below a line, and none "
        "is called the winner. contain=off: the heuristic may be any Python, neither checked nor "
        "contained; that is said beside it. Vanishes when shaken (shake=SECONDS, Tsafrir, Ouaknine "
        "and Feitelson, MASCOTS 2007): what the interval shows is not shown, or is the opposite, "
        "where jobs come up to so many seconds earlier or later. In a search, whose results hold "
        "no more, the first mark is by goodput alone.",
        UNSTRAND,
        words=("rejects work", "fresh packing", "vanishes when shaken", "marked"),
    ),
    Definition(
        "start_share",
        "Start share, %",
        "How much of what is allocated at the window's start is still held by the population "
        "that history began with, of the weighted resource that is fullest. History, unless it "
        "is given, is as long as leaves 16 % of that population's allocation in expectation, so "
        "that no run is to hold over 20 %, and never shorter than the trace advises (48 h on "
        "azure_v1). Where the trace's own order is replayed, it begins when those who ran hold "
        "at most 16 % of what the trace runs at the window's start, or where the trace begins. "
        "Above 50 % the row is marked fresh packing.",
        f"{UNSTRAND}; start population: Cox, Renewal Theory, 1962",
        "100 × allocated to the start population / allocated, at the window's start",
    ),
    Definition(
        "recovered_machines",
        "Recovered machines",
        "Recovered compute as machines of this cell, of average size.",
        UNSTRAND,
        "recovered compute / 100 × machines of the cell",
    ),
    Definition(
        "recovered_money",
        "Recovered money",
        "What the recovered machines are worth at the price of one machine that the configuration "
        "gives, in its currency. There is none without a price.",
        UNSTRAND,
        "recovered machines × price",
    ),
    Definition(
        "weights",
        "Weights: what the fleet is sold by",
        "How the resources are weighed in recovered compute, goodput and the bound; they sum to "
        "1. By default what the trace advises (openb counts GPU alone, as its paper does), else "
        "CPU, memory and GPU alike, of those that its machines have. A resource of weight zero is "
        "shown all the same.",
        f"{UNSTRAND}; for openb {FGD}",
    ),
    Definition(
        "nested_interval",
        "95 % interval of a comparison",
        "From six windows on a nested bootstrap: windows are resampled, then seeds within them, "
        "and the percentiles stretched to the spread of the windows' means times t's quantile over "
        "the normal's, since as they are they cover zero in 85 to 99 % of null comparisons. "
        "With two to five windows Student's t-interval on the windows' means. With one window "
        "the t-interval on its seeds, which says nothing of other windows. A single pair has no "
        "interval. An interval that covers zero shows no difference. It does not allow for the "
        "choice of the best among several.",
        "Davison and Hinkley, Bootstrap Methods and their Application, 1997; Hesterberg, What "
        f"Teachers Should Know about the Bootstrap, The American Statistician 2015; {STUDENT}",
        "under six windows: mean ± t(0.975, n − 1) · sd / √n",
        ("interval", "no difference shown"),
    ),
    Definition(
        "pairs",
        "Windows, seeds and pairs",
        "A window is a stretch of time that is measured, after a history of arrivals and "
        "departures in which the heuristic under test wears the cell as churn would. A task that "
        "comes some time before the window and lives less than 2 % of that time has left no "
        "trace, and is skipped. A pair is one window with one seed, on which both heuristic and "
        "baseline ran with the same draws.",
        UNSTRAND,
        "pairs = windows × seeds",
        ("pair", "pairs"),
    ),
    Definition(
        "tie_rules",
        "Tie rules side by side",
        "The same comparison with the heuristic under each tie rule; the baseline stays under its "
        "own, and its row says what the rule alone does to it. first: the lowest of the seed's "
        "order of machines. random: by lot, keyed by seed and task. rounded: over the machines "
        "that can take the task, scores are stretched so that the lowest is 0 and the highest "
        "100, and rounded to whole numbers, as Kubernetes has them; the best is drawn by lot. A "
        "heuristic whose file states a rule keeps it. A gain that holds under one rule only "
        "belongs to the rule.",
        "kube-scheduler (node scores 0 to 100, the best drawn by lot); " + UNSTRAND,
        "rounded score = round(100 × (s − min s) / (max s − min s))",
        ("tie rule", "tie rules"),
    ),
    Definition(
        "unfit",
        "No longer fits, % of samples",
        "The share of samples, before the probe fills the cell, at which a shape (a request and "
        "its constraints, limits a machine aside) fits on no machine. Its weight is its share of "
        "the pool's tasks.",
        UNSTRAND,
        "100 × samples at which no machine fits the shape / samples",
    ),
    Definition(
        "pareto",
        "Pareto front of resources",
        "Heuristics of which none other, baseline included, recovers more of one resource "
        "without recovering less of the other. Rows that reject work or were packed afresh are "
        "left out.",
        "Pareto, Manual of Political Economy, 1906",
    ),
)
