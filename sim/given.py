"""What a heuristic is given where it is asked in Python: the cell's arrays, by their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from sim import layout
from sim.fragmentation import fragments
from sim.scoring import waiting
from sim.state import Ints, Run
from sim.translate import SIZES


class Vector:
    """One value a resource, by name and by position; a value is a number or an array.

    cpu, mem and gpu are 0 where the trace has them not.
    """

    def __init__(self, names: Sequence[str], values: Sequence[Any]) -> None:
        self.__dict__.update(dict.fromkeys(SIZES, np.float64(0.0)))
        self.__dict__.update(zip(names, values, strict=True))
        self._values = tuple(values)
        self._names = tuple(names)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the trace has no {name}, it has {', '.join(self._names)}")

    def __getitem__(self, index: int) -> Any:
        return self._values[index]

    def __len__(self) -> int:
        return len(self._values)


def _read_only(array: Any) -> Any:
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True)
class Given:
    """Makes the arguments from a run. names: the trace's resources; view: the run's, compiled."""

    names: tuple[str, ...]
    run: Run
    view: Any

    def fixed(self, shape: int) -> dict[str, Any]:
        """The arguments that are the same for every machine."""
        run = self.run
        task, registers, cell = run.flow.current, run.registers, run.cell
        predicted, now = int(task[layout.PREDICTED]), int(registers.at[layout.CLOCK])
        natural = run.mix.natural
        count = len(self.names)
        return {
            "required": Vector(self.names, list(run.shapes.natural[shape])),
            "mix": SimpleNamespace(
                **dict.fromkeys(SIZES, _read_only(np.zeros(natural.shape[1])))
                | {name: _read_only(natural[r]) for r, name in enumerate(self.names)},
                models=_read_only(natural[count].astype(np.int64)),
                weight=_read_only(natural[count + 1]),
            ),
            "task": SimpleNamespace(
                lifetime=np.float64(np.inf if predicted >= layout.FOREVER else predicted / 1000.0),
                priority=np.int64(task[layout.RANK]),
                waited=np.float64((now - int(task[layout.SUBMIT])) / 1000.0),
                models=np.int64(run.shapes.models[shape]),
            ),
            "cell": SimpleNamespace(
                free=Vector(self.names, list(cell.sums[0] / cell.per)),
                total=Vector(self.names, list(cell.sums[1] / cell.per)),
                largest=Vector(self.names, list(cell.sums[2] / cell.per)),
                pending=np.int64(waiting(self.view.registers)),
                hour=np.float64(
                    (now + int(registers.at[layout.DAY_OFFSET])) % layout.DAY / 3_600_000.0
                ),
            ),
        }

    def of_machines(self, shape: int, at: int | Ints, slot: int | None) -> dict[str, Any]:
        """The arguments that tell of one machine (`slot` given), or of many at once."""
        run = self.run
        cell, count = run.cell, len(self.names)
        base = 2 * count
        kind = int(run.shapes.kind[shape])
        ends = cell.columns[base + layout.EXIT, at]
        left = np.maximum(ends - run.registers.at[layout.CLOCK], 0.0) / 1000.0
        given: dict[str, Any] = {
            "free": Vector(self.names, [cell.columns[r, at] for r in range(count)]),
            "total": Vector(self.names, [cell.columns[count + r, at] for r in range(count)]),
            "machine": SimpleNamespace(
                tasks=cell.columns[base + layout.TASKS, at],
                exit=np.where(ends >= float(layout.FOREVER), np.inf, left)[()],
                model=cell.model[at],
                machines=cell.columns[base + layout.MACHINES, at],
                kin=cell.kin[at, kind] if kind >= 0 else 0 * cell.model[at],
                kinds=cell.columns[base + layout.DISTINCT, at],
            ),
        }
        if slot is not None:
            devices = int(cell.device_count[at])
            given["gpus"] = _read_only(cell.shares[at, :devices])
            given["slot"] = np.int64(slot)
            given["frag"] = self._frag(shape, int(at), slot)
        return given

    def _frag(self, shape: int, machine: int, slot: int) -> SimpleNamespace:
        run, view = self.run, self.view
        count = len(self.names)
        before, after, asked = np.zeros(count), np.zeros(count), np.arange(count)
        cell, mix, shapes, scratch = view.cell, view.mix, view.shapes, run.scratch
        fragments(cell, mix, machine, shapes, -1, -1, scratch, asked, before)
        fragments(cell, mix, machine, shapes, shape, slot, scratch, asked, after)
        scale = run.mix.weight[0] * run.cell.per
        parts = {"before": before, "after": after, "gain": before - after}
        return SimpleNamespace(
            **{name: Vector(self.names, list(part / scale)) for name, part in parts.items()}
        )
