"""Small expressions of what a heuristic may see: what new programs are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

OF_ONE = (
    "(free.{r} - required.{r}) / max(cell.largest.{r}, 1e-09)",
    "(free.{r} - required.{r}) / max(total.{r}, 1e-09)",
    "required.{r} / max(free.{r}, 1e-09)",
    "(free.{r} - required.{r}) / max(free.{r}, 1e-09)",
    "free.{r} / max(total.{r}, 1e-09)",
    "free.{r}",
    "required.{r}",
    "1.0 * (free.{r} - required.{r} < {n})",
    "(free.{r} - required.{r}) % max(required.{r}, 1e-09) / max(total.{r}, 1e-09)",
    "cell.free.{r} / max(cell.total.{r}, 1e-09)",
    "frag.gain.{r}",
    "frag.after.{r}",
)
OF_TWO = (
    "abs((free.{r} - required.{r}) / max(total.{r}, 1e-09)"
    " - (free.{s} - required.{s}) / max(total.{s}, 1e-09))",
    "(free.{r} - required.{r}) / max(free.{s} - required.{s}, 1.0)",
    "required.{r} / max(total.{r}, 1e-09) * (free.{s} / max(total.{s}, 1e-09))",
    "1.0 * (free.{r} * total.{s} < free.{s} * total.{r})",
)
OF_MACHINES = (
    "1.0 * (machine.tasks == 0)",
    "machine.tasks",
    "machine.machines / 1000.0",
)
OF_TIME = (
    "1.0 * (machine.exit >= task.lifetime)",
    "min(task.lifetime, 1000000.0) / 3600.0",
    "min(machine.exit, 1000000.0) / 3600.0",
    "math.log1p(max(min(task.lifetime, 1000000.0) - min(machine.exit, 1000000.0), 0.0))",
)
OF_DEVICES = ("machine.kin", "machine.kinds", "free.gpu % 1.0", "1.0 * (free.gpu >= 1.0)")


def number(random: np.random.Generator) -> float:
    """A number of either sign, from a hundredth to a hundred."""
    return float(f"{random.choice([-1, 1]) * 10 ** random.uniform(-2, 2):.3g}")


def term(resources: Sequence[str], random: np.random.Generator) -> str:
    """A random small expression of the arguments."""
    kinds = [(OF_ONE, 5), (OF_MACHINES, 1), (OF_TIME, 1)]
    if len(resources) > 1:
        kinds.append((OF_TWO, 2))
    if "gpu" in resources:
        kinds.append((OF_DEVICES, 1))
    shares = np.array([share for _, share in kinds], np.float64)
    texts = kinds[int(random.choice(len(kinds), p=shares / shares.sum()))][0]
    r, s = random.permutation(list(resources))[:2] if len(resources) > 1 else (resources[0],) * 2
    return texts[int(random.integers(len(texts)))].format(r=r, s=s, n=abs(number(random)))
