"""The plain reference: SimPy and numpy, as one would write it in an afternoon.

One SimPy process brings the arrivals, a departure is an event with a callback, free amounts are
numpy arrays, and a decision scores all machines at once and takes the first of the best. It places
exactly as the compiled cell does, with `queue=reject` and ties to the first.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import simpy
from simpy.events import NORMAL, URGENT, Event

from sim import layout
from sim.workloads import Workload

Score = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From a request (R,) and free amounts (R, N), natural, to scores (N,)."""


def alpha_evolve(required: np.ndarray, free: np.ndarray) -> np.ndarray:
    """AlphaEvolve's function, as in heuristics/alpha_evolve.py."""
    cpu = np.maximum(required[0] / np.maximum(free[0], 1e-9), 1e-9)
    mem = np.maximum(required[1] / np.maximum(free[1], 1e-9), 1e-9)
    result: np.ndarray = -1.0 * (cpu + mem + (mem / cpu + cpu / mem))
    return result


class PlainReplay:
    """A replay of a workload without GPUs, queue and limits.

    placed: the machine of each task in the order of arrival, −1 where it fitted nowhere.
    """

    def __init__(self, work: Workload, score: Score) -> None:
        self.work = work
        self.score = score
        self.env = simpy.Environment()
        self.shapes = work.population.shapes
        self.per = work.population.per
        self.whole = np.ascontiguousarray(work.machines.total.T)
        self.free = self.whole / self.per[:, None]
        self.placed: list[int] = []

    def decide(self, shape: int) -> int:
        """The first machine of the highest score, −1 where none can take the shape."""
        required = self.shapes.natural[shape]
        fits = (self.free >= required[:, None]).all(axis=0)
        if not fits.any():
            return -1
        scores = np.where(fits, self.score(required, self.free), -np.inf)
        return int(np.argmax(scores))

    def start(self, shape: int, life: int, machine: int) -> None:
        """Take the amounts now, and give them back at the end of the life."""
        self.change(shape, machine, -1.0)
        if life >= layout.FOREVER:
            return
        end = Event(self.env)
        end._ok, end._value = True, None
        end.callbacks.append(lambda _: self.change(shape, machine, 1.0))
        self.env.schedule(end, priority=URGENT, delay=life)

    def change(self, shape: int, machine: int, sign: float) -> None:
        self.whole[:, machine] += sign * self.shapes.whole[shape]
        self.free[:, machine] = self.whole[:, machine] / self.per

    def arrivals(self, rows: np.ndarray) -> Generator[Event, Any, None]:
        """The process that brings each task at its tick."""
        submit, shapes, lives = rows[[layout.SUBMIT, layout.SHAPE, layout.LIFE]].tolist()
        for tick, shape, life in zip(submit, shapes, lives, strict=True):
            if tick > self.env.now:
                yield self.env.timeout(tick - self.env.now)
            machine = self.decide(shape)
            self.placed.append(machine)
            if machine >= 0:
                self.start(shape, life, machine)

    def begin(self, rows: np.ndarray, machines: np.ndarray) -> None:
        """Start tasks at tick 0 where they are known to go."""
        for shape, life, machine in zip(
            rows[layout.SHAPE].tolist(), rows[layout.LIFE].tolist(), machines.tolist(), strict=True
        ):
            if machine >= 0:
                self.start(shape, life, machine)

    def run(self, rows: np.ndarray) -> None:
        """Bring some arrivals (layout.TASK_FIELDS, n); ends with the last of them."""
        self.env.run(until=self.env.process(self.arrivals(rows)))


def clock_events(count: int) -> None:
    """SimPy alone: arrivals from one process, and for each a departure with an empty callback."""
    env = simpy.Environment()

    def arrivals() -> Generator[Event, Any, None]:
        for _ in range(count // 2):
            yield env.timeout(1)
            end = Event(env)
            end._ok, end._value = True, None
            end.callbacks.append(lambda _: None)
            env.schedule(end, priority=NORMAL, delay=1000)

    env.process(arrivals())
    env.run()
