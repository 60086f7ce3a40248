"""What heuristics recover on a trace beside what they do on its synthetic twins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unstrand import chosen
from unstrand import show as shown

if TYPE_CHECKING:
    from sim import Recovered

EIGHT = (
    *("fgd", "l2", "lava", "cosine", "dot_product", "k8s_most_allocated", "worst_fit"),
    *("first_fit", "random", "k8s_balanced_allocation"),
)
"""Of different kinds: fragmentation, fit, lifetimes, alignment, the fullest, the emptiest, none."""

Interval = tuple[float, float]


def eight(resources: Sequence[str], baseline: str) -> list[str]:
    """Eight heuristics that read some of these resources, or none at all."""
    return [name for name in chosen.readable(EIGHT, resources) if name != baseline][:8]


@dataclass(frozen=True)
class Figure:
    """What one heuristic recovers, points: on the trace, on twins, on the trace drawn anew.

    ci95: of the trace's figure; of the twins' all together, each with its windows.
    """

    heuristic: str
    trace: float
    ci95: Interval | None
    stranded: float
    twins: tuple[float, ...]
    twins_ci95: tuple[Interval | None, ...]
    twins_mean: float
    twins_together: Interval | None
    twins_stranded: float
    anew: tuple[float, ...]

    @property
    def difference(self) -> float:
        """The twins' mean over the trace's figure, points."""
        return self.twins_mean - self.trace

    @property
    def agrees(self) -> bool:
        """Whether the twins' mean lies in the trace's interval."""
        return _holds(self.ci95, self.twins_mean)

    @property
    def within(self) -> int:
        """How many twins' figures lie in the trace's interval."""
        return sum(_holds(self.ci95, value) for value in self.twins)

    @property
    def covering(self) -> int:
        """How many twins' intervals hold the trace's figure."""
        return sum(_holds(ci95, self.trace) for ci95 in self.twins_ci95)

    @property
    def anew_within(self) -> int:
        """How many figures of the trace drawn anew lie in its interval."""
        return sum(_holds(self.ci95, value) for value in self.anew)

    def said(self) -> dict[str, Any]:
        """The entry of the summary."""
        return {
            "heuristic": self.heuristic,
            "recovered_pct": self.trace,
            "recovered_pct_ci95": self.ci95,
            "stranded_pct": self.stranded,
            "twins_pct": self.twins,
            "twins_pct_ci95": self.twins_ci95,
            "twins_mean_pct": self.twins_mean,
            "twins_together_ci95": self.twins_together,
            "twins_stranded_pct": self.twins_stranded,
            "difference_points": self.difference,
            "in_interval": self.agrees,
            "twins_in_interval": self.within,
            "twins_covering": self.covering,
            "anew_pct": self.anew,
            "anew_in_interval": self.anew_within,
        }

    def row(self) -> dict[str, Any]:
        """The same as a row of a table: intervals by their ends, without the single twins."""
        said = self.said()
        for name in ("twins_pct", "twins_pct_ci95", "anew_pct"):
            del said[name]
        for name in ("recovered_pct_ci95", "twins_together_ci95"):
            low, high = said.pop(name) or (None, None)
            said |= {f"{name}_low": low, f"{name}_high": high}
        return said


def figures(
    trace: Sequence[Recovered],
    twins: Sequence[Sequence[Recovered]],
    anew: Sequence[Sequence[Recovered]],
) -> list[Figure]:
    """One for each heuristic, of comparisons of the same ones, the baseline first."""
    import numpy as np

    from sim.statistics import interval

    made = []
    for at, one in enumerate(trace):
        own = [some[at] for some in twins]
        together = interval(np.concatenate([some.points() for some in own]))
        made.append(
            Figure(
                one.heuristic,
                one.recovered.mean,
                one.recovered.ci95,
                _stranded(one),
                tuple(some.recovered.mean for some in own),
                tuple(some.recovered.ci95 for some in own),
                together.mean,
                together.ci95,
                sum(_stranded(some) for some in own) / len(own),
                tuple(some[at].recovered.mean for some in anew),
            )
        )
    return made


def show(some: Sequence[Figure]) -> None:
    """Print them as a table."""
    base, *others = some
    header = [
        "heuristic",
        "trace",
        "95 %",
        "synthetic",
        "95 %",
        "off by",
        "within",
        "each",
        "covers",
    ]
    header += ["drawn anew", "each"] if base.anew else []
    rows = []
    for one in others:
        row = [
            *(one.heuristic, signed(one.trace), _ends(one.ci95)),
            *(signed(one.twins_mean), _ends(one.twins_together), signed(one.difference)),
            *(one.agrees, f"{one.within} of {len(one.twins)}"),
            f"{one.covering} of {len(one.twins)}",
        ]
        if one.anew:
            mean = sum(one.anew) / len(one.anew)
            row += [signed(mean), f"{one.anew_within} of {len(one.anew)}"]
        rows.append(row)
    shown.table(f"recovered over {base.heuristic}, points", header, rows)
    print(
        f"{base.heuristic} strands {base.stranded:.2f} % on the trace, "
        f"{base.twins_stranded:.2f} % on what is synthetic"
    )


def signed(value: float) -> str:
    """Points with their sign: `+1.21`."""
    rounded = round(value, 2)
    return f"{rounded:+.2f}" if rounded else "0.00"


def _ends(ci95: Interval | None) -> str | None:
    return None if ci95 is None else f"{signed(ci95[0])} to {signed(ci95[1])}"


def _holds(ci95: Interval | None, value: float) -> bool:
    return ci95 is not None and ci95[0] <= value <= ci95[1]


def _stranded(one: Recovered) -> float:
    return float(one.result()["stranded_pct"])
