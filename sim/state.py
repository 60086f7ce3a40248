"""The arrays of a running cell, grouped by what they describe.

Every group is a named tuple of numpy arrays, so the compiled operations take it as it is and
Python reads the same memory. Amounts called whole are multiples of the unit of their resource,
held exactly in float64; natural ones are cores, GiB and devices.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import layout

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCK = 128
QUEUE = 1024
"""How many tasks there is room for in a queue at first."""
CHANGES = 64
"""How many changes of machines that schedulers have not seen there is room for at least."""


class Cell(NamedTuple):
    """The machines. N machines, R resources, D devices at most a machine."""

    free: Floats  # (R, N) whole units
    total: Floats  # (R, N) whole units
    columns: Floats  # (rows, N) natural, see layout
    devices: Floats  # (N, D) free share of each device, thousandths
    shares: Floats  # (N, D) the same, 0 to 1
    device_count: Ints  # (N,)
    model: Ints  # (N,)
    kin: Ints  # (N, kinds) running tasks of each GPU kind
    tasks_head: Ints  # (N,) first live task of the machine, −1 none
    changed_at: Ints  # (N,) position of the machine's last entry in the log
    log: Ints  # ring of changed machines
    per: Floats  # (R,) whole units a natural amount
    sums: Floats  # (3, R) free and total summed over machines, and the largest machine, whole
    gpu: Ints  # (1,) the resource that has devices, −1 none
    closed: NDArray[np.uint8]  # (N,) 1 where no task may come to the machine
    domain: Ints  # (N,) the machine or rack that a gang is to be kept to


CHANGING = ("free", "columns", "devices", "shares", "kin", "sums")
"""What of a cell placements change, kept scores and running tasks apart."""


class Shapes(NamedTuple):
    """The distinct requests. S shapes."""

    whole: Floats  # (S, R) whole units
    natural: Floats  # (S, R)
    share: Floats  # (S,) share of one device, 0 to 1, or 0
    devices: Floats  # (S,) whole devices, or 0
    models: Ints  # (S,) bit mask, 0 = any
    kind: Ints  # (S,) index into layout.KINDS, −1 without GPU
    limit: Ints  # (S,) tasks of one group a machine may run, 0 = any number


class Mix(NamedTuple):
    """The reference shapes that a heuristic may see. M shapes."""

    natural: Floats  # (R + 2, M) requests, models, weight: what a heuristic reads
    whole: Floats  # (M, R)
    amounts: Floats  # (R, M) the same, by resource
    share: Floats  # (M,) thousandths
    devices: Floats  # (M,)
    models: Ints  # (M,)
    counts: Floats  # (M,) whole numbers
    level: Ints  # (M,) index into levels, L without GPU
    levels: Floats  # (L,) distinct shares of a device that shapes need, thousandths
    weight: Floats  # (1,) the sum of the counts


class Scorer(NamedTuple):
    """One heuristic, or several in lexicographic order, as the cell calls it. K levels."""

    address: Ints  # (K,) compiled kernels; 0 = asked in Python
    step: Floats  # (K,) scores of this level are rounded to this; 0 = not at all
    fields: Ints  # rows of `columns` that the kernels read
    frag: Ints  # resources whose fragmentation they read
    flags: Ints  # see the constants below


(
    EXTERNAL,
    USES_SLOT,
    USES_FRAG,
    KEPT,
    DENSE,
    SLOT_PURE,
    MAY_RAISE,
    USES_EXIT,
    USES_KIN,
    TIES,
    SEED,
    GATHER,
    RECORDED,
    TAPE,
    REMEMBERED,
) = range(15)
FLAGS = 15
NEVER = -2  # before any change of a machine


class Rows(NamedTuple):
    """Scores kept for each shape in use, or what they are made of. Q rows."""

    score: Floats  # (Q, N)
    slot: NDArray[np.int16]  # (Q, N)
    block: Floats  # (Q, blocks)
    seen_to: Ints  # (Q,) log position up to which the row is fresh
    shape: Ints  # (Q,) the shape of the row, −1 unused
    used: Ints  # (Q,) when it was last used
    of_shape: NDArray[np.int32]  # (S,) the row of a shape, −1 none
    uses: NDArray[np.int32]  # (S,) decisions for this shape so far
    after: Floats  # (Q, N × F) fragmentation with the shape on the machine
    stamp: Ints  # (Q, N) the machine's `changed_at` when `after` was worked out


class Live(NamedTuple):
    """The running tasks, in slots that are used again, and the heap of their ends."""

    end: Ints  # tick
    predicted: Ints  # predicted end, tick
    number: Ints  # of the task in the stream
    machine: Ints
    shape: Ints
    slot: Ints  # device of a share, −1 otherwise
    held: NDArray[np.uint64]  # bit mask of whole devices
    planned: Ints  # planned end, tick
    started: Ints  # tick
    task: Ints  # (slots, layout.TASK_FIELDS) what came; empty where no task is ever evicted
    group: Ints
    following: Ints  # next free slot, or next task of the machine
    before: Ints  # previous task of the machine
    heap_end: Ints
    heap_slot: Ints


class Groups(NamedTuple):
    """Running tasks of a group on a machine: an open-addressing table."""

    key: Ints
    counts: Ints


class Plan(NamedTuple):
    """Who is to start next under a reservation, or by preemption; empty where there is none."""

    tick: Ints  # (N,) when a machine is planned to have room for the head
    seen: Ints  # (N,) the machine's `changed_at` when that was worked out
    order: Ints  # places in the queue of those that may pass the head, counted from it
    low: Ints  # (bands,) priorities from which on
    high: Ints  # (bands,) to which tasks don't preempt each other
    spared: Ints  # (S,) highest priority that found no victims for this shape
    spared_at: Ints  # (S,) where the log of changed machines stood then
    seated: Ints  # live slots of the members of a gang that are seated
    lifted: Ints  # (layout.TASK_FIELDS,) the task that is thought away from its machine
    lifted_from: Ints  # (3,) its machine, slot and start


class Views(NamedTuple):
    """What schedulers know of the machines; empty where there is one that knows all.

    n schedulers, k placements that they may lack, room for C changes, a power of two: change j is
    at j mod C. W numbers tell all of a machine, see `sim.unseen`.
    """

    address: Ints  # (n,) of the table of each scheduler's own run, see `sim.handle`
    seen_to: Ints  # (n,) the change before which a scheduler knows all
    known: Ints  # (n, N) the same of each machine, where that is later
    what: Ints  # (C, 3) machine; group of a task that came (+1) or went (−1), −1 and 0 else
    left: Floats  # (C, W) the machine as the change left it
    before: Ints  # (k,) the change with which each of the last k placements began


class Scratch(NamedTuple):
    """Room for one decision. C options at most at a time."""

    mask: NDArray[np.uint8]  # (N,)
    machine: Ints  # (N,) feasible machines
    option: Ints  # (C,) machine of each option
    owner: Ints  # (C,) index into `machine`
    columns: Floats  # (rows, C)
    out: Floats  # (K, C)
    best: Floats  # (K, N) best score of each feasible machine
    slot: Ints  # (N,)
    scalars: Floats
    score: Floats  # (N,) of all machines, −inf where the task doesn't fit
    block: Floats  # (blocks,) highest score of each block of machines
    dirty: NDArray[np.uint8]  # (blocks,)
    lost: Floats  # (L + 1,) levels of the mix, and none
    fit: NDArray[np.uint8]  # (M,)
    frag: Floats  # (R,)


class Flow(NamedTuple):
    """What comes in and what goes out between two calls from Python."""

    arrivals: Ints  # (layout.TASK_FIELDS, chunk)
    queue: Ints  # (layout.TASK_FIELDS, capacity)
    current: Ints  # (layout.TASK_FIELDS,) the task being decided
    placements: Ints  # (6, chunk) number, tick, machine, slot, waited, source; empty = not kept
    delays: Ints  # ticks waited by tasks that waited at all
    dead: Ints  # (S,) the service pass in which this shape fitted nowhere
    used: Floats  # (R,) resource-time allocated since the tally began, whole units × ticks
    lost: Floats  # (R,) resource-time of tasks that were evicted, whole units × ticks
    slowdown: Floats  # (2,) bounded slowdowns of the tasks started, summed, and how many
    tape: NDArray[np.int32]  # (room, 2) machine and slot of each decision, see sim.tape
    taped: Ints  # (1,) how many of them are recorded, or followed


class Registers(NamedTuple):
    """The integers that an interrupted run needs to go on; see layout."""

    at: Ints


class Doors(NamedTuple):
    """Where the code of operations is that are compiled by themselves, see `sim.doors`."""

    address: Ints  # (layout.DOORS,)


class Run(NamedTuple):
    """Everything that a run works on."""

    cell: Cell
    shapes: Shapes
    mix: Mix
    rows: Rows
    live: Live
    groups: Groups
    scratch: Scratch
    flow: Flow
    scorer: Scorer
    registers: Registers
    plan: Plan
    views: Views
    doors: Doors


def empty_cell(
    total: Floats, device_count: Ints, model: Ints, per: Floats, gpu: int, log: int | None = None
) -> Cell:
    """An empty cell. `total` is (N, R) in whole units; `gpu` is the resource index or −1."""
    machines, resources = total.shape
    devices = int(device_count.max(initial=0)) if gpu >= 0 else 0
    columns = np.zeros((layout.rows(resources), machines))
    natural = total.T / per[:, None]
    columns[:resources] = natural
    columns[resources : 2 * resources] = natural
    base = 2 * resources
    shares = (np.arange(max(devices, 1))[None, :] < device_count[:, None]).astype(np.float64)
    columns[base + layout.EXIT] = -1.0
    columns[base + layout.MODEL] = model
    columns[base + layout.FULL] = device_count
    columns[base + layout.LARGEST_SHARE] = device_count > 0
    kinds = np.column_stack([total, model])
    _, inverse, counts = np.unique(kinds, axis=0, return_inverse=True, return_counts=True)
    columns[base + layout.MACHINES] = counts[inverse.reshape(-1)]
    size = log or 1 << max(10, int(4 * machines - 1).bit_length())
    return Cell(
        free=total.T.copy(),  # C order, and never the caller's own array
        total=total.T.copy(),
        columns=columns,
        devices=shares * 1000.0,
        shares=shares,
        device_count=device_count.astype(np.int64),
        model=model.astype(np.int64),
        kin=np.zeros((machines, len(layout.KINDS)), np.int64),
        tasks_head=np.full(machines, -1, np.int64),
        changed_at=np.full(machines, -1, np.int64),
        log=np.zeros(size, np.int64),
        per=per.astype(np.float64),
        sums=np.stack([total.sum(axis=0), total.sum(axis=0), total.max(axis=0)]),
        gpu=np.array([gpu], np.int64),
        closed=np.zeros(machines, np.uint8),
        domain=np.zeros(machines, np.int64),
    )


def empty_rows(machines: int, shapes: int, budget_bytes: int, *, kept: bool, frag: int) -> Rows:
    """Rows for as many shapes as the memory budget allows, at least one.

    kept: whether scores are kept. frag: of how many resources fragmentation is.
    """
    scored, known = machines if kept else 0, machines if frag else 0
    blocks = -(-scored // BLOCK)
    each = scored * 10 + blocks * 8 + known * 8 * (frag + 1) + 24
    count = max(1, min(shapes, budget_bytes // each))
    return Rows(
        score=np.full((count, scored), -np.inf),
        slot=np.full((count, scored), -1, np.int16),
        block=np.full((count, blocks), -np.inf),
        seen_to=np.zeros(count, np.int64),
        shape=np.full(count, -1, np.int64),
        used=np.zeros(count, np.int64),
        of_shape=np.full(shapes, -1, np.int32),
        uses=np.zeros(shapes, np.int32),
        after=np.zeros((count, known * frag)),
        stamp=np.full((count, known), NEVER, np.int64),
    )


def empty_live(capacity: int, *, evicts: bool = False) -> Live:
    """Room for running tasks, all slots free and chained. evicts: they are kept whole."""
    following = np.arange(1, capacity + 1, dtype=np.int64)
    following[-1] = -1
    whole = [np.zeros(capacity, np.int64) for _ in range(12)]
    return Live(
        end=whole[0],
        predicted=whole[1],
        machine=whole[2],
        shape=whole[3],
        slot=whole[4],
        held=np.zeros(capacity, np.uint64),
        group=whole[5],
        following=following,
        before=whole[6],
        heap_end=whole[7],
        heap_slot=whole[8],
        number=whole[9],
        planned=whole[10],
        started=whole[11],
        task=np.zeros((capacity if evicts else 0, layout.TASK_FIELDS), np.int64),
    )


def grown_live(live: Live) -> Live:
    """Twice the room, what runs kept in its slot; the new slots head the free chain."""
    size = live.end.size
    larger = empty_live(2 * size, evicts=len(live.task) > 0)
    for name, array in zip(Live._fields, live, strict=True):
        getattr(larger, name)[:size] = array
    return larger


def empty_groups(capacity: int) -> Groups:
    """A table for that many pairs; `capacity` is a power of two."""
    return Groups(key=np.full(capacity, -1, np.int64), counts=np.zeros(capacity, np.int64))


def empty_plan(machines: int, queue: int, bands: Ints, shapes: int, gang: int) -> Plan:
    """Nothing planned yet, for so many machines and waiting tasks; bands: (bands, 2).

    gang: members of the largest.
    """
    return Plan(
        tick=np.zeros(machines, np.int64),
        seen=np.full(machines, layout.NOT_SEEN, np.int64),
        order=np.zeros(queue, np.int64),
        low=bands[:, 0].copy(),
        high=bands[:, 1].copy(),
        spared=np.zeros(shapes, np.int64),
        spared_at=np.full(shapes, -1, np.int64),
        seated=np.zeros(gang, np.int64),
        lifted=np.zeros(layout.TASK_FIELDS, np.int64),
        lifted_from=np.zeros(3, np.int64),
    )


def empty_views(schedulers: int, machines: int, placements: int, width: int) -> Views:
    """Nothing changed yet. placements: how many a view may lack; width: numbers a machine."""
    room = 1 << (2 * placements + CHANGES).bit_length() if schedulers else 0
    return Views(
        address=np.zeros(schedulers, np.int64),
        seen_to=np.zeros(schedulers, np.int64),
        known=np.zeros((schedulers, machines), np.int64),
        what=np.zeros((room, 3), np.int64),
        left=np.zeros((room, width)),
        before=np.zeros(placements, np.int64),
    )


def grown_views(views: Views, first: int, last: int) -> Views:
    """Twice the room for changes, those from `first` up to `last` kept."""
    room = len(views.what)
    at = np.arange(first, last)
    what, left = np.zeros((2 * room, 3), np.int64), np.zeros((2 * room, views.left.shape[1]))
    what[at % (2 * room)] = views.what[at % room]
    left[at % (2 * room)] = views.left[at % room]
    return views._replace(what=what, left=left)


def empty_scratch(machines: int, devices: int, resources: int, levels: int, mix: Mix) -> Scratch:
    """Room for one decision."""
    options = max(machines, 64 * max(devices, 1), 1024)
    rows = layout.rows(resources)
    return Scratch(
        mask=np.zeros(machines, np.uint8),
        machine=np.zeros(machines, np.int64),
        option=np.zeros(options, np.int64),
        owner=np.zeros(options, np.int64),
        columns=np.zeros((rows, options)),
        out=np.zeros((levels, options)),
        best=np.zeros((levels, machines)),
        slot=np.full(machines, -1, np.int64),
        scalars=np.zeros(layout.scalar_count(resources)),
        score=np.zeros(machines),
        block=np.zeros(-(-machines // BLOCK)),
        dirty=np.zeros(-(-machines // BLOCK), np.uint8),
        lost=np.zeros(mix.levels.size + 1),
        fit=np.zeros(mix.counts.size, np.uint8),
        frag=np.zeros(resources),
    )


def empty_flow(shapes: int, resources: int, placements: int) -> Flow:
    """Room for what comes in and goes out."""
    return Flow(
        arrivals=np.zeros((layout.TASK_FIELDS, 1), np.int64),
        queue=np.zeros((layout.TASK_FIELDS, QUEUE), np.int64),
        current=np.zeros(layout.TASK_FIELDS, np.int64),
        placements=np.zeros((6, placements), np.int64),
        delays=np.zeros(1 << 16, np.int64),
        dead=np.full(shapes, -1, np.int64),
        used=np.zeros(resources),
        lost=np.zeros(resources),
        slowdown=np.zeros(2),
        tape=np.zeros((0, 2), np.int32),
        taped=np.zeros(1, np.int64),
    )


def empty_registers() -> Registers:
    """Registers of a run that has not begun."""
    return Registers(np.zeros(layout.REGISTERS, np.int64))


def _members(group: type[NamedTuple]) -> dict[str, tuple[type[np.generic], int]]:
    """Kind and dimensions of each array of a group, as `_TWO` and the annotations tell."""
    kinds: dict[str, type[np.generic]] = {"Floats": np.float64, "Ints": np.int64}
    members = {}
    for name, annotation in group.__annotations__.items():
        text = getattr(annotation, "__forward_arg__", str(annotation))
        bare = text.removeprefix("NDArray[np.").removesuffix("]")
        kind = kinds.get(text) or getattr(np, bare)
        members[name] = (kind, 2 if name in _TWO[group.__name__] else 1)
    return members


_TWO: dict[str, frozenset[str]] = {
    "Cell": frozenset({"free", "total", "columns", "devices", "shares", "kin", "sums"}),
    "Shapes": frozenset({"whole", "natural"}),
    "Mix": frozenset({"natural", "whole", "amounts"}),
    "Rows": frozenset({"score", "slot", "block", "after", "stamp"}),
    "Live": frozenset({"task"}),
    "Groups": frozenset(),
    "Plan": frozenset(),
    "Views": frozenset({"known", "what", "left"}),
    "Scratch": frozenset({"columns", "out", "best"}),
    "Flow": frozenset({"arrivals", "queue", "placements", "tape"}),
    "Scorer": frozenset(),
    "Registers": frozenset(),
    "Doors": frozenset(),
}
"""The arrays of two dimensions; all others have one."""

_GROUP_TYPES: dict[str, type] = {
    "cell": Cell,
    "shapes": Shapes,
    "mix": Mix,
    "rows": Rows,
    "live": Live,
    "groups": Groups,
    "scratch": Scratch,
    "flow": Flow,
    "scorer": Scorer,
    "registers": Registers,
    "plan": Plan,
    "views": Views,
    "doors": Doors,
}

GROUPS = {name: _members(kind) for name, kind in _GROUP_TYPES.items()}
"""The arrays of every group of a run: kind and dimensions."""
