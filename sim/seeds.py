"""Saturation of heuristics over seeds: what the command and a notebook call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from heuristics import Heuristic
from sim import sheets
from sim.composition import Composition, composed, tie_code
from sim.kernel import Kernel, compile_kernel, expect_readable
from sim.saturation import FRAG_EVERY, Experiment, Outcome, experiment, saturate_once
from sim.statistics import described
from sim.taping import Asked, Taping
from sim.workers import Progress, spread
from traces.sheet import Sheet, Shows

if TYPE_CHECKING:
    from traces import Trace

AT = (50, 80, 90, 100, 110, 120)


@dataclass(frozen=True, repr=False)
class Saturation(Shows):
    """One heuristic over all seeds.

    curve: arrays of equal length: seed, offered_pct, resource, allocated_pct, frag_pct (NaN
    between the marks at which fragmentation is looked at).
    """

    heuristic: str
    ties: str
    offered: float
    resources: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    compile_s: float

    @property
    def curve(self) -> dict[str, Any]:
        """Allocation and fragmentation as the offered load grows."""
        runs, names = self.outcomes, self.resources
        marks = runs[0].marks
        return {
            "seed": np.repeat([run.seed for run in runs], len(marks) * len(names)),
            "offered_pct": np.tile(np.repeat(marks, len(names)), len(runs)).astype(np.float64),
            "resource": np.tile(np.array(names), len(marks) * len(runs)),
            "allocated_pct": np.concatenate([run.allocated.reshape(-1) for run in runs]),
            "frag_pct": np.concatenate([run.frag.reshape(-1) for run in runs]),
        }

    def sheet(self) -> Sheet:
        """What shows it."""
        return sheets.of_saturation(self)

    @property
    def seconds(self) -> dict[str, float]:
        """Time spent compiling and simulating, summed over processes."""
        return {"compile": self.compile_s, "simulate": sum(run.seconds for run in self.outcomes)}

    @property
    def decision_us(self) -> float:
        """Microseconds a decision, placement and bookkeeping included."""
        decisions = sum(run.decisions for run in self.outcomes)
        return 1e6 * sum(run.seconds for run in self.outcomes) / max(decisions, 1)

    def result(self) -> dict[str, Any]:
        """The entry of the summary."""
        last = len(self.outcomes[0].marks)
        marks = sorted({mark for mark in (*AT, last) if mark <= last})
        frag_marks = [mark for mark in marks if mark % FRAG_EVERY == 0]
        return {
            "heuristic": self.heuristic,
            "ties": self.ties,
            "offered_pct": round(100 * self.offered, 6),
            "placed": float(np.mean([run.placed for run in self.outcomes])),
            "rejected": float(np.mean([run.rejected for run in self.outcomes])),
            "used_machines": float(np.mean([run.used for run in self.outcomes])),
            "empty_machines_pct": float(
                np.mean([100.0 * run.empty / (run.empty + run.used) for run in self.outcomes])
            ),
            "alloc_pct_at": {str(mark): self._at("allocated", mark) for mark in marks},
            "frag_pct_at": {str(mark): self._at("frag", mark) for mark in frag_marks},
        }

    def _at(self, what: str, mark: int) -> dict[str, Any]:
        values = np.array([getattr(run, what)[mark - 1] for run in self.outcomes])
        return {name: described(values[:, r]) for r, name in enumerate(self.resources)}


State = tuple[Experiment, tuple[Composition, ...], Taping | None]


def _ready(*state: Any) -> State:
    return state


def _one(state: State, item: tuple[int, int, str]) -> tuple[Outcome, float]:
    setup, compositions, taping = state
    which, seed, rule = item
    composition, kernels = compositions[which], list[Kernel]()
    tape = None if taping is None else taping(setup, Asked(composition, rule, seed=seed))
    if tape is None:
        kernels = [compile_kernel(level, setup.resources) for level in composition.levels]
    run = saturate_once(setup, composition, kernels, seed, ties=tie_code(rule), tape=tape)
    told = None if tape is None else tape.spent
    return run, told[0] if told else sum(kernel.seconds for kernel in kernels)


def saturate(
    trace: Trace,
    heuristics: Sequence[Heuristic | Composition],
    *,
    offered: float = 1.3,
    seeds: Sequence[int] = range(10),
    ties: str | None = None,
    coverage: float = 0.95,
    resources: tuple[str, ...] | None = ("cpu", "gpu"),
    split: str = "all",
    workers: int = 1,
    progress: Progress | None = None,
    taping: Taping | None = None,
) -> list[Saturation]:
    """The saturation experiment for each heuristic and seed (see `sim.saturation`).

    taping: of decisions that are made elsewhere; it is handed to other processes. Results do not
    depend on the number of workers.

    Raises:
        SimError: a ratio, split or tie rule that can't be.
        HeuristicError: a heuristic that reads what the trace has not, or a score that is no number.
    """
    setup = experiment(trace, offered=offered, coverage=coverage, resources=resources, split=split)
    compositions = tuple(composed(h) for h in heuristics)
    for composition in compositions:
        for level in composition.levels:  # before the others have run, not after
            expect_readable(level, trace.resources)
    rules = [c.ties(ties) for c in compositions]
    items = [(which, int(seed), rule) for which, rule in enumerate(rules) for seed in seeds]
    state = (setup, compositions, taping)
    done = spread(_ready, state, _one, items, workers=workers, progress=progress)
    count = len(items) // max(len(compositions), 1)
    return [
        Saturation(
            heuristic=composition.name,
            ties=rules[which],
            offered=offered,
            resources=trace.resources,
            outcomes=tuple(run for run, _ in done[which * count : (which + 1) * count]),
            compile_s=max((s for _, s in done[which * count : (which + 1) * count]), default=0.0),
        )
        for which, composition in enumerate(compositions)
    ]
