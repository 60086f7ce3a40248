"""Corners of Python that a compiler sees otherwise: what places is the heuristic as it is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import heuristics
import sim
from tests.sim.cells import Settings, oracle_for, random_trace, recorded

SETTINGS = Settings(machines=6, tasks=80, span_s=60)
PLACES = {
    "a constant below nothing, squared": (
        "def score(required, free, *, a=-0.5):\n    return a ** 2 * (free.cpu - required.cpu)\n"
    ),
    "a loop's variable after the loop": (
        "def score(free):\n    x = 0.0\n    for r in range(len(free)):\n"
        "        x = x + free[r]\n    return x * (1 - r) - free.cpu\n"
    ),
    "a loop's variable of another loop before": (
        "def score(free):\n    x = 0.0\n    for r in range(3):\n        x = x + r\n"
        "    for r in range(len(free)):\n        x = x - free[r]\n    return x * (r + 1)\n"
    ),
    "a whole power below nothing": (
        "import math\n\n\ndef score(free, slot):\n"
        "    return math.pow(slot + 2, -1) - math.pow(free.cpu + 1.0, -2)\n"
    ),
    "fmod": "import math\n\n\ndef score(free):\n    return -math.fmod(free.cpu, 7)\n",
    "a truth as a number": "def score(free):\n    return float(free.cpu > 3) - free.cpu\n",
    "a truth rounded": (
        "import math\n\n\ndef score(free):\n"
        "    return math.floor(free.cpu > 3) + int(free.mem > 3) - free.cpu\n"
    ),
    "remainders of rounded numbers": (
        "import math\n\n\ndef score(free):\n"
        "    x = int(free.cpu) % 3 + math.floor(free.mem) % 4 - int(-free.cpu) // 2\n    return x\n"
    ),
    "a whole number beyond 64 bits": (
        "def score(free):\n    a = int(free.cpu) + 1000000000000\n    return -(a * a * a)\n"
    ),
    "the larger of a whole number and a float": (
        "def score(free):\n    return max(1000000000000, 0.5) * 1000000000000 - free.cpu * 1e9\n"
    ),
    "the gamma function where it is infinite": (
        "import math\n\n\ndef score(free):\n"
        "    return min(math.gamma(200.0 + free.cpu), math.lgamma(0.0), 9.0) - free.cpu\n"
    ),
    "a name of the compiler's own": (
        "def score(free):\n    carray = free.cpu\n    return -carray\n"
    ),
    "a device by a fraction": (
        "def score(free, gpus):\n    x = 0.0\n    for i in range(len(gpus)):\n"
        "        x = x + gpus[i / 2.0]\n    return x - free.cpu\n"
    ),
    "an unknown lifetime rounded": (
        "import math\n\n\ndef score(free, task):\n"
        "    return -free.cpu if math.floor(task.lifetime) > 1e9 else free.cpu\n"
    ),
}
UNUSABLE = {
    "reads past an array by a loop's variable": (
        "def score(free, gpus):\n    for i in range(len(gpus)):\n        x = 0.0\n    i = 40\n"
        "    return free.cpu + gpus[i]\n",
        "raised",
    ),
    "moves a loop's variable and reads past an array": (
        "def score(free, gpus):\n    x = 0.0\n    for i in range(len(gpus)):\n"
        "        i = i + 100000\n"
        "        x = gpus[i]\n    return free.cpu + x\n",
        "raised",
    ),
    "rounds what is no number": (
        "import math\n\n\ndef score(free):\n"
        "    return math.floor((free.cpu - free.cpu) / 0.0) + free.cpu\n",
        "not_finite",
    ),
    "divides whole numbers by nothing": (
        "def score(free, slot, task):\n    return free.cpu + slot / (slot - slot)\n",
        "not_finite",
    ),
}


def of(source: str) -> heuristics.Heuristic:
    return heuristics.parse(source, filename="corner.py", name="corner")


@pytest.mark.parametrize("name", PLACES)
def test_the_compiled_cell_places_as_the_oracle(name: str) -> None:
    for seed in range(3):
        trace = random_trace(np.random.default_rng(seed), SETTINGS)
        work, one = recorded(trace, seed), of(PLACES[name])
        oracle, tasks = oracle_for(trace, work, [one], [0.0], ties="first", queue="skip")
        oracle.run(tasks, work.window)
        run = sim.replay(work, one, queue="skip", placements=True)
        assert run.placements is not None
        found = list(zip(run.placements["task"], run.placements["machine"], strict=True))
        assert found == [(t.number, work.machines.ids[t.machine.index]) for t in oracle.placed]
        assert len(found) > 20


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_is_no_score_is_never_taken_for_one(name: str) -> None:
    source, reason = UNUSABLE[name]
    trace = random_trace(np.random.default_rng(0), SETTINGS)
    with pytest.raises(heuristics.HeuristicError) as caught:
        sim.replay(recorded(trace, 0), of(source))
    assert caught.value.reason == reason


def test_a_product_of_whole_numbers_beyond_64_bits_is_too_large() -> None:
    source = "def score(free):\n    return free.cpu + 1000000000000 * 1000000000000\n"
    trace = random_trace(np.random.default_rng(0), SETTINGS)
    with pytest.raises(heuristics.HeuristicError, match="64 bits") as caught:
        sim.replay(recorded(trace, 0), of(source))
    assert (caught.value.reason, caught.value.line) == ("too_large", 2)


def test_a_file_without_end_is_not_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "endless.py"
    with file.open("wb") as opened:
        opened.truncate(1 << 40)
    with pytest.raises(heuristics.HeuristicError, match="longer than") as caught:
        heuristics.load(file)
    assert caught.value.reason == "too_large"
