"""What a search is for: the cell that scores a candidate, and the seeds and lists kept apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.errors import SimError
from sim.saturation import Experiment, experiment

if TYPE_CHECKING:
    from traces import Trace

TRAIN, VALIDATION = 1_000_000, 2_000_000
"""Where these seeds begin; test seeds begin at 0, as the published experiment's do."""


@dataclass(frozen=True)
class Problem:
    """Saturation as a problem: allocated `resource` at the last ratio offered, in per cent.

    held_out: experiments that only the final comparison sees, by name.
    """

    setup: Experiment
    resource: int
    baselines: tuple[str, ...]
    parents: tuple[str, ...]
    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]
    held_out: dict[str, Experiment] = field(default_factory=dict)

    @property
    def resources(self) -> tuple[str, ...]:
        """The trace's resources."""
        return self.setup.population.resources


def saturation_problem(
    trace: Trace,
    *,
    held_out: Mapping[str, Trace] | None = None,
    offered: float = 1.3,
    resource: str = "gpu",
    coverage: float = 0.95,
    mix_resources: tuple[str, ...] = ("cpu", "gpu"),
    baselines: Sequence[str] = ("best_fit", "fgd"),
    parents: Sequence[str] = (),
    train_seeds: int = 2,
    validation_seeds: int = 4,
    test_seeds: int = 10,
) -> Problem:
    """Set up the problem. Without `parents` the search starts from every shipped heuristic.

    Raises:
        SimError: the trace has not the resource.
    """
    if resource not in trace.resources:
        known = ", ".join(trace.resources)
        raise SimError(f"problem.resource={resource}: the trace has {known}")

    def made(of: Trace) -> Experiment:
        return experiment(of, offered=offered, coverage=coverage, resources=mix_resources)

    return Problem(
        setup=made(trace),
        resource=trace.resources.index(resource),
        baselines=tuple(baselines),
        parents=tuple(parents),
        train=tuple(range(TRAIN, TRAIN + train_seeds)),
        validation=tuple(range(VALIDATION, VALIDATION + validation_seeds)),
        test=tuple(range(test_seeds)),
        held_out={name: made(other) for name, other in (held_out or {}).items()},
    )
