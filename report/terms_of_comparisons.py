"""What the numbers of comparisons mean: stranded, recovered, the bound, and what guards them."""

from __future__ import annotations

from report.definition import ALPHAEVOLVE, FGD, INFLATION, LAVA, STUDENT, UNSTRAND, Definition

TERMS: tuple[Definition, ...] = (
    Definition(
        "recovered_compute",
        "Recovered compute, %",
        "The headline: how much less of what the fleet is sold by is stranded under a heuristic "
        "than under the baseline, in percentage points of the fleet's capacity. The mean of the "
        "recovered points of each resource, weighted by what the fleet is sold by. It is paired: "
        "both ran on the same window, cell and seeds. Positive is better than the baseline.",
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
        "run out. At eight random times a window the cell is copied and filled, by the same "
        "heuristic and with the clock standing still: first with the pending queue, then with "
        "tasks drawn from the pool, the same sequence for every heuristic. A shape that fits "
        "nowhere is dead; the probe ends when the shapes that still fit hold less than 5 % of "
        "the pool's weight (probe.stop). What is then left free is stranded.",
        f"{ALPHAEVOLVE}; {LAVA} (inflation); {INFLATION}",
        "stranded_r = 100 × free_r left by the probe / total_r",
        ("stranded", "strands"),
    ),
    Definition(
        "exhaustion",
        "Exhaustion stranding, %",
        "The free capacity of machines that no shape of the reference mix fits on any more. "
        "Coarser than the probe and cheap: it sees only machines that are wholly shut.",
        ALPHAEVOLVE,
        "exhausted_r = 100 × Σ_n free_r(n) · [no shape of M fits n] / total_r",
    ),
    Definition(
        "of_stranded",
        "Of the stranded, %",
        "Recovered compute as a share of what the baseline strands.",
        ALPHAEVOLVE,
        "100 × recovered compute / stranded(baseline)",
    ),
    Definition(
        "of_recoverable",
        "Of the recoverable, %",
        "Recovered compute as a share of what any packing could recover: what the baseline "
        "strands less the bound. Where little is recoverable the share is of little, and the page "
        "says so.",
        UNSTRAND,
        "100 × recovered compute / (stranded(baseline) − bound)",
        ("recoverable",),
    ),
    Definition(
        "bound",
        "Bound, %",
        "The least that any packing could leave stranded, since the cell's own imbalance forces "
        "it: at each snapshot of the baseline, as much of the probe's draws as the machines "
        "could hold at best. bound=lp is the linear programme over machine types and shapes; "
        "bound=milp is the integer programme with what runs repacked too, HiGHS's bound under a "
        "time limit, never the packing it found.",
        "linear and integer programming; Huangfu and Hall, Mathematical Programming Computation "
        "2018 (HiGHS)",
        "maximise Σ_r w_r · used_r over 0 ≤ x_m ≤ draws of m, within capacities; "
        "bound_r = 100 × what is left unused / total_r",
        ("bound",),
    ),
    Definition(
        "goodput",
        "Goodput against the baseline, points",
        "Allocated resource-time less the baseline's, in percentage points of the fleet's "
        "capacity, weighted as recovered compute is. It comes first: a heuristic that turns work "
        "away has room to show afterwards.",
        UNSTRAND,
        "goodput delta = Σ_r w_r · (allocated_r − allocated_r(baseline)) / Σ_r w_r",
        ("goodput",),
    ),
    Definition(
        "marks",
        "Marks",
        "Rejects work: the upper end of the goodput's 95 % interval is below −0.1 points; with "
        "a queue, also where p99 queueing or the work pending at the end exceeds the baseline's "
        "interval. Its free room is no packing. Fresh packing: more than half of the allocation "
        "at the window's start is still the start population, so the cell is not yet worn by "
        "churn. Such a row is not called the winner. contain=off: the heuristic may be any Python, "
        "neither checked nor contained; that is said beside it.",
        UNSTRAND,
        words=("rejects work", "fresh packing", "marked"),
    ),
    Definition(
        "start_share",
        "Start share, %",
        "How much of what is allocated at the window's start is still the population that the "
        "history began with. The history is chosen so that it is at most 20 %; above 50 % the "
        "row is marked fresh packing.",
        f"{UNSTRAND}; start population: Cox, Renewal Theory, 1962",
        "100 × allocated to the start population / allocated, at the window's start",
    ),
    Definition(
        "recovered_machines",
        "Recovered machines",
        "Recovered compute as machines of this fleet, of average size.",
        UNSTRAND,
        "recovered compute / 100 × machines",
    ),
    Definition(
        "recovered_money",
        "Recovered money",
        "What the recovered machines are worth at the price that the configuration gives, in its "
        "currency. There is none without a price.",
        UNSTRAND,
        "recovered machines × price",
    ),
    Definition(
        "weights",
        "Weights: what the fleet is sold by",
        "How the resources are weighed in recovered compute and goodput. By default CPU, memory "
        "and GPU alike, of those the trace has; openb counts GPU alone, as its paper does. A "
        "resource of weight zero is shown all the same.",
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
        "departures that wears the cell as churn would. A pair is one window with one seed, on "
        "which both heuristic and baseline ran with the same draws.",
        UNSTRAND,
        "pairs = windows × seeds",
        ("pair", "pairs"),
    ),
    Definition(
        "tie_rules",
        "Tie rules side by side",
        "The same comparison with the heuristic under each tie rule; the baseline stays under its "
        "own, and its row says what the rule alone does to it. first: the lowest of the seed's "
        "order of machines. random: by lot, keyed by seed and task. rounded: scores are "
        "normalised over the feasible machines to 0–100 and rounded to whole numbers, as "
        "Kubernetes does, the best drawn by lot. A gain that holds under one rule only belongs "
        "to the rule.",
        "kube-scheduler (node scores 0 to 100, the best drawn by lot); " + UNSTRAND,
        "rounded score = round(100 × (s − min s) / (max s − min s))",
        ("tie rule", "tie rules"),
    ),
    Definition(
        "unfit",
        "No longer fits, % of samples",
        "The share of samples at which a shape (a request and its constraints) fits on no "
        "machine of the cell. Its weight is how often it occurs in the pool.",
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
