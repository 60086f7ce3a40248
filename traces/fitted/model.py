"""What a generator is made of: a few tables that a person can read, and no row of the trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from traces.trace import Advice


@dataclass(frozen=True)
class Component:
    """One log-normal: its weight, its median in seconds, and sigma of the logarithm; of median
    infinity those that end at no time that can be told from the trace.

    profiles: (number, weight): how the lives within its batches of several tasks differ. drift: how
    often it is met in each of equal parts of the arrivals' span, of how often all are; () is alike.
    """

    weight: float
    median_s: float
    sigma: float
    profiles: tuple[tuple[int, float], ...] = ()
    drift: tuple[float, ...] = ()


@dataclass(frozen=True)
class Requested:
    """The run time that tasks of a law ask for.

    share: of the batches that ask for one. values: (seconds, share up to it), by quantiles, values
    that are often asked for each by itself. rho: of the Gaussian copula that ties it to the
    lifetime. kept: no task outlives what it asked for.
    """

    share: float
    values: tuple[tuple[float, float], ...]
    rho: float
    kept: bool


@dataclass(frozen=True)
class Law:
    """How long batches live, by the median of their tasks: a mixture of log-normals."""

    components: tuple[Component, ...]
    requested: Requested | None = None


@dataclass(frozen=True)
class Cell:
    """Batches of one kind whose size is in [size, 2 · size): how many, the law of their lives."""

    size: int
    batches: int
    law: int


@dataclass(frozen=True)
class Kind:
    """One request with its constraints.

    amounts: natural, a resource each; None where `remainder` says which mix it is drawn from.
    jobs: how many jobs its batches belong to; 0: each batch is a job. beside: tasks of it in
    batches that are mostly of another kind. arrivals, start: its batches, by size.
    """

    amounts: tuple[float, ...] | None
    arrivals: tuple[Cell, ...] = ()
    start: tuple[Cell, ...] = ()
    models: str | None = None
    max_per_machine: int | None = None
    priority: int = 0
    gang: bool = False
    jobs: int = 0
    beside: int = 0
    remainder: int = -1


@dataclass(frozen=True)
class Remainder:
    """Requests too many to list: marginals with their atoms, tied by a Gaussian copula.

    values: a resource, (amount, share up to it). correlation: of the normal scores. labels:
    (weight, models, max_per_machine, priority).
    """

    values: tuple[tuple[tuple[float, float], ...], ...]
    correlation: tuple[tuple[float, ...], ...]
    labels: tuple[tuple[float, str | None, int | None, int], ...]


@dataclass(frozen=True)
class Sizes:
    """Of batches of at least `size` tasks and less than twice as many: how many have how many.

    counts: (tasks, batches). mixed: the share of batches of several kinds; away: in these, the
    share of tasks that are not of the main one.
    """

    size: int
    counts: tuple[tuple[int, int], ...]
    mixed: float = 0.0
    away: float = 0.0


@dataclass(frozen=True)
class Burst:
    """A part of what makes arrivals bunch: variance of the log intensity, and how long it lasts."""

    hours: float
    variance: float


@dataclass(frozen=True)
class Arrivals:
    """When batches come: level × hour of the day × exp(Gaussian process).

    span_s: from the first to the last. levels: relative, one each `level_days` days. hours: 24,
    relative. bursts: independent parts of the log-Gaussian process.
    """

    span_s: float
    level_days: int = 1
    levels: tuple[float, ...] = (1.0,)
    hours: tuple[float, ...] = (1.0,) * 24
    bursts: tuple[Burst, ...] = ()


@dataclass(frozen=True)
class Machines:
    """Machines of one kind."""

    count: int
    amounts: tuple[float, ...]
    model: str | None = None


@dataclass(frozen=True)
class Model:
    """A generator of traces like the one that it was fitted to.

    tasks, start_tasks: how many that one had, of them alive at its start. end_s: how long it was
    watched from its first arrival. closed: what still ran then is said to end then. steps_s: the
    grid of submit times and of lifetimes. profiles: lives within a batch, as multiples of their
    median, at the shares `profiles.SHARES`. services: batches that a job has, by quantiles. ages:
    of what runs at the start, () where not known. assumed: what was left out of the model.
    """

    name: str
    sha256: str
    tasks: int
    start_tasks: int
    resources: tuple[str, ...]
    units: Mapping[str, float]
    machines: tuple[Machines, ...]
    arrivals: Arrivals
    end_s: float
    steps_s: tuple[float, float]
    sizes: tuple[Sizes, ...]
    start_sizes: tuple[Sizes, ...]
    profiles: tuple[tuple[float, ...], ...]
    laws: tuple[Law, ...]
    kinds: tuple[Kind, ...]
    remainder: tuple[Remainder, ...] = ()
    services: tuple[float, ...] = ()
    ages: tuple[Component, ...] = ()
    advice: Advice = field(default_factory=Advice)
    ordered: bool = False
    snapshot: bool = False
    unplaceable: bool = False
    closed: bool = False
    assumed: tuple[str, ...] = ()
