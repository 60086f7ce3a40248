"""One random cell through the compiled cell and through the oracle; every placement compared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

import heuristics
import sim
from sim.rules import Rules
from tests.sim.cells import Settings, changes_of, oracle_for, random_trace, recorded

ARRAY_FORM_NEEDS = "size"
EVERYWHERE = tuple(name for name in heuristics.names() if heuristics.get(name).form == "score")
EASY = ("easy", "easy_sjbf", "easy_clairvoyant", "easy_sjbf_clairvoyant")
PLAIN = ("first_fit", "best_fit", "worst_fit", "dot_product", "nilas", "random")
RESOURCES = {
    "all": ("cpu", "mem", "gpu"),
    "cpu_mem": ("cpu", "mem"),
    "four": ("cpu", "mem", "gpu", "disk"),
    "gpu_cpu": ("cpu", "gpu"),
}


def reads_some(name: str, resources: tuple[str, ...]) -> bool:
    """Whether a heuristic reads one of these, or none at all: what is absent reads as 0."""
    read = {f.rsplit(".", 1)[-1] for f in heuristics.get(name).fields} & {"cpu", "mem", "gpu"}
    return not read or bool(read & set(resources))


def drawn(seed: int) -> dict[str, Any]:
    """A cell, heuristics and rules from one seed."""
    random = np.random.default_rng(seed)
    resources = RESOURCES[str(random.choice(list(RESOURCES)))]
    names = [name for name in EVERYWHERE if reads_some(name, resources)]
    levels = 1 if random.random() < 0.85 else 2
    return {
        "seed": seed,
        "settings": Settings(
            resources=resources,
            machines=int(random.integers(1, 9)),
            tasks=int(random.integers(5, 60)),
            span_s=int(random.integers(5, 90)),
            shapes=int(random.integers(1, 9)),
            limits=bool(random.random() < 0.3),
        ),
        "names": [str(n) for n in random.choice(names, size=levels, replace=False)],
        "steps": [float(random.choice([0.0, 0.5, 10.0])) for _ in range(levels)],
        "ties": str(random.choice(["first", "random", "rounded"])),
        "queue": str(random.choice(["reject", "fifo", "skip", *EASY])),
    }


def with_outages(case: dict[str, Any]) -> dict[str, Any]:
    """The same, on machines that fail and are maintained every few seconds."""
    random = np.random.default_rng([case["seed"], 2])
    second = 1 / 3600
    model = sim.Outages(
        mtbf_h=float(random.choice([5.0, 20.0, 60.0])) * second,
        mttr_h=float(random.choice([1.0, 10.0])) * second,
        rack_mtbf_h=random.choice([None, 20 * second]),
        rack_mttr_h=5 * second,
        rack_machines=int(random.integers(1, 4)),
        maintenance_every_h=random.choice([None, 17 * second]),
        maintenance_h=3 * second,
        maintenance_share=float(random.choice([0.2, 0.5, 1.0])),
        drain_h=float(random.choice([0.0, 4.0])) * second,
    )
    return case | {"outages": model}


def with_preemption(case: dict[str, Any]) -> dict[str, Any]:
    """The same, where tasks of higher priority take the place of others; no reservations."""
    random = np.random.default_rng([case["seed"], 3])
    bands = [(), ((1, 2),), ((0, 1),), ((0, 0), (1, 1))][int(random.integers(4))]
    queue = str(random.choice(["reject", "fifo", "skip"]))
    return case | {"preemption": sim.Preemption(bands), "queue": queue}


def with_gangs(case: dict[str, Any]) -> dict[str, Any]:
    """The same, where the tasks of some jobs start together; no reservations."""
    random = np.random.default_rng([case["seed"], 4])
    return case | {
        "settings": replace(case["settings"], gangs=True),
        "gangs": sim.Gangs(
            topology=str(random.choice(["any", "machine", "rack"])),
            timeout_h=random.choice([None, 10 / 3600]),
        ),
        "queue": str(random.choice(["reject", "fifo", "skip"])),
    }


def with_migration(case: dict[str, Any]) -> dict[str, Any]:
    """The same, where running tasks move."""
    random = np.random.default_rng([case["seed"], 5])
    rate = float(random.choice([360.0, 1800.0, 3600.0]))
    return case | {"migration": sim.Migration(rate, int(random.integers(1, 6)))}


def with_stale(case: dict[str, Any]) -> dict[str, Any]:
    """The same, decided for by several on what they know; no reservations."""
    random = np.random.default_rng([case["seed"], 6])
    return case | {
        "stale": sim.Stale(int(random.integers(1, 5)), int(random.choice([0, 1, 2, 5, 20, 200]))),
        "queue": str(random.choice(["reject", "fifo", "skip"])),
    }


def in_python(case: dict[str, Any]) -> dict[str, Any]:
    """The same, where no heuristic is compiled: the cell stops and asks at each decision."""
    names = [name for name in PLAIN if reads_some(name, case["settings"].resources)]
    name = str(np.random.default_rng([case["seed"], 7]).choice(names))
    return case | {"names": [name], "steps": [0.0], "in_python": True}


def racks_of(work: sim.Workload) -> list[int]:
    """The rack of each machine, as the trace names them."""
    assert work.machines.rack is not None
    return [int(rack) for rack in work.machines.rack]


def check(case: dict[str, Any]) -> int:
    """Compare; how many tasks were placed. Raises AssertionError with the case."""
    random = np.random.default_rng([case["seed"], 1])
    trace = random_trace(random, case["settings"])
    try:
        work = recorded(
            trace,
            case["seed"],
            Rules(
                outages=case.get("outages"),
                preemption=case.get("preemption"),
                gangs=case.get("gangs"),
                migration=case.get("migration"),
                stale=case.get("stale"),
            ),
        )
    except sim.SimError:
        return 0  # a cell that lacks what every task asks for, which is an error of its own
    chosen = [heuristics.get(name) for name in case["names"]]
    if case.get("in_python"):
        chosen = [replace(one, checked=False) for one in chosen]
    oracle, tasks = oracle_for(
        trace, work, chosen, case["steps"], ties=case["ties"], queue=case["queue"]
    )
    if work.rules.stale:
        oracle.schedulers, oracle.lag = work.rules.stale.schedulers, work.rules.stale.decisions
    if work.rules.migration:
        oracle.looks = work.rules.migration.looks
        oracle.moves = work.rules.migration.ticks(work.window)
    if work.rules.gangs:
        oracle.patience = work.rules.gangs.patience
        racks = {"machine": list(range(len(work.machines))), "rack": racks_of(work)}
        oracle.topology = racks.get(work.rules.gangs.topology)
    oracle.bands = work.rules.preemption.bands if work.rules.preemption else None
    oracle.run(tasks, work.window, changes_of(work))
    composition = sim.compose(chosen, case["steps"])
    run = sim.replay(
        work, composition, queue=case["queue"], ties=case["ties"], samples=3, placements=True
    )
    assert run.placements is not None
    found = list(
        zip(
            run.placements["task"].tolist(),
            np.rint(run.placements["time_s"] * 1000).astype(int).tolist(),
            run.placements["machine"].tolist(),
            run.placements["slot"].tolist(),
            strict=True,
        )
    )
    expected = [
        (t.row, t.started, work.machines.ids[t.machine.index], t.slot) for t in oracle.placed
    ]
    assert found == expected, case
    assert run.counters["rejected"] == len(oracle.rejected), case
    assert run.counters["evicted"] == oracle.evicted, case
    assert run.counters["preempted"] == oracle.preempted, case
    assert run.counters["given_up"] == oracle.given_up, case
    assert run.counters["moved"] == oracle.moved, case
    assert run.counters["conflicts"] == oracle.conflicts, case
    assert run.counters["pending"] == len(oracle.waiting), case
    samples = run.samples
    for r, name in enumerate(trace.resources):
        total = int(work.machines.total[:, r].sum())
        if total:
            held = sum(m.total[r] - m.free[r] for m in oracle.machines)
            last = samples["allocated_pct"][samples["resource"] == name][-1]
            assert abs(last - 100 * held / total) < 1e-9, case
            frag = sum(oracle.fragmentation(m.free, m.devices, m.model)[r] for m in oracle.machines)
            measured = samples["frag_pct"][samples["resource"] == name][-1]
            assert abs(measured - 100 * frag / oracle.weight / total) < 1e-6, case
    return len(expected)
