"""Comparisons, and what ends in one: tuning, fitted workloads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from unstrand.keys import key
from unstrand.schema.steady import MOST_PROBES, Probe, Steady


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
class Probes(Probe):
    """At least one, where stranding is what is compared."""

    count: int = key(
        8, "probes a window, at random times of the seed's", at_least=1, at_most=MOST_PROBES
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
    trials: int = key(
        100,
        "how many sets of values are tried besides those as written",
        at_least=1,
        at_most=1_000_000,
    )
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
