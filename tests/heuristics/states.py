"""Stand-ins for what the simulator hands to a heuristic, and random feasible states."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import strategies as st

import heuristics


class Vector:
    """One number a resource, by name, by position, and with a length."""

    def __init__(self, **amounts: Any) -> None:
        self._amounts = tuple(np.asarray(a, np.float64)[()] for a in amounts.values())
        self.__dict__.update(zip(amounts, self._amounts, strict=True))

    def __getitem__(self, index: int) -> Any:
        return self._amounts[index]

    def __len__(self) -> int:
        return len(self._amounts)


def state(
    required: tuple[float, float, float],
    free: tuple[float, float, float],
    total: tuple[float, float, float] = (96.0, 384.0, 8.0),
    *,
    largest: tuple[float, float, float] = (128.0, 1024.0, 8.0),
    gpus: list[float] | None = None,
    slot: int = -1,
    gain: float = 0.0,
    mix: tuple[list[float], list[float], list[float], list[float]] | None = None,
    lifetime: float = 3600.0,
    **machine: float,
) -> dict[str, Any]:
    """Every argument by name, for three resources: cpu, mem, gpu."""

    def vector(amounts: tuple[float, float, float]) -> Vector:
        return Vector(cpu=amounts[0], mem=amounts[1], gpu=amounts[2])

    if gpus is None:
        gpus = [1.0] * int(free[2]) + ([free[2] % 1] if free[2] % 1 else [])
        gpus += [0.0] * (int(total[2]) - len(gpus))
    cpu, mem, gpu, weight = mix or ([4.0, 8.0], [8.0, 16.0], [0.5, 1.0], [0.5, 0.5])
    of_machine = {"tasks": 1, "exit": 7200.0, "model": 0, "machines": 4, "kin": 0, "kinds": 0}
    none = vector((0.0, 0.0, 0.0))
    return {
        "required": vector(required),
        "free": vector(free),
        "total": vector(total),
        "gpus": np.array(gpus, np.float64),
        "slot": slot,
        "frag": SimpleNamespace(before=none, after=none, gain=vector((0.0, 0.0, gain))),
        "mix": SimpleNamespace(
            cpu=np.array(cpu), mem=np.array(mem), gpu=np.array(gpu), weight=np.array(weight)
        ),
        "task": SimpleNamespace(lifetime=np.float64(lifetime), priority=0, waited=0.0, models=0),
        "machine": SimpleNamespace(
            **{k: np.float64(v) for k, v in {**of_machine, **machine}.items()}
        ),
        "cell": SimpleNamespace(
            free=vector(free), total=vector(total), largest=vector(largest), pending=0, hour=0.0
        ),
    }


def ask(name: str, given: dict[str, Any], **params: float) -> float:
    """The score of a shipped heuristic for a state."""
    heuristic = heuristics.get(name, **params)
    return heuristic.function()(**{argument: given[argument] for argument in heuristic.arguments})


@st.composite
def feasible(draw: st.DrawFn) -> dict[str, Any]:
    """A machine and a task that fits on it: zeros, full machines and machines without GPU too."""
    devices = draw(st.integers(0, 8))
    gpus = [draw(st.integers(0, 1000)) / 1000 for _ in range(devices)]
    whole = sum(share == 1.0 for share in gpus)
    wanted = draw(st.one_of(st.just(0.0), st.integers(0, whole).map(float)))
    slot = -1
    if gpus and max(gpus) > 0 and draw(st.booleans()):
        slot = gpus.index(max(gpus))
        wanted = draw(st.integers(1, max(1, min(999, round(1000 * gpus[slot]))))) / 1000
        wanted = min(wanted, gpus[slot])
    total = (draw(st.integers(1, 128)) * 1.0, draw(st.integers(0, 1024)) * 1.0, float(devices))
    free = (
        draw(st.integers(0, int(total[0] * 1000))) / 1000,
        draw(st.integers(0, int(total[1] * 1024))) / 1024,
        sum(gpus),
    )
    required = (
        draw(st.integers(0, round(free[0] * 1000))) / 1000,
        draw(st.integers(0, round(free[1] * 1024))) / 1024,
        wanted,
    )
    shapes = draw(st.integers(1, 3))
    amount = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0, 4.0]), min_size=shapes, max_size=shapes)
    mix = (draw(amount), draw(amount), draw(amount), [1.0 / shapes] * shapes)
    return state(
        required,
        free,
        total,
        gpus=gpus,
        slot=slot,
        gain=draw(st.floats(-8, 8)),
        mix=mix,
        lifetime=draw(st.sampled_from([0.001, 1.0, 3600.0, 1e7, float("inf")])),
        exit=draw(st.sampled_from([0.0, 1.0, 3600.0, 1e7, float("inf")])),
        tasks=draw(st.integers(0, 3)),
        kin=draw(st.integers(0, 3)),
        kinds=draw(st.integers(0, 5)),
    )
