"""What must hold of the cell whatever happens in it."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import heuristics
import sim
from sim import layout
from sim.clock import CellEnvironment
from sim.composition import composed
from sim.engine import Engine
from sim.groups import count, grown, running
from sim.handle import view
from sim.kernel import compile_kernel
from sim.occupy import give_back, take
from sim.population import machines_of, mix_of, population_of
from sim.state import empty_groups
from tests.shares import share
from tests.sim.cells import Settings, random_trace, recorded


def engine_of(seed: int, **settings: int) -> Engine:
    random = np.random.default_rng(seed)
    trace = random_trace(random, Settings(**settings))  # type: ignore[arg-type]
    population, machines = population_of(trace), machines_of(trace)
    composition = composed(heuristics.get("first_fit"))
    kernels = [compile_kernel(h, trace.resources) for h in composition.levels]
    return Engine(
        machines,
        population,
        mix_of(population),
        composition,
        kernels,
        ties=0,
        seed=0,
        label=str,
        live=64,
    )


def state_of(engine: Engine) -> list[np.ndarray]:
    cell = engine.run.cell
    return [
        a.copy() for a in (cell.free, cell.columns, cell.devices, cell.shares, cell.kin, cell.sums)
    ]


def fits(engine: Engine, shape: int, machine: int) -> bool:
    from sim.feasible import fits as compiled_fits

    return bool(compiled_fits(engine.view, shape, machine))


@settings(max_examples=share(25), deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 10_000), max_size=80))
def test_everything_released_comes_back_exactly_and_nothing_exceeds_capacity(
    seed: int, moves: list[int]
) -> None:
    engine = engine_of(seed, machines=4, tasks=20)
    cell, view_ = engine.run.cell, engine.view
    empty = state_of(engine)
    held: list[tuple[int, int, int, np.uint64]] = []
    shapes = engine.run.shapes
    for move in moves:
        shape, machine = move % len(shapes.share), (move // 7) % cell.free.shape[1]
        if move % 3 == 0 and held:
            give_back(view_.cell, view_.shapes, *held.pop(move % len(held)))
        elif fits(engine, shape, machine):
            slot = -1
            if shapes.share[shape] > 0:
                wanted = np.rint(1000 * shapes.share[shape])
                slot = int(np.argmax(cell.devices[machine] >= wanted))
            bits = take(view_.cell, view_.shapes, shape, machine, slot)
            held.append((shape, machine, slot, np.uint64(bits)))
        assert (cell.free >= 0).all()
        assert (cell.free <= cell.total).all()
        gpu = int(cell.gpu[0])
        assert np.array_equal(cell.devices.sum(axis=1), cell.free[gpu])
        assert np.array_equal(cell.columns[: len(cell.per)], cell.free / cell.per[:, None])
        assert np.array_equal(cell.sums[0], cell.free.sum(axis=1))
    for taken in held:
        give_back(view_.cell, view_.shapes, *taken)
    for before, after in zip(empty, state_of(engine), strict=True):
        assert np.array_equal(before, after)


def test_a_wrong_array_is_refused_before_it_reaches_compiled_code() -> None:
    engine = engine_of(0)
    cell = engine.run.cell._replace(free=engine.run.cell.free.astype(np.float32))
    with pytest.raises(TypeError, match=r"cell\.free: expected"):
        view(engine.run._replace(cell=cell))


@settings(max_examples=share(15), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=300))
def test_groups_count_as_a_dictionary_does(pairs: list[tuple[int, int]]) -> None:
    groups, expected, used = empty_groups(1024), dict[tuple[int, int], int](), 0
    for group, machine in pairs:
        change = -1 if expected.get((group, machine), 0) > 1 else 1
        used += count(_groups(groups), group, machine, 10, change)
        expected[group, machine] = expected.get((group, machine), 0) + change
    assert used == len(expected)
    for table in (groups, grown(groups)):
        for (group, machine), number in expected.items():
            assert running(_groups(table), group, machine, 10) == number


def _groups(groups: object) -> object:
    """A view of a table by itself, inside a run that is otherwise empty."""
    engine = engine_of(0)
    engine.replace(groups=groups)
    return engine.view.groups


def test_simpy_events_meet_the_cell_in_the_order_of_an_instant() -> None:
    order: list[str] = []
    env = CellEnvironment(lambda at, priority: order.append(f"cell to {at}.{priority}"))
    for priority in (4, 0, 2, 1, 3):
        env.at(5, priority, lambda p=priority: order.append(f"event {p}"))  # type: ignore[misc]
    env.run(until=env.at(9, 5))
    assert order == [
        *[line for p in range(5) for line in (f"cell to 5.{p}", f"event {p}")],
        "cell to 9.5",
    ]


def test_a_users_process_sees_the_cell_and_runs_beside_it() -> None:
    trace = random_trace(np.random.default_rng(3), Settings(machines=4, tasks=30, span_s=30))
    work = recorded(trace, 0)
    seen: list[tuple[int, int, float]] = []

    def watch(env, cell):  # type: ignore[no-untyped-def]
        while True:
            seen.append((int(env.now), cell.running, cell.free["cpu"]))
            yield env.timeout(10_000)

    plain = sim.replay(work, heuristics.get("best_fit"), placements=True)
    watched = sim.replay(work, heuristics.get("best_fit"), placements=True, process=watch)
    assert [at for at, _, _ in seen] == [0, 10_000, 20_000, 30_000]
    assert len({running for _, running, _ in seen}) > 1
    assert plain.placements is not None
    assert watched.placements is not None
    for name, column in plain.placements.items():
        assert np.array_equal(column, watched.placements[name])


def test_a_users_process_that_fails_is_one_line() -> None:
    work = recorded(random_trace(np.random.default_rng(3), Settings()), 0)

    def broken(env, cell):  # type: ignore[no-untyped-def]
        yield env.timeout(1)
        raise KeyError("oops")

    with pytest.raises(sim.SimError, match="process broken failed: KeyError: 'oops'"):
        sim.replay(work, heuristics.get("best_fit"), process=broken)


def test_every_register_has_a_place_of_its_own() -> None:
    source = inspect.getsource(layout)
    listed = source[source.index("(\n    CLOCK,") : source.index(") = range")]
    names = re.findall(r"[A-Z_]+", listed)
    assert sorted(getattr(layout, name) for name in names) == list(range(layout.REGISTERS))
