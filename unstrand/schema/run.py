"""What is asked of any run: a trace, a cell, heuristics, where the result goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from unstrand.keys import key

MOST_SEED = 2**62


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
