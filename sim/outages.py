"""Machines that come and go: a trace's own events, or failures and maintenance drawn from a model.

Either way it is a list made before a replay begins, so that every heuristic meets the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import SimError
from sim.population import TICKS_A_SECOND, Machines, units_a_natural, whole_amounts
from sim.state import Floats, Ints

if TYPE_CHECKING:
    from traces import Trace

ADD, REMOVE, RESIZE, CLOSE = range(4)
KINDS = {"add": ADD, "remove": REMOVE, "update": RESIZE}
SEEDED = 0x0D03
TICKS_AN_HOUR = 3600 * TICKS_A_SECOND
LONGEST_H = 1e7


@dataclass(frozen=True)
class Changes:
    """What becomes of machines, in order: tick, kind, machine (K,); total (K, R) and devices (K,)
    that it has from then on."""

    tick: Ints
    kind: Ints
    machine: Ints
    total: Floats
    devices: Ints

    def __len__(self) -> int:
        return self.tick.size

    def take(self, some: Ints) -> Changes:
        """Some of the changes, in that order."""
        return Changes(
            self.tick[some],
            self.kind[some],
            self.machine[some],
            self.total[some],
            self.devices[some],
        )


@dataclass(frozen=True)
class Outages:
    """A model of failures and maintenance; hours, None for never.

    mtbf_h, mttr_h: of a machine, exponential (Schroeder and Gibson, IEEE TDSC 7(4), 2010, find the
    mean alone to be a rough guide). rack_mtbf_h, rack_mttr_h: of a rack, whose machines go as one;
    rack_machines: how many machines, in the trace's order, are a rack where it names none.
    maintenance_every_h: each machine is taken out that often, for maintenance_h, in waves of
    maintenance_share of the fleet; no task comes to it for drain_h before.
    """

    mtbf_h: float | None = None
    mttr_h: float = 1.0
    rack_mtbf_h: float | None = None
    rack_mttr_h: float = 1.0
    rack_machines: int = 40
    maintenance_every_h: float | None = None
    maintenance_h: float = 1.0
    maintenance_share: float = 0.05
    drain_h: float = 0.0

    def __bool__(self) -> bool:
        every = (self.mtbf_h, self.rack_mtbf_h, self.maintenance_every_h)
        return any(period is not None for period in every)

    def check(self) -> None:
        """Raise SimError for what can't be."""
        for name, least in (
            *((name, 0.0) for name in ("mttr_h", "rack_mttr_h", "maintenance_h", "drain_h")),
            *((name, 1e-3) for name in ("mtbf_h", "rack_mtbf_h", "maintenance_every_h")),
        ):
            hours = getattr(self, name)
            if hours is not None and not least <= hours <= LONGEST_H:
                raise SimError(f"outages.{name}={hours}: expected hours from {least:g} to 1e7")
        if not 0 < self.maintenance_share <= 1:
            found = self.maintenance_share
            raise SimError(f"outages.maintenance_share={found}: expected a share of the fleet")
        if self.rack_machines < 1:
            raise SimError(f"outages.rack_machines={self.rack_machines}: expected at least 1")


@dataclass(frozen=True)
class Down:
    """A machine is away in [first, last), ticks, and closed to new tasks from `closed` on."""

    first: int
    last: int
    closed: int


def drawn(model: Outages, machines: Machines, length: int, key: Sequence[int]) -> Changes:
    """Failures and maintenance in [0, length) ticks, the same for the same key.

    Raises:
        SimError: a model that can't be.
    """
    model.check()
    downs: list[list[Down]] = [[] for _ in range(len(machines))]
    if model.mtbf_h is not None:
        for n in range(len(machines)):
            random = np.random.default_rng([SEEDED, *key, 0, n])
            downs[n] += _failures(random, model.mtbf_h, model.mttr_h, length)
    if model.rack_mtbf_h is not None:
        racks = machines.racks(model.rack_machines)
        for rack in np.unique(racks):
            random = np.random.default_rng([SEEDED, *key, 1, int(rack)])
            found = list(_failures(random, model.rack_mtbf_h, model.rack_mttr_h, length))
            for n in np.flatnonzero(racks == rack).tolist():
                downs[n] += found
    if model.maintenance_every_h is not None:
        order = np.random.default_rng([SEEDED, *key, 2]).permutation(len(machines))
        for place, n in enumerate(order.tolist()):
            downs[n] += _maintenance(model, place, len(machines), length)
    rows = [row for n, those in enumerate(downs) for row in _changes(n, those, length)]
    return _listed(rows, machines)


def _failures(
    random: np.random.Generator, up_h: float, down_h: float, length: int
) -> Iterable[Down]:
    """Times away of what fails after exponential times, and is mended in exponential times."""
    up, down = up_h * TICKS_AN_HOUR, down_h * TICKS_AN_HOUR
    now = 0.0
    if random.random() >= up / (up + down):
        now = random.exponential(down)
        yield Down(0, int(now) + 1, 0)
    while (now := now + random.exponential(up)) < length:
        first = int(now)
        now += random.exponential(down)
        yield Down(first, int(now) + 1, first)


def _maintenance(model: Outages, place: int, machines: int, length: int) -> Iterable[Down]:
    """Times away of a machine in its wave; waves are spread evenly over a period."""
    assert model.maintenance_every_h is not None
    period = model.maintenance_every_h * TICKS_AN_HOUR
    waves = max(1, round(1.0 / model.maintenance_share))
    wave = place * waves // machines
    first = (wave + 0.5) / waves * period
    while first < length:
        begin = int(first)
        away = round(model.maintenance_h * TICKS_AN_HOUR)
        drain = round(model.drain_h * TICKS_AN_HOUR)
        yield Down(begin, begin + max(away, 1), max(begin - drain, 0))
        first += period


def _changes(n: int, downs: list[Down], length: int) -> Iterable[tuple[int, int, int]]:
    """(tick, kind, machine) of a machine whose times away may overlap."""
    until = -1
    merged: list[Down] = []
    for down in sorted(downs, key=lambda d: (d.first, d.last)):
        if merged and down.first <= until:
            until = max(until, down.last)
            merged[-1] = Down(merged[-1].first, until, min(merged[-1].closed, down.closed))
        else:
            merged.append(down)
            until = down.last
    back = 0
    for down in merged:
        closed = max(down.closed, back)
        if closed < down.first:
            yield closed, CLOSE, n
        yield down.first, REMOVE, n
        if down.last < length:
            yield down.last, ADD, n
        back = down.last


def of_trace(
    trace: Trace, machines: Machines, begin: int, length: int, pace: float = 1.0
) -> Changes | None:
    """A trace's own events in `length` ticks from `begin` on; None where it has none.

    Who is not there at `begin`, or is of another size then, is so from the first tick on. pace:
    how many times as fast as the trace's own its time goes by.

    Raises:
        SimError: a machine that comes to have more GPUs than any has at first.
    """
    if trace.events is None:
        return None
    events = [event for event in _read(trace, machines, pace) if event.tick < begin + length]
    there: dict[int, bool] = {}
    for event in events:
        there.setdefault(event.machine, event.kind != ADD)
    start = {
        n: Event(0, REMOVE, n, machines.total[n], 0) for n, is_so in there.items() if not is_so
    }
    later = []
    for event in events:
        was = there[event.machine]
        if event.kind != ADD and not was:
            continue
        kind = RESIZE if event.kind == ADD and was else event.kind
        there[event.machine] = kind != REMOVE
        if event.tick <= begin:
            start[event.machine] = replace(event, tick=0, kind=RESIZE if kind != REMOVE else kind)
        else:
            later.append(replace(event, tick=event.tick - begin, kind=kind))
    return _table([*(start[n] for n in sorted(start)), *later], machines)


@dataclass(frozen=True)
class Event:
    """One change; tick of the trace."""

    tick: int
    kind: int
    machine: int
    total: Floats
    devices: int


def _read(trace: Trace, machines: Machines, pace: float) -> Iterable[Event]:
    """The events of these machines, each with what its machine has from then on."""
    assert trace.events is not None
    index = {name: n for n, name in enumerate(machines.ids)}
    per = units_a_natural(trace)
    gpu = trace.resources.index("gpu") if "gpu" in trace.resources else -1
    most = int(machines.devices.max(initial=0))
    total, devices = list(machines.total), machines.devices.tolist()
    for row in trace.events.iter_rows(named=True):
        if row["machine"] not in index:
            continue
        n = index[row["machine"]]
        natural = np.array([np.nan if row[r] is None else row[r] for r in trace.resources])
        if np.isfinite(natural).any():
            whole = whole_amounts(np.nan_to_num(natural), per)
            total[n] = np.where(np.isfinite(natural), whole, total[n])
            devices[n] = (
                round(natural[gpu]) if gpu >= 0 and np.isfinite(natural[gpu]) else devices[n]
            )
        if devices[n] > most:
            raise SimError(
                f"trace {trace.name}: machine {row['machine']} comes to have {devices[n]} GPUs, "
                f"expected at most {most}, as many as a machine has at first"
            )
        tick = round(row["time"] * TICKS_A_SECOND / pace)
        yield Event(tick, KINDS[row["kind"]], n, total[n], devices[n])


def _table(events: Sequence[Event], machines: Machines) -> Changes:
    resources = machines.total.shape[1]
    return Changes(
        tick=np.array([event.tick for event in events], np.int64),
        kind=np.array([event.kind for event in events], np.int64),
        machine=np.array([event.machine for event in events], np.int64),
        total=np.array([event.total for event in events], np.float64).reshape(-1, resources),
        devices=np.array([event.devices for event in events], np.int64),
    )


def _listed(rows: Sequence[tuple[int, int, int]], machines: Machines) -> Changes:
    order = sorted(rows, key=lambda row: (row[0], row[2]))
    table = np.array(order, np.int64).reshape(-1, 3)
    machine = table[:, 2]
    return Changes(
        table[:, 0], table[:, 1], machine, machines.total[machine], machines.devices[machine]
    )
