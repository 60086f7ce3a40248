"""The scores of the shipped heuristics, by hand at a few states."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import heuristics
from tests.heuristics.states import Vector, ask, state

TASK = (8.0, 32.0, 0.5)


def test_best_fit_is_a_percentage_over_cpu_and_gpu_where_there_are_gpus() -> None:
    # 24/128 and 2.5/8 left: 100 × (1 − (0.1875 + 0.3125) / 2) = 75, exactly
    given = state(TASK, (32, 64, 3.0))
    assert ask("best_fit", given) == 75
    assert ask("worst_fit", given) == 25
    # 24.5/128 left: 74.80…
    given = state((7.5, 32, 0.5), (32, 64, 3.0))
    assert ask("best_fit", given, whole=1) == 74
    assert ask("best_fit", given, whole=0) == pytest.approx(100 * (1 - (24.5 / 128 + 0.3125) / 2))
    assert ask("best_fit", given, whole=0, memory=1) == pytest.approx(
        100 * (1 - (24.5 / 128 + 0.3125 + 32 / 1024) / 3)
    )


def test_best_fit_counts_memory_in_a_fleet_without_gpus() -> None:
    given = state((8, 256, 0), (40, 512, 0), (64, 1024, 0), largest=(64, 1024, 0))
    assert ask("best_fit", given, whole=0) == pytest.approx(100 * (1 - (0.5 + 0.25 + 0) / 3))


def test_best_fit_keeps_the_fraction_of_a_single_resource() -> None:
    size = {"required": Vector(size=10), "free": Vector(size=45)}
    largest = SimpleNamespace(cpu=0.0, mem=0.0, gpu=0.0)
    cell = SimpleNamespace(largest=_One(largest, 150.0))
    assert ask("best_fit", {**size, "cell": cell}) == pytest.approx(100 * (1 - 35 / 150))


class _One:
    """A fleet's largest machine in a trace with one resource."""

    def __init__(self, names: SimpleNamespace, size: float) -> None:
        self.__dict__.update(vars(names))
        self.size = size

    def __getitem__(self, index: int) -> Any:
        return (np.float64(self.size),)[index]


def test_best_fit_own_normalises_by_the_machine_and_leaves_out_what_it_has_not_got() -> None:
    given = state((16, 96, 0), (48, 192, 0), (96, 384, 0))
    assert ask("best_fit_own", given, whole=0) == pytest.approx(100 * (1 - (32 / 96 + 0.25) / 2))


def test_dot_product_is_lower_the_more_alike() -> None:
    # (64/128 · 32/128 + 4/8 · 2/8) / 2 = 0.125
    assert ask("dot_product", state((32, 1, 2), (64, 1, 4)), whole=0) == pytest.approx(87.5)
    assert ask("dot_product", state((32, 1, 2), (64, 1, 4))) == 87


def test_alignment_cosine_and_l2() -> None:
    given = state((48, 96, 0), (96, 192, 4))
    assert ask("alignment", given) == pytest.approx(1 * 0.5 + 0.5 * 0.25 + 0.5 * 0)
    even = state((64, 512, 4), (128, 1024, 8))
    assert ask("cosine", even) == pytest.approx(1.0)
    assert ask("cosine", state((0, 0, 0), (96, 192, 4))) == 0.0
    assert ask("l2", even) == pytest.approx(-0.25)


def test_balance_is_minus_the_spread_over_what_the_machine_has() -> None:
    # used after: cpu 1/2, memory 1/4; no GPU here
    given = state((0, 0, 0), (48, 288, 0), (96, 384, 0))
    assert ask("balance", given) == pytest.approx(-0.125)


def test_fgd_is_the_sigmoid_of_the_devices_gained() -> None:
    assert ask("fgd", state(TASK, (32, 64, 3), gain=0.0)) == 50
    assert ask("fgd", state(TASK, (32, 64, 3), gain=1.0)) == 73  # 73.1058…
    assert ask("fgd", state(TASK, (32, 64, 3), gain=-1.0)) == 26
    exact = ask("fgd", state(TASK, (32, 64, 3), gain=1.0), whole=0)
    assert exact == pytest.approx(100 / (1 + math.exp(-1)))


@pytest.mark.parametrize(
    ("gpu", "gpus", "expected"),
    [
        (0.0, [1.0, 1.0], 0),  # no GPU asked for
        (0.5, [1.0, 1.0], 31),  # all free: 33 − 2
        (2.0, [1.0] * 8, 25),  # all free: 33 − 8
        (1.0, [1.0, 0.3], 49),  # one free device of a used machine
        (4.0, [1.0] * 7 + [0.0], 46),  # four of them
        (0.5, [1.0, 0.3], 49),  # the share needs a free device
        (0.3, [1.0, 0.3, 0.9], 97),  # 300 milli free: 100 − 30 // 10
        (0.25, [0.0, 0.999], 91),  # 99 % free: 100 − 9
        (0.46, [0.46, 0.0], 96),  # an exact fit: 46 % free
    ],
)
def test_gpu_packing(gpu: float, gpus: list[float], expected: int) -> None:
    given = state((1, 1, gpu), (32, 64, sum(gpus)), gpus=gpus)
    assert ask("gpu_packing", given) == expected


@pytest.mark.parametrize(
    ("gpu", "kin", "kinds", "expected"),
    [
        (0.0, 0, 0, 0),
        (1.0, 2, 1, 75 + 17),  # 25 · (8000 − 2500) / 8000 = 17.19
        (1.0, 2, 3, 50 + 17),
        (1.0, 0, 0, 25 + 17),
        (1.0, 0, 2, 17),
    ],
)
def test_gpu_clustering(gpu: float, kin: int, kinds: int, expected: int) -> None:
    given = state((1, 1, gpu), (32, 64, 2.5), kin=kin, kinds=kinds)
    assert ask("gpu_clustering", given) == expected


def test_kubernetes_scores_are_whole_and_after_the_placement() -> None:
    # total 96 cores and 384 GiB; after: 24 and 352 used, 25 % and 91 % (91.67)
    given = state((8, 32, 0), (80, 64, 0))
    assert ask("k8s_least_allocated", given) == (75 + 8) // 2
    assert ask("k8s_most_allocated", given) == (25 + 91) // 2
    assert ask("k8s_balanced_allocation", given) == 66  # 1 − (0.9167 − 0.25) / 2
    assert ask("k8s_requested_to_capacity_ratio", given) == 58  # (25 + 91) / 2
    spread = {"low_score": 10, "high_score": 0}
    assert ask("k8s_requested_to_capacity_ratio", given, **spread) == 42  # (75 + 9) / 2
    only_full = {"low": 50, "middle": 75, "middle_score": 0, "high": 100}
    # 25 % scores 0 and is left out; 91 % scores 64
    assert ask("k8s_requested_to_capacity_ratio", given, **only_full) == 64


def test_alpha_evolve_is_the_published_function() -> None:
    c, m = 8 / 32, 32 / 64
    expected = -(c + m + m / c + c / m)
    assert ask("alpha_evolve", state(TASK, (32, 64, 3))) == pytest.approx(expected, rel=1e-15)


def test_epvm_prefers_the_emptier_machine_and_costs_nothing_for_nothing() -> None:
    assert ask("epvm", state((0, 0, 0), (32, 64, 3))) == 0
    assert ask("epvm", state(TASK, (96, 384, 8))) > ask("epvm", state(TASK, (32, 64, 3)))
    cost = ask("epvm", state((96, 0, 0), (96, 384, 8)), base=10)
    assert cost == pytest.approx(-9)


def test_borg_hybrid_counts_what_lies_beyond_the_scarcest_resource() -> None:
    # two resources here, cpu and memory, half of the cpu taken from an empty machine:
    # free shares 1/2 and 1, stranded (1/2 + 1)/2 − 1/2 = 1/4 more than before
    given = state((48, 0, 0), (96, 384, 0), (96, 384, 0))
    assert ask("borg_hybrid", given, load=0) == pytest.approx(-0.25)
    expected = -0.25 - (math.sqrt(100) - 1) / (2 * 99)
    assert ask("borg_hybrid", given, load=1) == pytest.approx(expected)


def test_protean_puts_machines_in_use_before_empty_ones() -> None:
    full = ask("protean", state(TASK, (96, 384, 8), tasks=1))
    empty = ask("protean", state(TASK, (8, 32, 0.5), tasks=0))
    assert full > empty
    # the stand-in cell is the machine: 2/3, 5/6 and 5/8 used weigh what is left
    left = (2 / 3 * 24 / 128 + 5 / 6 * 32 / 1024 + 5 / 8 * 2.5 / 8) / (2 / 3 + 5 / 6 + 5 / 8)
    given = state(TASK, (32, 64, 3), tasks=1)
    assert ask("protean", given) == 200 + int(100 * (1 - left))


@pytest.mark.parametrize(
    ("lifetime", "stays", "cost"),
    [
        (3600, 7200, 0),
        (7200, 7200, 0),
        (7200 + 1800, 7200, 1),  # half an hour longer
        (7200 + 7200, 7200, 2),  # two hours
        (40 * 3600, 0, 3),
        (math.inf, 0, 4),
        (math.inf, math.inf, 0),
    ],
)
def test_nilas_costs_the_class_of_the_time_added(lifetime: float, stays: float, cost: int) -> None:
    given = state(TASK, (32, 64, 3), lifetime=lifetime, exit=stays)
    fit = 100 * (1 - (24 / 128 + 32 / 1024 + 2.5 / 8) / 3)
    assert ask("nilas", given) == pytest.approx(fit - 1000 * cost)


@pytest.mark.parametrize(
    ("free", "lifetime", "stays", "tasks", "rank"),
    [
        ((9, 300, 8), 1800, 5 * 3600, 3, 0),  # nearly full, one class above
        ((9, 300, 8), 1800, 50 * 3600, 3, 1),  # two above
        ((9, 300, 8), 1800, 1800, 3, 3),  # its own class
        ((80, 300, 8), 1800, 1800, 3, 0),  # filling, its own class
        ((80, 300, 8), 5 * 3600, 1800, 3, 3),  # would raise it by one
        ((96, 384, 8), 1800, 0, 0, 8),  # empty
    ],
)
def test_lava_ranks(
    free: tuple[float, float, float], lifetime: float, stays: float, tasks: int, rank: int
) -> None:
    given = state((0, 0, 0), free, lifetime=lifetime, exit=stays, tasks=tasks)
    fit = 100 * (1 - (free[0] / 128 + free[1] / 1024 + free[2] / 8) / 3)
    assert ask("lava", given) == pytest.approx(fit - 1000 * rank)


def test_mix_fit_is_the_weighted_part_of_the_copies_lost() -> None:
    # shapes: (4 cores, 8 GiB, half a device) and (8, 16, one device), equal weights
    # cpu 32, mem 64: 8 by either; devices [1, 0.5]: 3 halves; the second shape: 4 and 1 device
    given = state((2, 4, 0.5), (32, 64, 1.5), gpus=[1.0, 0.5], slot=1)
    assert ask("mix_fit", given) == pytest.approx(-(0.5 * 1 / 3 + 0.5 * 0))
    given = state((2, 4, 0.5), (32, 64, 1.5), gpus=[1.0, 0.5], slot=0)
    assert ask("mix_fit", given) == pytest.approx(-(0.5 * 1 / 3 + 0.5 * 1))
    given = state((2, 4, 1), (32, 64, 1.5), gpus=[1.0, 0.5])
    assert ask("mix_fit", given) == pytest.approx(-(0.5 * 2 / 3 + 0.5 * 1))
    given = state((28, 4, 0), (32, 64, 1.5), gpus=[1.0, 0.5])  # one copy's cpu is left, then none
    assert ask("mix_fit", given) == pytest.approx(-(0.5 * 2 / 3 + 0.5 * 1))


def test_random_and_first_fit_leave_it_to_their_ties() -> None:
    assert (heuristics.get("random").ties, heuristics.get("first_fit").ties) == ("random", "first")
    assert heuristics.get("random").arguments == ("slot",)
    assert ask("random", state(TASK, (32, 64, 3))) == ask("first_fit", state(TASK, (9, 33, 1)))


def rule(name: str, size: float, free: list[float]) -> Any:
    required, left = SimpleNamespace(size=np.float64(size)), SimpleNamespace(size=np.array(free))
    return heuristics.get(name).function()(required=required, free=left)


def test_funsearch_or3_scores_by_steps_of_what_is_left() -> None:
    free = [32, 33, 34, 36, 38, 41, 44, 47, 50, 53, 99]
    expected = [4, 3, 2, 1, 0.9, 0.95, 0.97, 0.98, 0.98, 0.99, 0.99]
    assert rule("funsearch_or3", 30, free).tolist() == pytest.approx(expected)


def test_funsearch_or_short_multiplies_the_tightest() -> None:
    expected = [1000 - 150 * 120, (1000 - 32 * 2) * 30 - 2**4, 1000 - 32 * 2]
    assert rule("funsearch_or_short", 30, [150, 32, 32]).tolist() == expected


def test_funsearch_weibull_takes_each_bin_against_the_one_before() -> None:
    first = 0 / 30 + 150**2 / 30**2 + 150**2 / 30**3  # turned round: left over
    second = (30 - 150) ** 2 / 30 + 1 + 1 / 30  # an exact fit
    assert rule("funsearch_weibull", 30, [150, 30]).tolist() == pytest.approx(
        [-first, second + first]
    )


def test_eoh_sums_its_three_terms() -> None:
    exact, loose = rule("eoh", 30, [30, 150])
    assert exact == pytest.approx(30 / 1.7 + 0.3)
    assert loose == pytest.approx(30 / 150 * math.sqrt(120) + 0.8)
