"""Searches: the problem, the archive, the models, the rules for a champion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from unstrand.keys import key
from unstrand.schema.comparing import ExecutorChoice, Probes
from unstrand.schema.run import MOST_SEED, Cell, Mix, Output, TraceChoice
from unstrand.schema.steady import QUEUES, Lifetimes


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
    executor: ExecutorChoice = key(ExecutorChoice, "who scores candidates", outcome=False)
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
