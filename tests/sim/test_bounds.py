"""No placement strands less than the bound says, and the bound says something."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim.bounds
import traces
from sim import programmes
from sim.bounds import Bound, Snapshot, bound
from sim.errors import SimError
from sim.population import Machines, Population, machines_of, population_of, shapes_table
from sim.split import pool
from sim.state import Floats, Shapes
from tests.shares import share
from tests.sim.oracle_bound import Kind, Request, State, empty, least, leftovers, ways

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Small:
    """A small cell: machines with what runs on them, and what is offered."""

    kinds: list[Kind]
    state: tuple[State, ...]
    running: list[Request]
    offered: list[Request]
    weights: list[int]
    gpu: int

    def arguments(self, extra: int = 0) -> tuple[Snapshot, Shapes, np.ndarray, Floats]:
        """What `bound` is called with, each request a shape of its own; `extra` more of each."""
        requests = sorted(
            {*self.running, *self.offered}, key=lambda one: (one.amounts, one.models)
        ) or [Request((1,) * len(self.weights), 0)]
        runs, offered = Counter(self.running), Counter(self.offered)
        snapshot = Snapshot(
            free=np.array([free for free, _ in self.state], float),
            total=np.array([kind.total for kind in self.kinds], float),
            model=np.array([kind.model for kind in self.kinds]),
            devices=np.array([kind.devices for kind in self.kinds]),
            running=np.array([runs[one] for one in requests]),
        )
        per = np.ones(len(self.weights))
        if self.gpu >= 0:
            per[self.gpu] = 1000.0
        shapes = shapes_table(
            np.array([one.amounts for one in requests], float),
            np.array([one.models for one in requests]),
            np.zeros(len(requests), np.int64),
            per,
            self.gpu,
        )
        counts = np.array([offered[one] + extra for one in requests])
        return snapshot, shapes, counts, np.array(self.weights, float)

    def found(self, method: str = "lp", extra: int = 0) -> Bound:
        return bound(*self.arguments(extra), method=method)

    def least(self, method: str) -> tuple[float, list[float]]:
        """The least left by exhaustive search: onto what is free, or with all packed anew."""
        if method == "lp":
            left = leftovers(self.kinds, self.state, [], self.offered, self.gpu)
        else:
            start = empty(self.kinds)
            left = leftovers(self.kinds, start, self.running, self.offered, self.gpu)
        headline, by_resource = least(self.kinds, left, self.weights)
        return float(headline), [float(one) for one in by_resource]


@st.composite
def cells(draw: st.DrawFn, most_offered: int = 6) -> Small:
    resources = draw(st.integers(1, 3))
    gpu = resources - 1 if draw(st.booleans()) else -1
    amounts = [st.integers(0, 12) if r != gpu else st.just(0) for r in range(resources)]
    sorts = []
    for _ in range(draw(st.integers(1, 3))):
        devices = draw(st.integers(0, 3)) if gpu >= 0 else 0
        total = [draw(one) for one in amounts]
        if gpu >= 0:
            total[gpu] = 1000 * devices
        sorts.append(Kind(tuple(total), devices, draw(st.integers(0, 1))))
    kinds = draw(st.lists(st.sampled_from(sorts), min_size=1, max_size=4))
    wanted = [
        st.sampled_from([0, 0, 250, 400, 500, 700, 1000, 2000]) if r == gpu else st.integers(0, 7)
        for r in range(resources)
    ]
    request = st.builds(Request, st.tuples(*wanted), st.sampled_from([0, 0, 0, 1, 2, 3]))
    requests = draw(st.lists(request, min_size=1, max_size=4))
    state, running = empty(kinds), []
    for task in draw(st.lists(st.sampled_from(requests), max_size=4)):
        options = [
            (n, after) for n in range(len(kinds)) for after in ways(kinds[n], state[n], task, gpu)
        ]
        if options:
            n, after = draw(st.sampled_from(options))
            state = (*state[:n], after, *state[n + 1 :])
            running.append(task)
    offered = draw(st.lists(st.sampled_from(requests), max_size=most_offered))
    weights = draw(st.lists(st.integers(0, 3), min_size=resources, max_size=resources))
    return Small(kinds, state, running, offered, weights, gpu)


def slack(method: str) -> float:
    """How far, in points, a bound may be from the best of its programme."""
    return 1e-6 if method == "lp" else 100 * programmes.GAP + 1e-3


@pytest.mark.parametrize("method", ["lp", "milp"])
@settings(max_examples=share(150), deadline=None)
@given(cell=cells())
def test_nothing_found_by_exhaustive_search_strands_less(method: str, cell: Small) -> None:
    found = cell.found(method)
    headline, by_resource = cell.least(method)
    assert found.headline_pct <= headline + 1e-9
    assert all(b <= least + 1e-9 for b, least in zip(found.by_resource, by_resource, strict=True))


def crowded(seed: int) -> Small:
    """A cell of two to four machines on which most of the six tasks offered fit, and not all."""
    random = np.random.default_rng(seed)
    resources, gpu = (2, -1) if seed % 3 == 0 else (3, 2)
    sorts = []
    for _ in range(2):
        devices = int(random.integers(0, 4)) if gpu >= 0 else 0
        plain = [int(amount) for amount in random.integers(5, 13, size=2)]
        total = (*plain, 1000 * devices) if gpu >= 0 else tuple(plain)
        sorts.append(Kind(total, devices, int(random.integers(2))))
    kinds = [sorts[int(k)] for k in random.integers(2, size=random.integers(2, 5))]
    requests = []
    for _ in range(4):
        amounts = [int(amount) for amount in random.integers(1, 8, size=2)]
        if gpu >= 0:
            amounts.append(int(random.choice([0, 250, 400, 500, 700, 1000, 2000])))
        requests.append(Request(tuple(amounts[:resources]), int(random.choice([0, 0, 1, 2]))))
    state, running = empty(kinds), []
    for k in random.integers(4, size=len(kinds)):
        options = [
            (n, after)
            for n in range(len(kinds))
            for after in ways(kinds[n], state[n], requests[k], gpu)
        ]
        if options:
            n, after = options[random.integers(len(options))]
            state = (*state[:n], after, *state[n + 1 :])
            running.append(requests[k])
    offered = [requests[int(k)] for k in random.integers(4, size=6)]
    weights = [int(weight) for weight in random.integers(1, 4, size=resources)]
    return Small(kinds, state, running, offered, weights, gpu)


@pytest.mark.parametrize("method", ["lp", pytest.param("milp", marks=pytest.mark.campaign)])
def test_no_placement_on_crowded_cells_strands_less(method: str) -> None:
    close, some = 0, 0
    for seed in range(300):
        cell = crowded(seed)
        found = cell.found(method)
        headline, by_resource = cell.least(method)
        assert found.headline_pct <= headline + 1e-9, seed
        assert (found.by_resource <= np.array(by_resource) + 1e-9).all(), seed
        some += found.headline_pct > 0
        close += headline - found.headline_pct < 10
    assert some > 250
    assert close > 150  # points; what is lost is what machines apart can't hold


@pytest.mark.parametrize("method", ["lp", "milp"])
def test_of_too_many_types_similar_ones_are_counted_as_one(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sim.bounds, "MOST_TYPES", 1)
    merged = 0
    for seed in range(100):
        cell = crowded(seed)
        found = cell.found(method)
        headline, by_resource = cell.least(method)
        assert found.headline_pct <= headline + 1e-9, seed
        assert (found.by_resource <= np.array(by_resource) + 1e-9).all(), seed
        merged += found.status == "optimal, similar machines as one type"
    assert merged > 20


@pytest.mark.campaign
@pytest.mark.parametrize("method", ["lp", "milp"])
@settings(max_examples=20_000, deadline=None)
@given(cell=cells())
def test_nothing_found_by_long_search_strands_less(method: str, cell: Small) -> None:
    found = cell.found(method)
    headline, by_resource = cell.least(method)
    assert found.headline_pct <= headline + 1e-9
    assert all(b <= least + 1e-9 for b, least in zip(found.by_resource, by_resource, strict=True))


@pytest.mark.parametrize("method", ["lp", "milp"])
@settings(max_examples=share(50), deadline=None)
@given(cell=cells(most_offered=40))
def test_the_bound_lies_between_nothing_and_what_is_free(method: str, cell: Small) -> None:
    found = cell.found(method)
    total = np.array([kind.total for kind in cell.kinds]).sum(axis=0)
    left = np.array([free for free, _ in cell.state]).sum(axis=0)
    free = np.where(total > 0, 100.0 * left / np.maximum(total, 1), 0.0)
    assert (found.by_resource >= 0).all()
    assert (found.by_resource <= free + 1e-9).all()
    sold = np.where(total > 0, cell.weights, 0)
    mean = float(sold @ free) / sold.sum() if sold.sum() else 0.0
    assert 0 <= found.headline_pct <= mean + 1e-9
    # each resource's own optimum is at least as good as its part in the common one
    assert sold @ found.by_resource <= found.headline_pct * sold.sum() + slack(method) * sold.sum()


@pytest.mark.parametrize("method", ["lp", "milp"])
@settings(max_examples=share(50), deadline=None)
@given(cell=cells(most_offered=20), extra=st.integers(1, 5))
def test_more_offered_never_raises_the_bound(method: str, cell: Small, extra: int) -> None:
    few, many = cell.found(method), cell.found(method, extra)
    assert many.headline_pct <= few.headline_pct + slack(method)
    assert (many.by_resource <= few.by_resource + slack(method)).all()


@pytest.mark.parametrize("method", ["lp", "milp"])
@settings(max_examples=share(50), deadline=None)
@given(cell=cells(most_offered=20), random=st.randoms(use_true_random=False))
def test_the_order_of_machines_and_shapes_makes_no_difference(
    method: str, cell: Small, random: np.random.Generator
) -> None:
    snapshot, shapes, counts, weights = cell.arguments()
    machines, order = list(range(len(cell.kinds))), list(range(len(counts)))
    random.shuffle(machines)
    random.shuffle(order)
    turned = Snapshot(
        snapshot.free[machines],
        snapshot.total[machines],
        snapshot.model[machines],
        snapshot.devices[machines],
        snapshot.running[order],
    )
    mixed = Shapes(*(column[order] for column in shapes))
    one = bound(snapshot, shapes, counts, weights, method=method)
    other = bound(turned, mixed, counts[order], weights, method=method)
    assert one.headline_pct == other.headline_pct
    assert (one.by_resource == other.by_resource).all()
    assert one.status == other.status


def alone(total: tuple[int, ...], offered: dict[tuple[int, ...], int], **other: object) -> Small:
    """One empty machine of two resources without devices."""
    tasks = [Request(amounts, 0) for amounts, count in offered.items() for _ in range(count)]
    kinds = [Kind(total, 0, 0)]
    cell = Small(kinds, empty(kinds), [], tasks, [1, 1], -1)
    return replace(cell, **other)  # type: ignore[arg-type]


def test_an_imbalance_of_the_cell_is_stranded_whoever_places() -> None:
    found = alone((10, 10), {(2, 1): 100}).found()
    assert found.by_resource == pytest.approx([0, 50])
    assert found.headline_pct == pytest.approx(25)
    assert found.status == "optimal"


def test_the_headline_is_one_placement_where_resources_have_each_their_best() -> None:
    kinds = [Kind((10, 10, 1), 0, 0)]
    offered = [Request((10, 0, 1), 0), Request((0, 10, 1), 0)]  # one of the two, not both
    found = Small(kinds, empty(kinds), [], offered, [1, 1, 0], -1).found()
    assert found.by_resource == pytest.approx([0, 0, 0])
    assert found.headline_pct == pytest.approx(50)


def test_what_is_offered_limits_what_can_be_used() -> None:
    found = alone((10, 10), {(2, 2): 3}).found()
    assert found.by_resource == pytest.approx([40, 40])


def test_a_shape_that_no_empty_machine_of_a_type_can_take_is_left_out() -> None:
    kinds = [Kind((10, 10), 0, 0)] * 4
    cell = Small(kinds, empty(kinds), [], [Request((11, 1), 0), Request((4, 1), 2)], [1, 1], -1)
    assert cell.found().by_resource == pytest.approx([100, 100])


def test_a_share_needs_a_device_and_a_whole_request_as_many() -> None:
    kinds = [Kind((8, 1000), 1, 0), Kind((8, 1000), 1, 0)]
    cell = Small(kinds, empty(kinds), [], [Request((1, 2000), 0)], [1, 1], 1)
    assert cell.found().by_resource == pytest.approx([100, 100])
    cell = replace(cell, offered=[Request((1, 500), 0), Request((1, 1000), 0)])
    assert cell.found().by_resource == pytest.approx([87.5, 25])


def test_packing_anew_finds_room_that_placing_does_not() -> None:
    kinds = [Kind((4, 4), 0, 0), Kind((9, 4), 0, 1)]
    small, large = Request((4, 4), 0), Request((9, 4), 0)
    state = (((4, 4), ()), ((5, 0), ()))  # the small task sits on the large machine
    cell = Small(kinds, state, [small], [large], [1, 1], -1)
    assert cell.found("lp").by_resource == pytest.approx([900 / 13, 50])
    assert cell.found("milp").by_resource == pytest.approx([0, 0], abs=1e-4)


def test_whole_counts_strand_what_fractions_would_use() -> None:
    cell = alone((10, 10), {(4, 7): 9, (7, 4): 9})
    assert cell.found("lp").headline_pct < 20
    found = cell.found("milp")
    assert found.status == "optimal"
    assert found.headline_pct == pytest.approx(45, abs=1e-4)
    assert found.by_resource == pytest.approx([30, 30], abs=1e-4)


def test_what_runs_stays_where_only_others_are_offered() -> None:
    cell = alone((10, 10), {(3, 1): 9}, running=[Request((1, 6), 0)], state=(((9, 4), ()),))
    assert cell.found("milp").by_resource == pytest.approx([0, 10], abs=1e-4)


def test_without_time_the_relaxation_stands_in_and_the_status_says_so() -> None:
    cell = alone((10, 10), {(4, 7): 9, (7, 4): 9})
    found = bound(*cell.arguments(), method="milp", time_limit_s=0.0)
    assert found.status in (programmes.RELAXED, programmes.STOPPED)
    assert found.headline_pct <= 45


@pytest.mark.parametrize("method", ["lp", "milp"])
def test_a_resource_that_the_fleet_has_not_strands_nothing(method: str) -> None:
    found = alone((10, 0), {(1, 0): 5}).found(method)
    assert found.headline_pct == pytest.approx(50, abs=1e-4)
    assert found.by_resource == pytest.approx([50, 0], abs=1e-4)
    assert alone((0, 0), {}).found(method).headline_pct == 0
    assert alone((10, 10), {}, weights=[0, 0]).found(method).headline_pct == 0


def test_amounts_of_any_unit_give_the_same_bound() -> None:
    cell = alone((7, 11), {(2, 1): 2, (1, 3): 9})
    snapshot, shapes, counts, weights = cell.arguments()
    per = np.array([1e9, 1.0])
    scaled = replace(snapshot, free=snapshot.free * per, total=snapshot.total * per)
    amounts = shapes._replace(whole=shapes.whole * per)
    for method in ("lp", "milp"):
        one = bound(snapshot, shapes, counts, weights, method=method)
        other = bound(scaled, amounts, counts, weights, method=method)
        assert other.by_resource == pytest.approx(one.by_resource, abs=1e-4)
        assert other.headline_pct == pytest.approx(one.headline_pct, abs=1e-4)


def test_what_cannot_be_is_said_in_one_line() -> None:
    cell = alone((10, 10), {(2, 1): 1})
    with pytest.raises(SimError, match="bound=best: expected one of lp, milp"):
        cell.found("best")
    with pytest.raises(SimError, match="shape 0: 1 run and it fits no machine"):
        alone((10, 10), {}, running=[Request((11, 1), 0)]).found("milp")
    with pytest.raises(SimError, match="more runs than its machines hold"):
        alone((10, 10), {}, running=[Request((6, 1), 0)] * 2).found("milp")


def test_the_module_costs_no_scipy_until_it_is_asked() -> None:
    script = "import sys, sim.bounds; print([m for m in sys.modules if m.startswith('scipy')])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


# On real data ----------------------------------------------------------------------------------


class Greedy:
    """A cell that is filled task by task, each on the fitting machine with the least left."""

    def __init__(self, machines: Machines, population: Population) -> None:
        self.machines, self.shapes, self.gpu = machines, population.shapes, population.gpu
        self.free = machines.total.copy()
        most = int(machines.devices.max())
        self.devices = np.where(np.arange(most) < machines.devices[:, None], 1000.0, 0.0)
        self.running = np.zeros(len(self.shapes.share), np.int64)

    def place(self, shape: int) -> None:
        one = Shapes(*(column[shape] for column in self.shapes))
        asked = one.whole[self.gpu]
        fits = (self.free >= one.whole).all(axis=1)
        if one.models:
            fits &= (one.models >> self.machines.model) & 1 == 1
        if 0 < asked < 1000:
            fits &= (self.devices >= asked).any(axis=1)
        fits &= (self.devices == 1000).sum(axis=1) >= one.devices
        if not fits.any():
            return
        left = (self.free / self.machines.total.max(axis=0)).sum(axis=1)
        n = int(np.argmin(np.where(fits, left, np.inf)))
        self.free[n] -= one.whole
        self.running[shape] += 1
        if 0 < asked < 1000:
            room = np.where(self.devices[n] >= asked, self.devices[n], np.inf)
            self.devices[n, np.argmin(room)] -= asked
        else:
            self.devices[n, np.flatnonzero(self.devices[n] == 1000)[: int(one.devices)]] = 0


@pytest.fixture(scope="module")
def openb() -> tuple[Population, Machines, np.ndarray]:
    data = os.environ.get("UNSTRAND_DATA") or ROOT.parent / "shared" / "traces"
    if not (Path(data) / "openb").is_dir():
        pytest.skip("the openb trace is not on this computer")
    trace = traces.load("openb")
    population = population_of(trace)
    return population, machines_of(trace), pool(population, "test")


@pytest.mark.openb
@pytest.mark.parametrize("weights", [(0, 0, 1), (1, 1, 1)])
def test_a_greedy_fill_of_openb_strands_more_than_the_bound(
    openb: tuple[Population, Machines, np.ndarray], weights: tuple[int, ...]
) -> None:
    population, fleet, tasks = openb
    random = np.random.default_rng(1)
    cell = Greedy(fleet.take(random.permutation(len(fleet))[:60]), population)
    total = cell.machines.total.sum(axis=0)
    while cell.free.sum(axis=0)[population.gpu] > 0.15 * total[population.gpu]:
        cell.place(population.shape[random.choice(tasks)])
    snapshot = Snapshot(
        cell.free.copy(),
        cell.machines.total,
        cell.machines.model,
        cell.machines.devices,
        cell.running.copy(),
    )
    drawn = population.shape[random.choice(tasks, 1000)]
    for shape in drawn:
        cell.place(shape)
    left = 100 * cell.free.sum(axis=0) / total
    counts = np.bincount(drawn, minlength=len(cell.running))
    sold = np.array(weights, float)
    for method in ("lp", "milp"):
        found = bound(snapshot, cell.shapes, counts, sold, method=method, time_limit_s=2.0)
        assert found.headline_pct <= sold @ left / sold.sum()
        assert (found.by_resource <= left).all()
    assert bound(snapshot, cell.shapes, counts, sold).status == "optimal"
