"""The cell in the plainest Python: every machine looked at for every task, all numbers whole.

Nothing is shared with the compiled cell but the heuristics and the trace. Read it by eye.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np

MASK = (1 << 64) - 1


@dataclass
class Machine:
    index: int
    total: list[int]
    free: list[int]
    devices: list[int]  # free thousandths of each
    model: int
    tasks: list[Task] = field(default_factory=list)
    closed: bool = False


@dataclass(eq=False)
class Task:
    number: int
    request: tuple[int, ...]
    submit: int
    life: int | None
    models: int
    limit: int
    job: int
    priority: int
    requested: int | None = None
    gang: int = -1  # the number of the first of its gang, −1 alone
    row: int = -1  # of the trace's table
    place: int = -1  # the machine that the trace ran it on, where that is to be replayed
    machine: Machine | None = None
    slot: int = -1
    held: tuple[int, ...] = ()
    end: int | None = None
    started: int = -1


class Vector:
    def __init__(self, names: list[str], values: list[Any]) -> None:
        self.cpu = self.mem = self.gpu = np.float64(0.0)
        self.__dict__.update(zip(names, values, strict=True))
        self.values = values

    def __getitem__(self, index: int) -> Any:
        return self.values[index]

    def __len__(self) -> int:
        return len(self.values)


def round_to_100(scores: list[float]) -> list[bool]:
    """Which scores are 100 when the lowest becomes 0, the highest 100, and all are rounded.

    A half is rounded up (as it is to the even 100): from 99.5 on, exactly, a score is 100. All are
    where all are equal.
    """
    exact = [Fraction(score) for score in scores]
    low, high = min(exact), max(exact)
    return [high == low or 100 * (one - low) / (high - low) >= Fraction(995, 10) for one in exact]


def lot(seed: int, number: int) -> int:
    """SplitMix64 of seed and task number."""
    x = (seed * 0xD1B54A32D192ED03 + (number + 1) * 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


class Oracle:
    def __init__(
        self,
        names: list[str],
        per: list[int],
        machines: list[Machine],
        pool: list[Task],
        heuristics: list[Any],
        steps: list[float],
        ties: str,
        seed: int,
        queue: str,
        day_offset: int = 0,
        everyone: list[Task] | None = None,
    ) -> None:
        """pool: whose shapes the mix is of; everyone: whose frequencies rank shapes, the pool's."""
        self.names, self.per, self.machines = names, per, machines
        self.gpu = names.index("gpu") if "gpu" in names else -1
        self.heuristics = heuristics
        self.functions = [h.function() for h in heuristics]
        self.steps, self.ties, self.seed, self.rule = steps, ties, seed, queue
        self.day_offset = day_offset
        self.now, self.done = 0, -1
        self.waiting: list[Task] = []
        self.running: list[Task] = []
        self.placed: list[Task] = []
        self.rejected: list[Task] = []
        self.hidden: Machine | None = None
        self.evicted = self.preempted = self.given_up = 0
        self.topology: list[int] | None = None  # the domain of each machine, where one is kept to
        self.domain: int | None = None
        self.looks, self.turn, self.moved = 0, 0, 0
        self.moves: list[int] = []  # when one may move
        self.patience = math.inf
        self.bands: Sequence[tuple[int, int]] | None = None  # None: nobody preempts
        self.schedulers, self.lag, self.conflicts = 0, 0, 0  # none: one that knows all
        self.original = [self.still(m) for m in machines]
        self.changed: list[Machine] = []  # as each change left its machine, in order
        self.commits: list[int] = []  # how many changes there were before each placement
        self.seen: dict[int, int] = {}  # the changes before which a scheduler knows all
        self.own: dict[tuple[int, int], int] = {}  # the same of a machine that it placed on
        self.largest = [max(m.total[r] for m in machines) for r in range(len(names))]
        self.mix = self.count_mix(pool, everyone or pool)
        self.twins = Counter((*m.total, m.model) for m in machines)

    def count_mix(
        self, pool: list[Task], everyone: list[Task]
    ) -> list[tuple[tuple[int, ...], int, int]]:
        """(request, models, count), most frequent first; of equals the one of more among all."""
        exact = Counter((t.request, t.models, t.limit) for t in pool)
        ranked = Counter((t.request, t.models, t.limit) for t in everyone).most_common()
        rank = {shape: k for k, (shape, _) in enumerate(ranked)}
        merged: Counter[tuple[tuple[int, ...], int]] = Counter()
        first: dict[tuple[tuple[int, ...], int], int] = {}
        for (request, models, limit), count in exact.items():
            merged[request, models] += count
            k = rank[request, models, limit]
            first[request, models] = min(k, first.get((request, models), k))
        ordered = sorted(merged, key=lambda shape: (-merged[shape], first[shape]))
        return [(request, models, merged[request, models]) for request, models in ordered]

    # Feasibility -------------------------------------------------------------------------------

    def gpu_fits(self, devices: list[int], asked: int) -> bool:
        if asked == 0:
            return True
        if asked < 1000:
            return any(d >= asked for d in devices)
        return sum(d == 1000 for d in devices) * 1000 >= asked

    def fits(self, machine: Machine, task: Task) -> bool:
        if machine is self.hidden or machine.closed:
            return False
        if self.domain is not None and self.topology[machine.index] != self.domain:  # type: ignore[index]
            return False
        if any(f < a for f, a in zip(machine.free, task.request, strict=True)):
            return False
        if self.gpu >= 0 and not self.gpu_fits(machine.devices, task.request[self.gpu]):
            return False
        if task.models and not (task.models >> machine.model) & 1:
            return False
        kin = sum(t.job == task.job for t in machine.tasks)
        return task.limit == 0 or kin < task.limit

    # Fragmentation (FGD, per resource) ---------------------------------------------------------

    def fragmentation(self, free: list[int], devices: list[int], model: int) -> list[Any]:
        weight = sum(count for _, _, count in self.mix)
        result = []
        for r in range(len(self.names)):
            total = 0
            for request, models, count in self.mix:
                fits = all(f >= a for f, a in zip(free, request, strict=True))
                fits = fits and (models == 0 or (models >> model) & 1 == 1)
                if self.gpu >= 0:
                    fits = fits and self.gpu_fits(devices, request[self.gpu])
                left = sum(devices) if r == self.gpu else free[r]
                if not fits or request[r] == 0:
                    total += count * left
                elif r == self.gpu:
                    need = min(request[r], 1000)
                    total += count * sum(d for d in devices if d < need)
            result.append(total)
        self.weight = weight
        return result

    def natural_frag(self, amounts: list[Any]) -> Vector:
        scaled = [np.float64(a) / (self.weight * p) for a, p in zip(amounts, self.per, strict=True)]
        return Vector(self.names, scaled)

    # Scoring -----------------------------------------------------------------------------------

    def natural(self, amounts: list[int] | tuple[int, ...]) -> list[Any]:
        return [np.float64(a) / p for a, p in zip(amounts, self.per, strict=True)]

    def kind(self, task: Task) -> int:
        asked = task.request[self.gpu] if self.gpu >= 0 else 0
        if asked == 0:
            return -1
        return 0 if asked < 1000 else 1 + sum(asked > k * 1000 for k in (1, 2, 4))

    def of_machine(self, machine: Machine, task: Task) -> SimpleNamespace:
        ends = [t.started + t.life if t.life is not None else math.inf for t in machine.tasks]
        latest = max(ends, default=-1)
        kinds = [self.kind(t) for t in machine.tasks if self.kind(t) >= 0]
        return SimpleNamespace(
            tasks=np.float64(len(machine.tasks)),
            exit=np.float64(latest if latest == math.inf else max(latest - self.now, 0) / 1000),
            model=np.float64(machine.model),
            machines=np.float64(self.twins[(*machine.total, machine.model)]),
            kin=np.float64(kinds.count(self.kind(task))),
            kinds=np.float64(len(set(kinds))),
        )

    def arguments(self, task: Task) -> dict[str, Any]:
        sums = [
            [sum(getattr(m, what)[r] for m in self.machines) for r in range(len(self.names))]
            for what in ("free", "total")
        ]
        weight = sum(count for _, _, count in self.mix)
        columns = zip(*(self.natural(request) for request, _, _ in self.mix), strict=True)
        mix = {name: np.zeros(len(self.mix)) for name in ("cpu", "mem", "gpu")}
        mix |= dict(zip(self.names, (np.array(c) for c in columns), strict=True))
        mix["models"] = np.array([models for _, models, _ in self.mix])
        mix["weight"] = np.array([count / weight for _, _, count in self.mix])
        return {
            "required": Vector(self.names, self.natural(task.request)),
            "mix": SimpleNamespace(**mix),
            "task": SimpleNamespace(
                lifetime=np.float64(math.inf if task.life is None else task.life / 1000),
                priority=np.float64(task.priority),
                waited=np.float64((self.now - task.submit) / 1000),
                models=np.float64(task.models),
            ),
            "cell": SimpleNamespace(
                free=Vector(self.names, self.natural(sums[0])),
                total=Vector(self.names, self.natural(sums[1])),
                largest=Vector(self.names, self.natural(self.largest)),
                pending=np.float64(len(self.waiting)),
                hour=np.float64((self.now + self.day_offset) % 86_400_000 / 3_600_000),
            ),
        }

    def score(self, level: int, machine: Machine, task: Task, slot: int, given: dict) -> float:
        names = self.heuristics[level].arguments
        given = given | {
            "free": Vector(self.names, self.natural(machine.free)),
            "total": Vector(self.names, self.natural(machine.total)),
            "gpus": np.array(machine.devices) / 1000,
            "slot": slot,
        }
        if "machine" in names:
            given["machine"] = self.of_machine(machine, task)
        if "frag" in names:
            given["frag"] = self.change_of_frag(machine, task, slot)
        value = float(self.functions[level](**{name: given[name] for name in names}))
        assert abs(value) <= 1e100
        return self.rounded(value, level)

    def change_of_frag(self, machine: Machine, task: Task, slot: int) -> SimpleNamespace:
        free, devices = list(machine.free), list(machine.devices)
        before = self.fragmentation(free, devices, machine.model)
        free = [f - a for f, a in zip(free, task.request, strict=True)]
        if slot >= 0:
            devices[slot] -= task.request[self.gpu]
        elif self.gpu >= 0:
            for d in self.lowest_full(machine, task):
                devices[d] = 0
        after = self.fragmentation(free, devices, machine.model)
        gain = [b - a for b, a in zip(before, after, strict=True)]
        return SimpleNamespace(
            before=self.natural_frag(before),
            after=self.natural_frag(after),
            gain=self.natural_frag(gain),
        )

    def rounded(self, value: float, level: int) -> float:
        step = self.steps[level]
        return float(np.rint(value / step) * step) if step else value

    def array_scores(self, level: int, machines: list[Machine], task: Task, given: dict) -> list:
        def stacked(of: Any) -> Vector:
            rows = [self.natural(of(m)) for m in machines]
            return Vector(self.names, [np.array(c) for c in zip(*rows, strict=True)])

        facts = [vars(self.of_machine(m, task)) for m in machines]
        given = given | {
            "free": stacked(lambda m: m.free),
            "total": stacked(lambda m: m.total),
            "machine": SimpleNamespace(**{k: np.array([f[k] for f in facts]) for k in facts[0]}),
        }
        names = self.heuristics[level].arguments
        values = self.functions[level](**{name: given[name] for name in names})
        return [self.rounded(float(v), level) for v in values]

    def fullest(self, machine: Machine, asked: int) -> int:
        fitting = [(left, d) for d, left in enumerate(machine.devices) if left >= asked]
        return min(fitting)[1]

    def lowest_full(self, machine: Machine, task: Task) -> tuple[int, ...]:
        asked = task.request[self.gpu] // 1000
        full = [d for d, left in enumerate(machine.devices) if left == 1000]
        return tuple(full[:asked])

    def options(self, task: Task) -> list[tuple[Machine, int]]:
        asked = task.request[self.gpu] if self.gpu >= 0 else 0
        fitting = [m for m in self.machines if self.fits(m, task)]
        if not 0 < asked < 1000:
            return [(m, -1) for m in fitting]
        if any("slot" in h.arguments for h in self.heuristics):
            return [(m, d) for m in fitting for d, left in enumerate(m.devices) if left >= asked]
        return [(m, self.fullest(m, asked)) for m in fitting]

    def choose(self, task: Task) -> tuple[Machine, int] | None:
        if task.place >= 0:
            return self.where_it_ran(task)
        alive = self.options(task)
        if not alive:
            return None
        given = self.arguments(task)
        for level, heuristic in enumerate(self.heuristics):
            if heuristic.form == "scores":
                machines = sorted({m.index: m for m, _ in alive}.values(), key=lambda m: m.index)
                values = dict(
                    zip(
                        (m.index for m in machines),
                        self.array_scores(level, machines, task, given),
                        strict=True,
                    )
                )
                scored = [values[m.index] for m, _ in alive]
            else:
                scored = [self.score(level, m, task, slot, given) for m, slot in alive]
            best = max(scored)
            if self.ties == "rounded" and len(self.heuristics) == 1:
                alive = self.rounded_best(alive, scored)
                break
            alive = [option for option, value in zip(alive, scored, strict=True) if value == best]
        machines = sorted({m.index for m, _ in alive})
        draw = lot(self.seed, task.number)
        chosen = machines[0 if self.ties == "first" else draw % len(machines)]
        slots = [slot for m, slot in alive if m.index == chosen]
        slot = slots[(draw >> 32) % len(slots) if self.ties == "random" else 0]
        return next(m for m in self.machines if m.index == chosen), slot

    def rounded_best(
        self, options: list[tuple[Machine, int]], scores: list[float]
    ) -> list[tuple[Machine, int]]:
        """The machines whose best device rounds to 100, each with its best devices."""
        best = {
            m.index: max(v for (n, _), v in zip(options, scores, strict=True) if n is m)
            for m, _ in options
        }
        top = dict(zip(best, round_to_100(list(best.values())), strict=True))
        return [
            option
            for option, value in zip(options, scores, strict=True)
            if top[option[0].index] and value == best[option[0].index]
        ]

    def where_it_ran(self, task: Task) -> tuple[Machine, int] | None:
        """The machine that the trace names, if the task fits there; its fullest device."""
        machine = self.machines[task.place]
        if not self.fits(machine, task):
            return None
        asked = task.request[self.gpu] if self.gpu >= 0 else 0
        return machine, self.fullest(machine, asked) if 0 < asked < 1000 else -1

    # Preemption --------------------------------------------------------------------------------

    def may_evict(self, task: Task, other: Task) -> bool:
        protected = any(
            low <= task.priority <= high and low <= other.priority <= high
            for low, high in self.bands or ()
        )
        return other.priority < task.priority and not protected

    def fits_without(self, machine: Machine, task: Task, gone: list[Task]) -> bool:
        kin = sum(t.job == task.job for t in machine.tasks if t not in gone)
        limited = task.limit > 0 and kin >= task.limit
        return not machine.closed and not limited and self.would_fit(machine, task, gone)

    def victims(self, machine: Machine, task: Task) -> list[Task]:
        those = [t for t in machine.tasks if self.may_evict(task, t)]
        if not those or not self.fits_without(machine, task, those):
            return []
        gone = list(those)
        for t in sorted(those, key=lambda t: (-t.priority, t.started, t.number)):
            without = [other for other in gone if other is not t]
            if self.fits_without(machine, task, without):
                gone = without
        return gone

    def preempt(self, task: Task) -> tuple[Machine, int] | None:
        best = None
        for machine in self.machines:
            gone = self.victims(machine, task)
            if gone:
                ranks = [t.priority for t in gone]
                key = (max(ranks), len(ranks), sum(ranks), machine.index)
                if best is None or key < best[0]:
                    best = key, machine, gone
        if best is None:
            return None
        _, machine, gone = best
        before = self.evicted
        for t in sorted(gone, key=lambda t: (-t.priority, t.started, t.number)):
            if t in self.running:  # not gone with its gang
                self.evict(t)
        self.preempted += self.evicted - before
        asked = task.request[self.gpu] if self.gpu >= 0 else 0
        return machine, self.fullest(machine, asked) if 0 < asked < 1000 else -1

    # Migration ---------------------------------------------------------------------------------

    def migrate(self) -> None:
        """One running task moves, if one of those drawn would be put elsewhere now."""
        for _ in range(self.looks):
            turn, self.turn = self.turn, self.turn + 1
            if not self.running:
                return
            ordered = sorted(self.running, key=lambda t: t.number)
            task = ordered[lot(self.seed, 0x3160 + turn) % len(ordered)]
            self.finish(task)
            left = None if task.end is None else task.end - self.now
            again = replace(task, life=left, held=())  # the one that was placed stays on record
            machine, slot = self.choose(again) or (task.machine, task.slot)
            assert machine is not None
            self.place(again, machine, slot)
            self.placed.pop()
            again.started, again.life, again.end = task.started, task.life, task.end
            if machine is not task.machine:
                self.moved += 1
                return

    # Stale views -------------------------------------------------------------------------------

    @staticmethod
    def still(machine: Machine) -> Machine:
        """A machine as it is now, to be looked at later."""
        return replace(
            machine,
            total=list(machine.total),
            free=list(machine.free),
            devices=list(machine.devices),
            tasks=list(machine.tasks),
        )

    def known_to(self, scheduler: int) -> list[Machine]:
        """The machines as a scheduler knows them."""
        known = list(self.original)
        for j, machine in enumerate(self.changed):
            latest = self.own.get((scheduler, machine.index), 0)
            if j < max(self.seen.get(scheduler, 0), latest):
                known[machine.index] = machine
        return known

    def choose_on_view(self, task: Task, scheduler: int) -> tuple[Machine, int] | None:
        """What a scheduler says that knows the machines as they were."""
        true, self.machines = self.machines, self.known_to(scheduler)
        option = self.choose(task)
        self.machines = true
        return None if option is None else (true[option[0].index], option[1])

    def takes_it_still(self, task: Task, machine: Machine, slot: int) -> bool:
        """Whether a machine, and the device chosen, can take a task as they really are."""
        asked = task.request[self.gpu] if self.gpu >= 0 else 0
        return self.fits(machine, task) and (slot < 0 or machine.devices[slot] >= asked)

    def agree(self, task: Task) -> tuple[Machine, int] | None:
        """Where a task goes: its scheduler's choice, or another once it has looked again."""
        if not self.schedulers or task.place >= 0:
            return self.choose(task)
        scheduler = task.number % self.schedulers
        lacks = [*self.commits, len(self.changed)][-1 - self.lag :]
        knows = lacks[0] if len(self.commits) >= self.lag else 0
        self.seen[scheduler] = max(self.seen.get(scheduler, 0), knows)
        option = self.choose_on_view(task, scheduler)
        if option is not None and self.takes_it_still(task, *option):
            return option
        self.conflicts += option is not None
        self.seen[scheduler] = len(self.changed)
        return self.choose(task)

    # Gangs -------------------------------------------------------------------------------------

    def unit(self, tasks: list[Task]) -> list[Task]:
        """The first of some tasks, with its gang."""
        size = 1
        while size < len(tasks) and tasks[size].gang == tasks[0].gang >= 0:
            size += 1
        return tasks[:size]

    def seat(self, members: list[Task], seated: list[Task]) -> bool:
        """Place those left of a gang; all of it gets up again where one finds no seat."""
        for task in members:
            option = self.choose(task)
            if option is None:
                for other in reversed(seated):
                    self.finish(other)
                    self.placed.remove(other)
                return False
            self.place(task, *option)
            seated.append(task)
        return True

    def try_together(self, gang: list[Task]) -> bool:
        """Whether a gang has started."""
        if self.topology is None:
            return self.seat(gang, [])
        first = self.choose(gang[0])
        if first is None:
            return False
        favourite = self.topology[first[0].index]
        others = [d for d in range(max(self.topology) + 1) if d != favourite]
        try:
            self.place(gang[0], *first)
            self.domain = favourite
            if self.seat(gang[1:], [gang[0]]):
                return True
            for domain in others:
                self.domain = domain
                if self.seat(gang, []):
                    return True
            return False
        finally:
            self.domain = None

    def start_unit(self, tasks: list[Task]) -> bool:
        """Whether a task or a gang is out of the queue: started, or given up."""
        if len(tasks) == 1:
            return self.try_to_place(tasks[0])
        if self.now - tasks[0].submit > self.patience:
            self.given_up += len(tasks)
            self.rejected += tasks
            return True
        return self.try_together(tasks)

    def come_together(self, gang: list[Task]) -> None:
        held_up = self.rule == "fifo" and bool(self.waiting)
        self.waiting += gang
        started = not held_up and self.start_unit(gang)
        if started or self.rule == "reject":
            self.waiting = [t for t in self.waiting if t not in gang]
        if self.rule == "reject" and not started:
            self.rejected += gang

    # The run -----------------------------------------------------------------------------------

    def try_to_place(self, task: Task) -> bool:
        option = self.agree(task)
        if option is None and self.bands is not None:
            option = self.preempt(task)
        if option is None:
            return False
        self.place(task, *option)
        return True

    def place(self, task: Task, machine: Machine, slot: int) -> None:
        task.held = () if slot >= 0 or self.gpu < 0 else self.lowest_full(machine, task)
        task.machine, task.slot, task.started = machine, slot, self.now
        machine.free = [f - a for f, a in zip(machine.free, task.request, strict=True)]
        if slot >= 0:
            machine.devices[slot] -= task.request[self.gpu]
        for d in task.held:
            machine.devices[d] = 0
        machine.tasks.append(task)
        if task.life is not None:
            task.end = self.now + task.life
        self.running.append(task)
        self.placed.append(task)
        self.commits.append(len(self.changed))
        self.changed.append(self.still(machine))
        if self.schedulers:
            self.own[task.number % self.schedulers, machine.index] = len(self.changed)

    def finish(self, task: Task) -> None:
        machine = task.machine
        assert machine is not None
        machine.free = [f + a for f, a in zip(machine.free, task.request, strict=True)]
        if task.slot >= 0:
            machine.devices[task.slot] += task.request[self.gpu]
        for d in task.held:
            machine.devices[d] = 1000
        machine.tasks.remove(task)
        self.running.remove(task)
        self.changed.append(self.still(machine))

    # Reservations (EASY) -----------------------------------------------------------------------

    def planned(self, task: Task) -> float:
        """How long a task is planned to run."""
        known = task.life if "clairvoyant" in self.rule else task.requested
        return math.inf if known is None else known

    def planned_end(self, task: Task) -> float:
        """When a running task is expected to end: in the next instant where that is overdue."""
        return max(task.started + self.planned(task), self.now + 1)

    def would_fit(self, machine: Machine, task: Task, gone: list[Task]) -> bool:
        """Whether a machine would have room for a task, were some of its tasks gone."""
        stay = [t for t in machine.tasks if t not in gone]
        free = [whole - sum(t.request[r] for t in stay) for r, whole in enumerate(machine.total)]
        devices = [1000] * len(machine.devices)
        for t in stay:
            if t.slot >= 0:
                devices[t.slot] -= t.request[self.gpu]
            for d in t.held:
                devices[d] = 0
        if any(f < a for f, a in zip(free, task.request, strict=True)):
            return False
        if self.gpu >= 0 and not self.gpu_fits(devices, task.request[self.gpu]):
            return False
        return not task.models or (task.models >> machine.model) & 1 == 1

    # Machines that come and go ------------------------------------------------------------------

    def evict(self, task: Task) -> None:
        gang = [t for t in self.running if t.gang == task.gang >= 0] or [task]
        for member in sorted(gang, key=lambda t: t.number):
            self.evict_alone(member)

    def evict_alone(self, task: Task) -> None:
        self.finish(task)
        again = replace(task, submit=self.now, machine=None, slot=-1, held=(), end=None)
        self.waiting.append(again)
        self.evicted += 1

    def evict_all(self, machine: Machine) -> None:
        while machine.tasks:
            self.evict(min(machine.tasks, key=lambda t: t.number))

    def resize(self, machine: Machine, total: list[int], devices: int) -> None:
        if devices != len(machine.devices):
            self.evict_all(machine)
            machine.devices = [1000] * devices
        used = [t - f for t, f in zip(machine.total, machine.free, strict=True)]
        while any(u > t for u, t in zip(used, total, strict=True)):
            self.evict(max(machine.tasks, key=lambda t: t.number))
            used = [t - f for t, f in zip(machine.total, machine.free, strict=True)]
        machine.total = list(total)
        machine.free = [t - u for t, u in zip(total, used, strict=True)]

    def change(self, kind: int, machine: Machine, total: list[int], devices: int) -> None:
        if kind in (0, 2):  # added, resized
            self.resize(machine, total, devices)
            machine.closed = machine.closed and kind == 2
        elif kind == 1:  # removed
            self.evict_all(machine)
            self.resize(machine, [0] * len(total), 0)
            machine.closed = True
        else:
            machine.closed = True
        self.changed.append(self.still(machine))

    # ---------------------------------------------------------------------------------------------

    def reservation(self, head: Task) -> tuple[Machine | None, float]:
        """The machine that is first to have room for the head, and when; the first of equals."""
        best: tuple[Machine | None, float] = (None, math.inf)
        for machine in (m for m in self.machines if not m.closed):
            for when in sorted({self.now + 1, *map(self.planned_end, machine.tasks)}):
                gone = [t for t in machine.tasks if self.planned_end(t) <= when]
                still = when == self.now + 1 and self.would_fit(machine, head, [])
                if when < best[1] and (still or self.would_fit(machine, head, gone)):
                    best = machine, when
        return best

    def delays(self, head: Task, task: Task, machine: Machine, slot: int, until: float) -> bool:
        """Whether a task put there now would leave no room for the head at its time."""
        self.place(task, machine, slot)
        gone = [t for t in machine.tasks if self.planned_end(t) <= until]
        late = not self.would_fit(machine, head, gone)
        self.finish(task)
        self.placed.remove(task)
        return late

    def pass_the_head(self, those: list[Task]) -> None:
        """Start whoever fits and does not delay the head."""
        head = self.waiting[0]
        reserved, until = self.reservation(head)
        if "sjbf" in self.rule:
            those = sorted(those, key=self.planned)
        for task in those:
            option = self.choose(task)
            if option is not None and reserved is not None and option[0] is reserved:
                short = self.planned(task) <= until - self.now
                if not short and self.delays(head, task, *option, until):
                    self.hidden = reserved
                    option = self.choose(task)
                    self.hidden = None
            if option is not None:
                self.place(task, *option)
                self.waiting.remove(task)

    def serve(self) -> None:
        if self.rule.startswith("easy"):
            while self.waiting and self.try_to_place(self.waiting[0]):
                self.waiting.pop(0)
            if self.waiting:
                self.pass_the_head(self.waiting[1:])
            return
        again = True
        while again:
            before, position = self.preempted, 0
            while position < len(self.waiting):
                tasks = self.unit(self.waiting[position:])
                if self.start_unit(tasks):  # still pending, for a heuristic that looks
                    self.waiting = [t for t in self.waiting if t not in tasks]
                elif self.rule == "fifo":
                    break
                else:
                    position += len(tasks)
            if self.rule == "reject":
                self.rejected += self.waiting
                self.waiting = []
            again = self.preempted > before

    def run(
        self,
        arrivals: list[Task],
        window: int,
        changes: Sequence[tuple[int, int, int, list[int], int]] = (),
    ) -> None:
        """changes: tick, kind, machine, total and devices from then on."""
        coming = sorted(arrivals, key=lambda t: (t.submit, t.number))
        while True:
            ends = [t.end for t in self.running if t.end is not None]
            times = ends + [t.submit for t in coming[:1]]
            times += [*self.moves, *(tick for tick, *_ in changes)]
            times = [t for t in times if t > self.done]
            if not times or min(times) > window:
                return
            self.now = self.done = min(times)
            here = [change for tick, *change in changes if tick == self.now]
            added = [change for change in here if change[0] == 0]
            for kind, n, total, devices in added:
                self.change(kind, self.machines[n], total, devices)
            leaving = [t for t in self.running if t.end == self.now]
            for task in leaving:
                self.finish(task)
            if leaving or added:
                self.serve()
            other = [change for change in here if change[0] != 0]
            for kind, n, total, devices in other:
                self.change(kind, self.machines[n], total, devices)
            if other:
                self.serve()
            if self.now in self.moves:
                before = self.moved
                self.migrate()
                if self.moved > before:
                    self.serve()
            while coming and coming[0].submit == self.now:
                gang = self.unit(coming)
                del coming[: len(gang)]
                task, before = gang[0], self.preempted
                if len(gang) > 1:
                    self.come_together(gang)
                elif self.rule == "fifo" and self.waiting:
                    self.waiting.append(task)
                elif self.rule.startswith("easy") and self.waiting:
                    self.waiting.append(task)
                    self.pass_the_head([task])
                elif not self.try_to_place(task):
                    (self.rejected if self.rule == "reject" else self.waiting).append(task)
                if self.preempted > before:
                    self.serve()
