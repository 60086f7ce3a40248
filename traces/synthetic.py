"""A workload made on the spot: no file, no download. The figures are fitted to openb.

Kinds, shares, cores a task, GiB a core, GPU models, machine types, lifetimes and the daily cycle
follow the `default` pod list and the `gpu_node` list (constraints: the `gpuspec10` list) of
Alibaba's GPU cluster of 2023 (Weng et al., USENIX ATC 2023). docs/traces.md tells how each figure
was fitted and how well the marginals agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from traces.admit import Label, admit
from traces.errors import TraceError, shown
from traces.rows import Rows
from traces.schema import UNITS
from traces.trace import Trace

DAYS = 28
# Arrivals a second are proportional to 1 + SWING · cos(2π · (hour - PEAK_HOUR) / 24).
SWING, PEAK_HOUR = 0.46, 23.3
# Lifetimes: a mixture of log-normals (weight, median in seconds, sigma), cut at seven days.
LIFETIMES = ((0.129, 165.0, 0.35), (0.819, 690.0, 1.72), (0.052, 3900.0, 3.63))
LIFETIME_MAX_S = 7 * 86400
MEMORY_STEP_GIB = 0.25


@dataclass(frozen=True)
class Kind:
    """Tasks of one kind of GPU request.

    weight: of 1,000 tasks; gpus: (devices, probability); forms: (cores, GiB a core, probability).
    Devices and forms are drawn independently. models: the GPU models it may use, None for any.
    """

    name: str
    weight: float
    gpus: tuple[tuple[float, float], ...]
    forms: tuple[tuple[float, float, float], ...]
    models: str | None = None


_ONE = ((1.0, 1.0),)
KINDS = (
    Kind(
        "no GPU",
        133.5,
        ((0.0, 1.0),),
        ((8, 3.75, 0.17), (12, 4.5, 0.36), (16, 3.125, 0.21), (32, 1.5, 0.26)),
    ),
    Kind(
        "share, light",
        129.5,
        ((0.81, 0.846), (0.59, 0.059), (0.55, 0.057), (0.37, 0.038)),
        ((3.2, 1.75, 1.0),),
    ),
    Kind(
        "share, heavy",
        122.3,
        ((0.47, 0.752), (0.65, 0.248)),
        ((12, 3.85, 0.63), (8, 3.75, 0.37)),
    ),
    Kind(
        "share, small",
        83.3,
        ((0.32, 0.50), (0.23, 0.22), (0.16, 0.13), (0.22, 0.10), (0.11, 0.05)),
        ((4, 3.75, 0.33), (4, 5.5, 0.27), (4, 7.5, 0.20), (8, 3.75, 0.20)),
    ),
    Kind("share, lean", 15.7, ((0.46, 1.0),), ((6, 1, 0.5), (6, 2, 0.3), (6, 3, 0.2))),
    Kind(
        "one",
        421.1,
        _ONE,
        (
            (11.4, 4.2, 0.397),
            (3.2, 1.75, 0.120),
            (18.7, 3.4, 0.065),
            (15.2, 3.75, 0.064),
            (9.8, 4.15, 0.050),
            (12, 2, 0.042),
            (12, 1.3, 0.037),
            (11.5, 6.6, 0.030),
            (16, 2, 0.028),
            (8, 2, 0.027),
            (4, 6, 0.027),
            (8, 4, 0.025),
            (24.2, 3.75, 0.022),
            (15.2, 5.3, 0.014),
            (4, 7.75, 0.012),
            (16, 4, 0.009),
            (16.4, 7.5, 0.007),
        ),
    ),
    Kind("two", 2.0, ((2.0, 1.0),), ((16, 4, 0.6), (30, 5.25, 0.2), (6, 10.5, 0.2))),
    Kind("four", 1.8, ((4.0, 1.0),), ((32, 4, 0.8), (60, 5.25, 0.2))),
    Kind("eight", 5.4, ((8.0, 1.0),), ((64, 4, 0.48), (88, 3.625, 0.41), (120, 5.6, 0.11))),
    Kind(
        "one, on T4",
        29.0,
        _ONE,
        ((11.4, 4.2, 0.5), (3.2, 1.75, 0.25), (18.7, 3.4, 0.25)),
        "T4",
    ),
    Kind("share, on T4", 14.5, ((0.81, 1.0),), ((3.2, 1.75, 1.0),), "T4"),
    Kind("one, on G2", 14.7, _ONE, ((11.4, 4.2, 0.7), (3.2, 1.75, 0.3)), "G2"),
    Kind("share, on P100", 12.3, ((0.81, 1.0),), ((3.2, 1.75, 1.0),), "P100"),
    Kind("one, on V100", 15.0, _ONE, ((11.4, 4.2, 0.8), (12, 2, 0.2)), "V100M16|V100M32"),
)


@dataclass(frozen=True)
class MachineType:
    """Machines of one type; weight is of 1,000 machines."""

    model: str
    weight: float
    cores: float
    gib: float
    gpus: int


MACHINE_TYPES = (
    MachineType("G2", 453, 96, 384, 8),
    MachineType("T4", 319, 104, 512, 2),
    MachineType("P100", 92, 16, 120, 2),
    MachineType("G3", 32, 128, 768, 8),
    MachineType("V100M16", 23, 32, 128, 4),
    MachineType("P100", 18, 64, 256, 2),
    MachineType("V100M32", 17, 96, 768, 8),
    MachineType("V100M16", 16, 8, 32, 1),
    MachineType("T4", 14, 96, 384, 4),
    MachineType("V100M32", 7, 48, 368, 4),
    MachineType("V100M16", 6, 64, 256, 8),
)


def read(*, seed: int = 0, tasks: int = 4000, machines: int = 300, priorities: int = 1) -> Trace:
    """Makes the workload: the same numbers give the same trace.

    Kinds of tasks that fit no machine of a small cell are left out. Tasks are of so many
    priorities from 0 on, as many of each. Raises TraceError.
    """
    _check("seed", seed, 0, 2**63 - 1)
    _check("tasks", tasks, 1, 10_000_000)
    _check("machines", machines, 1, 1_000_000)
    _check("priorities", priorities, 1, 1000)
    fleet = _fleet(machines)
    arrivals, shapes, lifetimes, ranks = (
        np.random.Generator(np.random.PCG64(sequence))
        for sequence in np.random.SeedSequence(seed).spawn(4)
    )
    choices, weights = _shapes(fleet)
    drawn = shapes.choice(len(choices), size=tasks, p=weights)
    number = pl.int_range(tasks, eager=True).cast(pl.String).str.zfill(len(str(tasks - 1)))
    frame = choices[drawn].with_columns(
        ("task-" + number).alias("id"),
        pl.Series("submit", _arrivals(arrivals, tasks)),
        pl.Series("lifetime", _lifetimes(lifetimes, tasks)),
        pl.Series("priority", ranks.integers(priorities, size=tasks)),
    )
    several = () if priorities == 1 else (f"{priorities} priorities drawn evenly",)
    return admit(
        Label(
            "synthetic",
            "synthetic",
            replayed=(),
            assumed=("workload drawn from figures fitted to openb", *several),
        ),
        tasks=[Rows("synthetic", 1, frame, text=False)],
        machines=Rows("synthetic", 1, fleet, text=False),
        resources=tuple(UNITS),
        units=UNITS,
    )


def _fleet(machines: int) -> pl.DataFrame:
    """The machines, as many of each type as its weight says (largest remainders)."""
    weights = np.array([kind.weight for kind in MACHINE_TYPES])
    exact = machines * weights / weights.sum()
    counts = np.floor(exact).astype(int)
    most_left = np.argsort(counts - exact, kind="stable")
    counts[most_left[: machines - counts.sum()]] += 1
    kinds = [MACHINE_TYPES[index] for index in np.repeat(np.arange(len(weights)), counts)]
    return pl.DataFrame(
        {
            "id": [f"machine-{index:0{len(str(machines - 1))}}" for index in range(machines)],
            "cpu": [kind.cores for kind in kinds],
            "mem": [kind.gib for kind in kinds],
            "gpu": [float(kind.gpus) for kind in kinds],
            "model": [kind.model for kind in kinds],
        },
        schema_overrides={"cpu": pl.Float64, "mem": pl.Float64},
    )


def _shapes(fleet: pl.DataFrame) -> tuple[pl.DataFrame, NDArray[np.float64]]:
    """The distinct requests that fit some machine, and their probabilities."""
    types = fleet.drop("id").unique(maintain_order=True).rows()
    rows, weights = [], []
    for kind in KINDS:
        allowed = kind.models.split("|") if kind.models else None
        for gpu, gpu_share in kind.gpus:
            for cores, gib_a_core, form_share in kind.forms:
                gib = round(cores * gib_a_core / MEMORY_STEP_GIB) * MEMORY_STEP_GIB
                if any(
                    cores <= cpu and gib <= mem and gpu <= gpus
                    for cpu, mem, gpus, model in types
                    if allowed is None or model in allowed
                ):
                    rows.append((float(cores), gib, gpu, kind.models))
                    weights.append(kind.weight * gpu_share * form_share)
    schema = {"cpu": pl.Float64, "mem": pl.Float64, "gpu": pl.Float64, "models": pl.String}
    chances = np.array(weights)
    return pl.DataFrame(rows, schema=schema, orient="row"), chances / chances.sum()


def _arrivals(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Submit times in whole seconds, sorted, denser where the day is busy."""
    hours = np.linspace(0.0, 24.0 * DAYS, 24 * 12 * DAYS + 1)
    turn = 2 * np.pi / 24
    busy = hours + SWING / turn * (
        np.sin(turn * (hours - PEAK_HOUR)) - np.sin(turn * (0.0 - PEAK_HOUR))
    )
    drawn = np.interp(np.sort(rng.random(count)) * busy[-1], busy, hours)
    return np.asarray(np.floor(drawn * 3600))


def _lifetimes(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Lifetimes in whole seconds, from 1 to seven days."""
    weights, medians, sigmas = np.array(LIFETIMES).T
    part = rng.choice(len(weights), size=count, p=weights / weights.sum())
    seconds = np.exp(np.log(medians[part]) + sigmas[part] * rng.standard_normal(count))
    return np.asarray(np.clip(np.round(seconds), 1.0, LIFETIME_MAX_S))


def _check(option: str, value: object, least: int, most: int) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not (whole and isinstance(value, int) and least <= value <= most):
        raise TraceError(
            field=f"trace.{option}",
            found=shown(value),
            expected=f"a whole number from {least} to {most}",
        )
