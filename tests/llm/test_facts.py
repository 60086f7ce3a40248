"""What a prompt tells of a program: true of the runs that it scored, and of its choices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from evolve.llm.facts import Facts
from evolve.llm.outside import Outside
from evolve.run import opened
from sim.contain import lock
from tests.evolve import tiny
from tests.llm.test_outside import GOOD
from unstrand import answering

pytestmark = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Outside, int]]:
    """A run with an answer to its first ticket, and the answer's number."""
    import evolve

    settings = evolve.Settings(seed=3, islands=1)
    folder = tmp_path_factory.mktemp("run")
    problem = tiny.saturation()
    with opened(problem, folder, settings=settings, writer=answering.awaited) as loop:
        run = Outside(loop)
        ticket = run.ask()
        yield run, run.tell(ticket["ticket"], GOOD).candidate


def test_where_it_strands_adds_up(told: tuple[Outside, int]) -> None:
    run, number = told
    loop, facts = run.loop, Facts(run.loop.problem)
    for candidate in (0, 1, number):
        said = facts.program(loop.past, candidate)
        insight: dict[str, Any] = said["insight"]
        verdict = loop.past.verdicts[candidate]
        mean = sum(verdict.values) / len(verdict.values)
        assert insight["resources"]["gpu"]["allocated_pct"] == pytest.approx(mean, abs=1e-3)
        assert sum(kind["of_stranded_pct"] for kind in insight["machines"]) <= 100.1
        assert all(0.0 < shape["unfit_pct"] <= 100.0 for shape in insight["unfit"])
        total = {k: v for kind in insight["machines"] for k, v in kind["total"].items()}
        assert all(kind["left"]["gpu"] <= total["gpu"] for kind in insight["machines"])


def test_changed_choices_are_told_by_shape_and_by_what_they_were_worth(
    told: tuple[Outside, int],
) -> None:
    run, number = told
    loop, facts = run.loop, Facts(run.loop.problem)
    candidate = loop.past.candidates[number]
    change = facts.change(loop.past, candidate)
    if not candidate.parents:
        assert change is None
        return
    assert change is not None
    assert 0 < change["changed"] <= change["choices"]
    assert sum(shape["changed"] for shape in change["shapes"]) <= change["changed"]
    before, after = (sum(loop.past.verdicts[n].values) for n in (candidate.parents[0], number))
    assert change["gain"] == pytest.approx((after - before) / 2)
    again = facts.change(loop.past, loop.past.candidates[0])
    assert again is None
    children = facts.children(loop.past, candidate.parents[0])
    assert children[0]["gain"] == pytest.approx(change["gain"])
