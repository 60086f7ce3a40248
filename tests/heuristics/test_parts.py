"""The parts of a score: what adds up to it, and the names on the way."""

from __future__ import annotations

import math

import pytest

import heuristics
import sim
import traces
from heuristics.parts import parts
from sim.composition import composed
from sim.explaining import Question, _options, _until, find

EVERY = [
    name
    for name in (*heuristics.names(), *heuristics.discoveries())
    if heuristics.get(name).form == "score" and "free.size" not in heuristics.get(name).fields
]


@pytest.mark.parametrize("name", EVERY)
def test_the_summands_of_every_shipped_heuristic_add_up_to_its_score(name: str) -> None:
    heuristic = heuristics.get(name)
    work = sim.workload(traces.load("synthetic", tasks=400, machines=20), load=0.8, hours=6.0)
    row = find(work, None)
    question = Question(composed(heuristic), "first", "reject", int(row[sim.layout.NUMBER]))
    engine = _until(work, question, row)
    machines, slots, scores, _ = _options(engine, row, question.composition)
    assert machines.size
    shape, given = int(row[sim.layout.SHAPE]), engine.asker.given
    told = parts(heuristic)
    for machine, slot, score in zip(machines, slots, scores[0], strict=True):
        known = {**given.fixed(shape), **given.of_machines(shape, int(machine), int(slot))}
        found, values = told.function(**{name: known[name] for name in heuristic.arguments})
        assert found == score
        assert len(values) == len(told.labels)
        summed = [value for value in values[: told.summands] if not math.isnan(value)]
        if summed:
            assert math.fsum(summed) == pytest.approx(score, rel=1e-9, abs=1e-9)


def test_each_return_has_its_own_summands_and_names_have_their_last_value() -> None:
    source = (
        "def score(required, free, *, a=2.0):\n"
        "    left = free.cpu - required.cpu\n"
        "    if left > 4:\n"
        "        return left - a * (1.0 - free.mem) - 3\n"
        "    for k in range(2):\n"
        "        left += 1.0\n"
        "    return -(left + a)\n"
    )
    told = parts(heuristics.parse(source, filename="made.py", name="made"))
    assert told.labels == ("left", "-a * (1.0 - free.mem)", "-3", "-left", "-a")
    assert told.summands == 5
    large = heuristics.parse("def score(free):\n    return free.cpu\n", filename="a.py", name="a")
    assert parts(large).labels == ()
