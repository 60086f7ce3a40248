"""What each command can be told: its keys, their types, defaults, bounds and one line of help.

These dataclasses are Hydra's structured configs (types are enforced when a configuration is
composed), the source of ``--help``, and the settings that a command's ``run`` receives. The YAML
files in ``conf/`` only choose among groups, so that a default is written in one place: here.

Nothing but the standard library is imported, because ``--help`` must come at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from unstrand.keys import key

MOST_SEED = 2**62
MOST_PROBES = 10_000
QUEUES = (
    *("reject", "fifo", "skip", "easy", "easy_sjbf"),
    *("easy_clairvoyant", "easy_sjbf_clairvoyant"),
)


@dataclass
class TraceChoice:
    """Group ``trace``: which trace is read, and from where."""

    name: str = key("synthetic", "a named trace (unstrand list traces)")
    path: str | None = key(None, "a canonical folder or a file of the named format", path=True)
    nodes: str | None = key(
        None,
        "openb, kubernetes, spot2026, philly: the list of nodes; pai2020: pai_machine_spec; "
        "slurm: scontrol show node -o",
        path=True,
    )
    tasks: str | None = key(
        None,
        "openb, kubernetes: the list of pods; slurm: sacct; synthetic, fitted: how many",
        path=True,
    )
    instance: str | None = key(None, "bin packing: one instance of the file")
    mapping: str | None = key(
        None, "mapping: the YAML that names columns and units (docs/your-cluster.md)", path=True
    )
    role: str | None = key(None, "dlrm2025: CN or HN; null: both")
    pod_limit: bool | None = key(None, "kubernetes: count how many pods a node takes")
    start: str | None = key(None, "slurm: the local time that is 0; null: first submit", path=True)
    pending: bool | None = key(None, "slurm: keep jobs that wait, for how long not known")
    hours: float | None = key(
        None,
        "google2011, google2019, alibaba2018: only the first hours; null: all",
        above=0,
        at_most=1e6,
    )
    machine: str | None = key(
        None, "azure_packing: the machineId that is replayed; null: which most VMs can run on"
    )
    machines: int | None = key(
        None,
        "synthetic, azure_packing: how many machines; swf: into how many the one is split",
        at_least=1,
        at_most=10**6,
    )
    memory_gib: float | None = key(
        None, "swf: what the machines have in all; null: memory is left out", above=0, at_most=1e9
    )
    capped: bool | None = key(None, "swf: no job runs longer than it asked for; null: true")
    gpus_per_machine: int | None = key(
        None, "philly: a job of more is a gang; null: 8", at_least=1, at_most=64
    )
    seed: int | None = key(
        None, "synthetic, fitted: the seed that it is drawn with", at_least=0, at_most=MOST_SEED
    )
    priorities: int | None = key(
        None, "synthetic: how many priorities its tasks have; null: 1", at_least=1, at_most=1000
    )
    scale: float | None = key(
        None,
        "fitted: machines and arrivals, how many times the model's; null: 1",
        above=0,
        at_most=1e6,
    )


@dataclass
class Cell:
    """Group ``cell``: machines of one's own, for a trace that has none or in place of its own."""

    machines: list[Any] = key(
        [], "kinds of machines in order: [{count:270,cpu:64,mem:120},{count:30,cpu:64,mem:248}]"
    )


@dataclass
class HeuristicChoice:
    """Group ``heuristic``: one heuristic, a file of one's own, or several in order."""

    name: str | None = key(None, "a shipped heuristic (unstrand list heuristics)")
    file: str | None = key(None, "a Python file with one function, used instead of name", path=True)
    params: dict[str, Any] = key({}, "its constants by name: heuristic.params.alpha=0.3", open=True)
    compose: list[Any] = key(
        [], "in lexicographic order: [{name:lava,step:1.0},{name:best_fit,step:0}]"
    )


@dataclass
class Mix:
    """The reference shapes that fragmentation is measured against."""

    coverage: float = key(0.95, "share of the tasks that the shapes cover", above=0, at_most=1)
    resources: list[str] = key(["cpu", "gpu"], "what tells one shape from another")


@dataclass
class Output:
    """What every command that leaves a result folder can be told about it."""

    out: str | None = key(
        None, "the result folder (results/COMMAND-DATE-TIME)", path=True, outcome=False
    )
    overwrite: bool = key(False, "replace a result folder that is there", outcome=False)
    json: bool = key(False, "the summary on stdout and nothing else", outcome=False)


@dataclass
class Run(Output):
    """What every command that runs heuristics on a trace can be told."""

    trace: TraceChoice = key(TraceChoice, "the trace")
    cell: Cell = key(Cell, "machines of one's own")
    heuristic: HeuristicChoice = key(HeuristicChoice, "the heuristic")
    heuristics: list[str] = key(
        [],
        "several, names or .py files, instead of heuristic: [fgd,mine.py]; all are the shipped",
    )
    contain: str = key(
        "lock",
        "what holds a file: a locked process, a process of its own alone, or nothing, which allows "
        "any Python",
        choices=("lock", "process", "off"),
    )
    contain_seconds: float = key(
        3600.0, "the longest that a file may take for one run", above=0, at_most=1e7, outcome=False
    )
    split: str = key(
        "all", "the pool that tasks come from", choices=("all", "train", "validation", "test")
    )
    ties: str | None = key(
        None, "null is the heuristic's own rule, else first", choices=("first", "random", "rounded")
    )
    seed: int = key(0, "the first seed", at_least=0, at_most=MOST_SEED)


@dataclass
class Saturate(Run):
    """Keys of ``unstrand saturate``."""

    offered: float = key(1.3, "offered work, as a ratio of capacity", above=0, at_most=10)
    seeds: int = key(10, "how many seeds, from seed on", at_least=1, at_most=100_000)
    mix: Mix = key(Mix, "the reference shapes")
    workers: int = key(1, "processes", at_least=1, at_most=1024, outcome=False)


@dataclass
class Compact(Run):
    """Keys of ``unstrand compact``."""

    load: float | None = key(
        None,
        "load of the scarcest weighted resource; null: 0.9, what a snapshot runs",
        above=0,
        at_most=10,
    )
    machines: int | None = key(
        None, "the fleet, drawn by the seed; null: all, or as load asks", at_least=1, at_most=10**7
    )
    weights: dict[str, float] = key(
        {}, "what the fleet is sold by, weights.gpu=1; {}: as the trace advises", open=True
    )
    oversubscribe: dict[str, float] = key(
        {}, "times that a resource of machines is counted, oversubscribe.cpu=1.5", open=True
    )
    put: str = key(
        "best_fit",
        "who has put what runs on the whole fleet, a shipped heuristic; of a snapshot all runs",
    )
    trials: int = key(11, "random orders of the machines", at_least=1, at_most=10_000)
    left_over: float = key(
        0.002, "share of tasks that may find no machine", at_least=0, at_most=0.5
    )


@dataclass
class Lifetimes:
    """What a drawn workload assumes of lifetimes."""

    lifetimes: str | None = key(
        None,
        "drawn with the shape or apart from it; null: as the trace advises",
        choices=("joint", "independent"),
    )
    lifetime_cap: float | None = key(
        None, "the longest, in hours; null: as the trace advises", above=0, at_most=1e9
    )
    predicted: str = key(
        "oracle",
        "what a heuristic is told of them: the truth, a guess, nothing",
        choices=("oracle", "noisy", "none"),
    )
    sigma: float = key(1.0, "noisy: of the logarithm of the error", at_least=0, at_most=10)


@dataclass
class OutageModel:
    """Group ``outages``: failures and maintenance, in place of the trace's own events."""

    mtbf_h: float | None = key(None, "hours between failures of a machine", above=0, at_most=1e7)
    mttr_h: float = key(1.0, "hours until it is mended", at_least=0, at_most=1e7)
    rack_mtbf_h: float | None = key(None, "hours between failures of a rack", above=0, at_most=1e7)
    rack_mttr_h: float = key(1.0, "hours until it is mended", at_least=0, at_most=1e7)
    rack_machines: int = key(
        40, "machines a rack, in order, where the trace names none", at_least=1, at_most=10**6
    )
    maintenance_every_h: float | None = key(
        None, "hours between two maintenances of a machine", above=0, at_most=1e7
    )
    maintenance_h: float = key(1.0, "hours of one", at_least=0, at_most=1e7)
    maintenance_share: float = key(0.05, "share of the fleet in a wave", above=0, at_most=1)
    drain_h: float = key(
        0.0, "hours before one in which no task comes to a machine", at_least=0, at_most=1e7
    )


@dataclass
class GangRule:
    """Group ``gangs``: how tasks of a trace that start together are placed."""

    topology: str = key("any", "machines that one may take", choices=("any", "machine", "rack"))
    timeout_h: float | None = key(
        None, "hours that one waits before it is given up", at_least=0, at_most=1e7
    )


@dataclass
class MigrationRule:
    """Group ``migration``: running tasks move to where the heuristic would put them now."""

    moves_per_hour: float | None = key(None, "the budget", above=0, at_most=3.6e6)
    looks: int = key(8, "tasks drawn at most before one moves", at_least=1, at_most=1000)


@dataclass
class StaleViews:
    """Group ``stale``: schedulers that decide at once on what they know of the cell."""

    schedulers: int = key(1, "how many take tasks in turn", at_least=1, at_most=100)
    decisions: int = key(
        0, "placements of the others that each does not know of", at_least=0, at_most=100_000
    )


@dataclass
class PreemptionRule:
    """Group ``preemption``: tasks of higher priority take the place of others."""

    enabled: bool = key(False, "whether they do")
    bands: list[Any] = key([], "priorities that spare each other: [[9,11]]")


@dataclass
class Steady(Run):
    """What the commands that replay arrivals and departures can be told."""

    load: float | None = key(
        None,
        "load of the scarcest weighted resource; null: 0.9, what a snapshot runs, the trace's own",
        above=0,
        at_most=10,
    )
    machines: int | None = key(
        None, "how many, drawn by the seed; null: all, or as load asks", at_least=1, at_most=10**7
    )
    hours: float | None = key(
        None, "the window; null: 48, the split's period with order=trace", above=0, at_most=1e6
    )
    history: float | None = key(
        None,
        "hours replayed before the window; null: until a fifth of the start is left",
        at_least=0,
        at_most=1e6,
    )
    order: str | None = key(
        None,
        "arrivals drawn or the trace's; null: as the trace advises",
        choices=("drawn", "trace"),
    )
    periods: dict[str, Any] = key(
        {}, "with order=trace, first and last day of a split: periods.test=[16,31]", open=True
    )
    workload: Lifetimes = key(Lifetimes, "what is assumed of lifetimes")
    weights: dict[str, float] = key(
        {}, "what the fleet is sold by, weights.gpu=1; {}: as the trace advises", open=True
    )
    queue: str = key("reject", "what becomes of work that does not fit", choices=QUEUES)
    outages: OutageModel = key(OutageModel, "failures and maintenance of machines")
    oversubscribe: dict[str, float] = key(
        {}, "times that a resource of machines is counted, oversubscribe.cpu=1.5", open=True
    )
    gangs: GangRule = key(GangRule, "tasks that start together")
    migration: MigrationRule = key(MigrationRule, "running tasks that move")
    preemption: PreemptionRule = key(PreemptionRule, "higher priorities take the place of lower")
    shake: float | None = key(
        None,
        "order=trace: seconds by which jobs come earlier or later at most, by the seed; compare "
        "does so besides, and marks what vanishes",
        above=0,
        at_most=1e6,
    )
    stale: StaleViews = key(StaleViews, "schedulers that decide on views of some age")
    recorded: str = key("best_fit", "places what heuristic recorded finds no place of in the trace")


@dataclass
class Probe:
    """The inflation probe, by which stranding is measured."""

    count: int = key(
        8, "probes a window, at random times of the seed's", at_least=0, at_most=MOST_PROBES
    )
    stop: float = key(
        0.05, "ends where shapes of less of the pool's weight still fit", above=0, at_most=1
    )


@dataclass
class Probes(Probe):
    """At least one, where stranding is what is compared."""

    count: int = key(
        8, "probes a window, at random times of the seed's", at_least=1, at_most=MOST_PROBES
    )


@dataclass
class Replay(Steady):
    """Keys of ``unstrand replay``."""

    probe: Probe = key(Probe, "the inflation probe")
    samples: int = key(100, "how many samples over the window", at_least=1, at_most=1_000_000)
    placements: bool = key(False, "also write placements.parquet")
    process: str | None = key(None, "your SimPy process, as module:function")


@dataclass
class ExecutorChoice:
    """Group ``executor``: who makes the runs."""

    name: str = key(
        "local", "processes of this machine, or a Ray cluster", choices=("local", "ray")
    )
    address: str | None = key(
        None,
        "ray: the cluster, HOST:PORT or auto; null: $RAY_ADDRESS, else one of its own",
        path=True,
    )


@dataclass
class Compare(Steady):
    """Keys of ``unstrand compare``."""

    baseline: str = key(
        "best_fit", "what is compared with: a name, a .py file, or recorded", path=True
    )
    split: str = key(
        "test",
        "the pool that tasks come from",
        choices=("all", "train", "validation", "test"),
    )
    windows: int = key(1, "windows a seed", at_least=1, at_most=10_000)
    seeds: int = key(8, "how many seeds, from seed on", at_least=1, at_most=100_000)
    policies: list[str] = key(
        ["first", "random", "rounded"], "tie rules tried besides; rounded: scores as 0 to 100"
    )
    probe: Probes = key(Probes, "the inflation probe")
    bound: str = key(
        "lp", "the least that can be stranded, by which programme", choices=("lp", "milp", "none")
    )
    bound_seconds: float = key(10.0, "time limit of a milp", above=0)
    price: float | None = key(None, "of one machine, in any currency", at_least=0)
    executor: ExecutorChoice = key(ExecutorChoice, "who makes the runs", outcome=False)
    workers: int = key(1, "processes", at_least=1, at_most=1024, outcome=False)


@dataclass
class Explain(Steady):
    """Keys of ``unstrand explain``."""

    task: int | None = key(
        None,
        "its number, as a replay's placements have it; null: the first of the window's second half",
        at_least=0,
    )
    baseline: str | None = key("best_fit", "who else is asked about the same cell; null: nobody")
    top: int = key(10, "machines that are kept, the best first", at_least=1, at_most=100_000)


@dataclass
class TrainPairs:
    """The pairs that trials are scored on."""

    windows: int = key(1, "windows a seed", at_least=1, at_most=10_000)
    seeds: int = key(8, "how many seeds", at_least=1, at_most=100_000)


@dataclass
class ValidationPairs(TrainPairs):
    """The pairs that the best trials are chosen by."""


@dataclass
class Tune(Compare):
    """Keys of ``unstrand tune``: what is tried, and how it is compared at the end."""

    resume: str | None = key(
        None, "go on in this study's folder, with its settings", path=True, outcome=False
    )
    space: dict[str, Any] = key(
        {},
        "where constants are tried: space.alpha=[0.0,2.0], [0.01,2.0,log], null holds one; else a "
        "quarter to four times, by size where positive, but for 0 and a whole 1",
        open=True,
    )
    trials: int = key(100, "how many sets of values are tried", at_least=1, at_most=1_000_000)
    minutes: float | None = key(None, "after which no more are begun", above=0)
    sampler: str = key("tpe", "who draws them, optuna's", choices=("tpe", "random"))
    prune: bool = key(
        True, "end a trial that has lost to the best on the pairs so far (Wilcoxon's test)"
    )
    batch: int = key(4, "trials drawn at a time", at_least=1, at_most=1024)
    finalists: int = key(8, "how many validation chooses from", at_least=1, at_most=1000)
    train: TrainPairs = key(TrainPairs, "what scores a trial, on the train split")
    validation: ValidationPairs = key(ValidationPairs, "what chooses, on the validation split")
    bound: str = key(
        "none",
        "the least that can be stranded, by which programme",
        choices=("lp", "milp", "none"),
    )


@dataclass
class Fit(Compare):
    """Keys of ``unstrand trace fit``: what is fitted, and how heuristics are compared on it."""

    heuristics: list[str] = key(
        [],
        "validate: names or .py files; []: eight of different kinds, of those that read the trace",
    )
    policies: list[str] = key([], "validate: tie rules tried besides")
    bound: str = key(
        "none",
        "validate: the least that can be stranded, by which programme",
        choices=("lp", "milp", "none"),
    )
    validate: bool = key(False, "compare heuristics on the trace and on synthetic ones")
    twins: int = key(3, "validate: synthetic traces, their seeds from 0 on", at_least=1, at_most=99)
    resamples: int = key(
        3,
        "validate: the trace with its jobs drawn anew, which tells what luck makes",
        at_least=0,
        at_most=99,
    )


@dataclass
class Scene:
    """One split of a problem: the cell, the load and the draws that it is judged on."""

    seeds: int = key(2, "how many seeds", at_least=1, at_most=100_000)
    windows: int = key(1, "windows a seed", at_least=1, at_most=10_000)
    cell: Cell = key(Cell, "machines of its own")
    load: float | None = key(None, "load of the scarcest weighted resource", above=0, at_most=10)
    machines: int | None = key(None, "how many, drawn by the seed", at_least=1, at_most=10**7)
    hours: float | None = key(None, "the window", above=0, at_most=1e6)
    capacities: list[int] = key([100], "bin_packing: of the bins, seeds instances of each")
    items: int = key(5000, "bin_packing: items an instance", at_least=1, at_most=100_000)


@dataclass
class Validation(Scene):
    """The split that chooses among finalists."""

    seeds: int = key(4, "how many seeds", at_least=1, at_most=100_000)


@dataclass
class Test(Scene):
    """The split that is opened once, at the end."""

    seeds: int = key(10, "how many seeds", at_least=2, at_most=100_000)


@dataclass
class Problem:
    """Group ``problem``: what a search is for, and on which data it is judged."""

    name: str = key("synthetic_saturation", "the problem's name")
    kind: str = key(
        "saturation",
        "what is maximised: allocated at saturation, recovered in a steady cell, or bins not used",
        choices=("saturation", "recovery", "bin_packing"),
    )
    trace: TraceChoice = key(TraceChoice, "the trace that is searched on")
    baselines: list[str] = key(["best_fit", "fgd"], "what the champion is compared with")
    parents: list[str] = key([], "what the search starts from; [] is every shipped heuristic")
    held_out: list[str] = key(
        [],
        "lists of tasks, by name, that only the final comparison sees; bin_packing: or capacities",
    )
    train: Scene = key(Scene, "what scores a candidate")
    validation: Validation = key(Validation, "what chooses the champion")
    test: Test = key(Test, "the final comparison")
    offered: float = key(1.3, "saturation: offered work, a ratio of capacity", above=0, at_most=10)
    resource: str = key("gpu", "saturation: the resource whose allocation is the score")
    mix: Mix = key(Mix, "saturation: the reference shapes")
    baseline: str = key("best_fit", "recovery: what compute is recovered from")
    history: float | None = key(
        None, "recovery: hours before the window; null: as compare", at_least=0, at_most=1e6
    )
    order: str | None = key(
        None, "recovery: arrivals drawn or the trace's", choices=("drawn", "trace")
    )
    periods: dict[str, Any] = key(
        {}, "recovery: with order=trace, first and last day of a split", open=True
    )
    workload: Lifetimes = key(Lifetimes, "recovery: what is assumed of lifetimes")
    weights: dict[str, float] = key(
        {}, "recovery: what the fleet is sold by; {}: as the trace advises", open=True
    )
    queue: str = key(
        "reject",
        "recovery: what becomes of work that does not fit",
        choices=QUEUES,
    )
    probe: Probes = key(Probes, "recovery: the inflation probe")
    margin: float = key(0.1, "recovery: points of goodput to be held over the baseline's")
    stages: list[Any] = key(
        [{"draws": 1, "slack": 2.0}],
        "the cascade, cheap first: [{machines:60,hours:12,slack:4},{draws:1,slack:1}]; a stage is "
        "a smaller cell or the first draws of train, and where a candidate lies more than slack "
        "points under its island's best, it stops there",
    )
    operations: int | None = key(
        None,
        "most operations that a program may take to score a machine; others are not tried",
        at_least=1,
    )
    shipped: bool = key(
        True, "compare the champion with every shipped heuristic, not with the baselines alone"
    )
    cuts: int = key(
        120, "most programs tried to cut the champion down", at_least=0, at_most=100_000
    )


@dataclass
class Archive:
    """What a search keeps, and how it chooses from it."""

    islands: int = key(3, "archives apart from each other", at_least=1, at_most=64)
    measures: list[str] = key(
        ["emptier", "complexity"],
        "what behaviours are told apart by: emptier (share of choices on emptier machines), "
        "balance (spread of use over resources), complexity (nodes)",
    )
    cells: list[int] = key([8, 8], "cells of each measure")
    pressure: int = key(
        3, "mean rank of the parents, which are the likelier the better", at_least=1, at_most=1000
    )
    migrate: int = key(60, "candidates between migrations", at_least=1)
    lag: int = key(16, "proposals that are out at a time", at_least=1, at_most=1024)
    finalists: int = key(12, "how many validation chooses from", at_least=1, at_most=1000)


@dataclass
class Prices:
    """What a model costs."""

    input: float | None = key(None, "US dollars a million tokens asked with", at_least=0)
    output: float | None = key(None, "US dollars a million tokens answered", at_least=0)


@dataclass
class LlmBudget:
    """Most that may be spent on models; a run stops there, and can be gone on with."""

    tokens: int | None = key(None, "tokens, asked with and answered", at_least=1)
    usd: float | None = key(None, "US dollars, by llm.prices", above=0)


@dataclass
class Instructions:
    """What a prompt asks for besides its task."""

    evolve: bool = key(True, "vary the texts, and prefer those that pay; false: the first alone")
    every: int = key(15, "prompts from one new text to the next", at_least=2)


@dataclass
class Llm:
    """Group ``llm``: which model writes heuristics, and how it is asked."""

    name: str = key("endpoint", "the kind of endpoint", outcome=False)
    base_url: str | None = key(
        None, "where it is, http://127.0.0.1:8000/v1; null: the SDK's own", path=True
    )
    model: str | None = key(None, "the model; null: the one that the endpoint has", path=True)
    api_key_env: str | None = key(
        "OPENAI_API_KEY", "the variable that holds the key; not needed with a base_url"
    )
    ensemble: list[Any] = key(
        [],
        "several models: [{model:a,weight:2},{model:b}], each with what differs from the keys "
        "here; their shares follow what has paid",
    )
    temperature: float | None = key(None, "null: the endpoint's own", at_least=0, at_most=2)
    effort: str | None = key(None, "reasoning effort, as the endpoint names it; null: its own")
    max_tokens: int = key(4096, "most tokens of an answer", at_least=16, at_most=10**6)
    stream: bool = key(True, "take answers as they are written")
    prices: Prices = key(Prices, "what tokens cost")
    budget: LlmBudget = key(LlmBudget, "most that may be spent")
    share: float = key(
        1.0, "of candidates that models write; the others are mutants", above=0, at_most=1
    )
    concurrent: int = key(4, "requests at a time", at_least=1, at_most=256)
    per_minute: float | None = key(None, "most requests a minute", above=0)
    timeout_s: float = key(120.0, "how long an answer may take", above=0)
    patience_s: float = key(
        600.0, "how long a question is asked again before the run stops", at_least=0
    )
    failures: int = key(10, "answers in a row that can't be used before the run stops", at_least=1)
    repair: bool = key(True, "send an answer that can't be used back, once")
    instructions: Instructions = key(Instructions, "what prompts ask for besides their task")
    replay: bool = key(False, "take all answers from the journal", outcome=False)
    journal: str | None = key(
        None, "the run whose answers a new one takes, with replay", path=True, outcome=False
    )


@dataclass
class Constitution:
    """Group ``constitution``: rules that a champion is held against, beside its score."""

    rules: list[Any] = key(
        [],
        "[{name:…,rule:…,check:…}]; check is extremes, packs, scale, order, singled or constants, "
        "what execution can tell; a rule without one is a model's to judge",
    )
    judge: bool = key(False, "have the model of proposer=llm judge the finalists too")
    gate: float | None = key(
        None, "the least share of judged rules that a champion holds", at_least=0, at_most=1
    )


@dataclass
class Evolve(Output):
    """Keys of ``unstrand evolve``."""

    resume: str | None = key(
        None, "go on in this run's folder, with its settings", path=True, outcome=False
    )
    problem: Problem = key(Problem, "the problem")
    archive: Archive = key(Archive, "what is kept")
    seeds: str = key(
        "shipped",
        "what it starts from: shipped heuristics (problem.parents), or nothing",
        choices=("shipped", "none"),
    )
    proposer: str = key(
        "embedded",
        "who writes programs: the embedded mutator, language models (llm), or whoever answers to "
        "unstrand ask (outside)",
        choices=("embedded", "llm", "outside"),
    )
    llm: Llm = key(Llm, "with proposer=llm: the models")
    constitution: Constitution = key(Constitution, "rules for a champion")
    null: str | None = key(
        None,
        "the same budget without the loop's cleverness",
        choices=("random", "best_of_n", "one_plus_one", "constants"),
    )
    minutes: float | None = key(
        None, "budget of time to propose, the verdict not counted; 5 without candidates", above=0
    )
    candidates: int | None = key(None, "budget of candidates: the same search again", at_least=1)
    cpu_minutes: float | None = key(
        None, "budget of processor time, of all processes of the search together", above=0
    )
    seed: int = key(0, "the search's seed", at_least=0, at_most=MOST_SEED)
    contain: str = key(
        "lock",
        "what holds a candidate: a locked process, or a process of its own alone",
        choices=("lock", "process"),
    )
    workers: int = key(2, "candidates at a time", at_least=1, at_most=1024, outcome=False)


@dataclass
class Try(Output):
    """Keys of ``unstrand try``."""

    problem: Problem = key(Problem, "the problem")
    contain: str = key(
        "lock",
        "what holds the candidate: a locked process, or a process of its own alone",
        choices=("lock", "process"),
    )


@dataclass
class Report(Output):
    """Keys of ``unstrand report``."""


@dataclass
class DatasetChoice:
    """Group ``fetch``: a public data set, its terms and addresses (docs/traces.md)."""

    name: str | None = key(None, "fetch: its name, and its folder's where folder says none")
    title: str | None = key(None, "fetch: what it is")
    page: str | None = key(None, "fetch: the publisher's page")
    licence: str | None = key(None, "fetch: the licence or terms of use")
    terms: str | None = key(None, "fetch: where these stand")
    citation: str | None = key(None, "fetch: what to cite")
    folder: str | None = key(None, "fetch: the folder below that of traces")
    files: list[Any] = key([], "fetch: [{url:…,path:…,sha256:…,bytes:…,unpack:[…],parts:…}]")
    sums: str | None = key(None, "fetch: the publisher's list of SHA-256 by path")
    by_hand: str | None = key(None, "fetch: how one gets it, where there is no address")
    note: str | None = key(None, "fetch: what else one should know")


@dataclass
class Download:
    """How patient a download is."""

    retries: int = key(5, "fetch: tries again that may gain nothing", at_least=0, at_most=1000)
    wait_s: float = key(1.0, "fetch: before the second try, then twice", at_least=0, at_most=60)
    timeout_s: float = key(30.0, "fetch: how long nothing may come", above=0, at_most=3600)


@dataclass
class Trace(Output):
    """Keys of ``unstrand trace``."""

    trace: TraceChoice = key(TraceChoice, "the trace, where no path or name is given before")
    cell: Cell = key(Cell, "machines of one's own")
    accept_licence: bool = key(False, "fetch: true says that you accept the terms that it shows")
    path: str | None = key(None, "fetch: the folder of traces; null: $UNSTRAND_DATA", path=True)
    files: list[str] = key([], "fetch: only these of its files; []: all")
    parts: int | None = key(
        None, "fetch: the first parts of tables that come in parts; null: all", at_least=1
    )
    fetch: DatasetChoice = key(DatasetChoice, "the public data set")
    download: Download = key(Download, "how patient a download is")


@dataclass
class List:
    """Keys of ``unstrand list``."""

    json: bool = key(False, "JSON on stdout and nothing else", outcome=False)


@dataclass
class Answering:
    """Keys of the commands that open a run which is answered from outside."""

    contain: str = key(
        "lock", "as the run was begun with: its folder is not believed", choices=("lock", "process")
    )


@dataclass
class Ask(Answering):
    """Keys of ``unstrand ask``."""

    count: int = key(1, "how many tickets", at_least=1, at_most=1000)
    json: bool = key(False, "JSON on stdout and nothing else", outcome=False)


@dataclass
class Tell(Answering):
    """Keys of ``unstrand tell``."""

    workers: int = key(2, "candidates at a time", at_least=1, at_most=1024, outcome=False)
    json: bool = key(False, "JSON on stdout and nothing else", outcome=False)


@dataclass
class Mcp(Answering):
    """Keys of ``unstrand mcp``."""

    transport: str = key("stdio", "how clients talk to it", choices=("stdio", "http"))
    port: int = key(8000, "http: the port on 127.0.0.1; 0: a free one", at_least=0, at_most=65535)
    workers: int = key(2, "candidates at a time", at_least=1, at_most=1024, outcome=False)


@dataclass
class Export(Output):
    """Keys of ``unstrand export``."""

    test_share: float = key(
        0.1, "about the share of candidates that are for testing", at_least=0, at_most=0.9
    )
    seed: int = key(0, "which those are", at_least=0, at_most=MOST_SEED)


@dataclass
class Track:
    """Keys of ``unstrand track``."""

    uri: str | None = key(
        None, "where runs are kept, as sqlite:///mlflow.db; null: $MLFLOW_TRACKING_URI", path=True
    )
    experiment: str = key("unstrand", "the experiment that they are put into")
    json: bool = key(False, "JSON on stdout and nothing else", outcome=False)


@dataclass
class Watch:
    """Keys of ``unstrand watch``."""

    port: int = key(0, "the port on 127.0.0.1; 0: a free one", at_least=0, at_most=65535)
    open: bool = key(False, "open the page in a browser")
    terminal: bool = key(False, "in this terminal, without a page; --terminal is the same")
    once: bool = key(False, "terminal: draw once, and end")
    json: bool = key(False, "how far it is as JSON on stdout, once, and nothing else")


@dataclass
class ServeProposer:
    """Keys of ``unstrand serve-proposer``."""

    port: int = key(0, "the port on 127.0.0.1; 0: a free one", at_least=0, at_most=65535)
    seed: int = key(0, "another seed answers otherwise", at_least=0, at_most=MOST_SEED)
    fresh: bool = key(False, "a prompt that comes again gets another answer each time")


SCHEMAS: dict[str, type[Any]] = {
    "saturate": Saturate,
    "replay": Replay,
    "compact": Compact,
    "explain": Explain,
    "compare": Compare,
    "tune": Tune,
    "evolve": Evolve,
    "try": Try,
    "report": Report,
    "trace": Trace,
    "trace-fit": Fit,
    "list": List,
    "version": List,
    "ask": Ask,
    "tell": Tell,
    "mcp": Mcp,
    "export": Export,
    "serve-proposer": ServeProposer,
    "track": Track,
    "watch": Watch,
}
STEADY = ("trace", "cell", "heuristic", "outages", "preemption", "experiment")
GROUPS: dict[str, tuple[str, ...]] = {
    "saturate": ("trace", "cell", "heuristic", "experiment"),
    "replay": STEADY,
    "compact": ("trace", "cell", "heuristic", "experiment"),
    "explain": STEADY,
    "compare": (*STEADY, "executor"),
    "tune": (*STEADY, "executor"),
    "evolve": ("problem", "llm", "constitution"),
    "try": ("problem",),
    "trace": ("trace", "cell", "fetch"),
    "trace-fit": ("trace", "cell", "heuristic", "experiment", "executor"),
}
