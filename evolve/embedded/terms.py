"""Small expressions of what a heuristic may see: what new programs are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEFT = "(free.{r} - required.{r}) / cell.largest.{r}"
OF_ONE = (
    LEFT,
    "(free.{r} - required.{r}) / max(total.{r}, 1e-09)",
    "required.{r} / max(free.{r}, 1e-09)",
    "(free.{r} - required.{r}) / max(free.{r}, 1e-09)",
    "free.{r} / max(total.{r}, 1e-09)",
    "total.{r} / cell.largest.{r}",
    "(free.{r} - required.{r}) % max(required.{r}, 1e-09) / cell.largest.{r}",
)
OF_AMOUNTS = (
    "cell.free.{r} / cell.total.{r}",
    "free.{r}",
    "required.{r}",
    "1.0 * (free.{r} - required.{r} < {n})",
)
OF_MIX = ("frag.gain.{r} / cell.largest.{r}", "frag.after.{r} / cell.largest.{r}")
OF_TWO = (
    "abs((free.{r} - required.{r}) / max(total.{r}, 1e-09)"
    " - (free.{s} - required.{s}) / max(total.{s}, 1e-09))",
    "(free.{r} - required.{r}) / cell.largest.{r} - (free.{s} - required.{s}) / cell.largest.{s}",
    "required.{r} / cell.largest.{r} * free.{s} / cell.largest.{s}",
    "1.0 * (free.{r} * total.{s} < free.{s} * total.{r})",
    "(required.{r} <= 0.0) * total.{s} / cell.largest.{s}",
    "(required.{r} <= 0.0) * free.{r} / cell.largest.{r}",
)
STARVED = (
    "max(free.{s} / cell.largest.{s} - {rate} * free.{r} / cell.largest.{r}, 0.0)",
    "max((free.{s} - required.{s}) / cell.largest.{s}"
    " - {rate} * (free.{r} - required.{r}) / cell.largest.{r}, 0.0)",
)
OF_STARVED = ("{after}", "{after} - {before}")
"""What of one resource lies idle for want of another, of which a unit needs `rate`."""
PRODUCT = "required.{r} / cell.largest.{r} * free.{r} / cell.largest.{r}"
OF_ALL = (
    "min({lefts})",
    "max({lefts})",
    "math.sqrt({squares})",
    "{products}",
)
OF_MACHINES = (
    "1.0 * (machine.tasks == 0)",
    "1.0 / (1.0 + machine.tasks)",
    "machine.machines / 1000.0",
)
OF_TIME = (
    "1.0 * (machine.exit >= task.lifetime)",
    "math.log1p(max(min(task.lifetime, 1000000.0) - min(machine.exit, 1000000.0), 0.0)) / 10.0",
    "math.log1p(max(min(machine.exit, 1000000.0) - min(task.lifetime, 1000000.0), 0.0)) / 10.0",
)
OF_HOURS = (
    "min(task.lifetime, 1000000.0) / 3600.0",
    "min(machine.exit, 1000000.0) / 3600.0",
    "machine.tasks",
)
SHAPED = 0.3  # how often a bounded term goes through one of these
SHAPES = (
    "({0}) ** 2",
    "({0} - {step}) ** 2",
    "math.sqrt(abs({0}))",
    "math.exp(-{steep} * abs({0}))",
    "1.0 * ({0} < {step})",
)
OF_DEVICES = ("machine.kin", "machine.kinds", "free.gpu % 1.0", "1.0 * (free.gpu >= 1.0)")


def number(random: np.random.Generator) -> float:
    """A number of either sign, from a hundredth to a hundred."""
    return float(f"{random.choice([-1, 1]) * 10 ** random.uniform(-2, 2):.3g}")


@dataclass(frozen=True)
class Seen:
    """What a heuristic may read on a problem. departures: whether tasks end, so that times tell."""

    resources: tuple[str, ...]
    departures: bool = True


def term(seen: Seen, random: np.random.Generator, *, bounded: bool = False) -> str:
    """A random small expression of the arguments.

    bounded: of those that run from about −1 to 1 whatever the cell, so that their weights compare.
    """
    resources = seen.resources
    kinds = [(OF_ONE, 5), (OF_MACHINES, 1), (OF_MIX, 1)]
    if seen.departures:
        kinds.append((OF_TIME, 1))
    if len(resources) > 1:
        kinds += [(OF_TWO, 2), (OF_STARVED, 1), (OF_ALL, 2)]
    if "gpu" in resources:
        kinds.append((OF_DEVICES, 1))
    if not bounded:
        kinds += [(OF_AMOUNTS, 2), *([(OF_HOURS, 1)] if seen.departures else [])]
    shares = np.array([share for _, share in kinds], np.float64)
    texts = kinds[int(random.choice(len(kinds), p=shares / shares.sum()))][0]
    r, s = random.permutation(list(resources))[:2] if len(resources) > 1 else (resources[0],) * 2
    lefts = [LEFT.format(r=name) for name in resources]
    rate = f"{10 ** random.uniform(-1, 1):.3g}"
    text = texts[int(random.integers(len(texts)))].format(
        r=r,
        s=s,
        n=abs(number(random)),
        lefts=", ".join(lefts),
        squares=" + ".join(f"({left}) ** 2" for left in lefts),
        products=" + ".join(PRODUCT.format(r=name) for name in resources),
        before=STARVED[0].format(r=r, s=s, rate=rate),
        after=STARVED[1].format(r=r, s=s, rate=rate),
    )
    if not bounded or random.random() >= SHAPED:
        return text
    steep, step = 10 ** random.uniform(0, 2), random.uniform(0, 1)
    shape = SHAPES[int(random.integers(len(SHAPES)))]
    return shape.format(text, steep=f"{steep:.3g}", step=f"{step:.3g}")
