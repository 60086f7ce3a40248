"""A race: lost as soon as it can't be won, won by what would take its cell."""

from __future__ import annotations

import numpy as np
import pytest

from sim.arenas.behaviour import Behaviour, Grid
from sim.arenas.racing import Race, Standing, each, worth
from sim.metrics import goodput

SEEN = Behaviour(signature=5, emptier=0.4)
CELL = Grid().cell(Grid().of(SEEN, 10))
PENALTY = goodput.PENALTY


def standing(*values: float, held: tuple[float, ...] = ()) -> Standing:
    return Standing(float(np.mean(values)), values, held or (0.0,) * len(values))


def race(**asked: object) -> Race:
    return Race(Grid(), size=10, **asked)  # type: ignore[arg-type]


def lost(one: Race, *values: float) -> bool:
    return one.lost(values, (0.0,) * len(values), SEEN)


def test_without_anybody_to_beat_no_race_is_lost_and_each_is_won() -> None:
    alone = race(slack={1: 0.0})
    assert not lost(alone, -1e6)
    assert alone.won((-1e6,), (0.0,), SEEN)


def test_it_is_lost_where_it_lies_further_back_than_the_slack_of_that_draw() -> None:
    behind = race(slack={2: 1.0}, best=standing(10.0, 20.0, 30.0))
    assert not lost(behind, 0.0)  # the first draw is not looked at
    assert not lost(behind, 9.5, 18.6)  # 0.95 in the mean
    assert lost(behind, 9.5, 18.4)  # 1.05
    assert not lost(behind, 0.0, 0.0, 0.0)


def test_luck_of_draws_is_no_lead() -> None:
    lead = race().lead(standing(10.0, 50.0), (11.0,), (0.0,))
    assert lead.mean == pytest.approx(1.0)
    assert lead.ci95 is None


def test_it_is_lost_to_the_rival_of_its_cell_once_an_interval_is_below_it() -> None:
    rival = standing(10.0, 20.0, 30.0, 40.0)
    mine = race(rivals={CELL: rival})
    assert not lost(mine, 9.0, 19.1)  # two draws tell nothing
    assert lost(mine, 9.0, 19.1, 28.9)
    assert not lost(mine, 5.0, 25.0, 27.0)  # -1 in the mean, but far apart
    assert not lost(race(rivals={(7, 7): rival}), 9.0, 19.1, 28.9)


def test_it_is_won_by_more_than_the_rival_of_its_cell() -> None:
    mine = race(rivals={CELL: standing(10.0, 20.0)})
    assert mine.won((10.0, 20.1), (0.0, 0.0), SEEN)
    assert not mine.won((10.0, 20.0), (0.0, 0.0), SEEN)


def test_draws_of_a_smaller_cell_first_count_by_themselves() -> None:
    staged = race(first=2, slack={2: 1.0, 3: 1.0}, best=standing(1.0, 1.0, 50.0, 50.0))
    assert lost(staged, -1.0, 0.5)
    assert staged.lead(staged.best, (9.0, 9.0, 49.5), (0.0,) * 3).mean == pytest.approx(-0.5)  # type: ignore[arg-type]
    assert not lost(staged, 1.0, 1.0, 49.5)
    rival = race(first=2, rivals={CELL: Standing(50.0, (1.0, 1.0, 50.0, 50.0), (0.0,) * 4)})
    assert rival.won((0.0, 0.0, 51.0, 51.0), (0.0,) * 4, SEEN)
    assert not rival.won((99.0, 99.0, 49.0, 49.0), (0.0,) * 4, SEEN)


def test_a_lead_counts_goodput_that_is_missing_in_the_mean() -> None:
    held = race(margin=0.1)
    over = standing(10.0, 10.0, held=(1.0, 1.0))
    enough = held.lead(over, (11.0, 11.0), (0.0, 0.4))  # 0.2 in the mean
    assert enough.mean == pytest.approx(1.0)
    short = held.lead(over, (11.0, 11.0), (-0.4, 0.2))  # -0.1: 0.2 short of the margin
    assert short.mean == pytest.approx(1.0 - PENALTY * 0.2)
    assert short.ci95 is not None
    assert np.mean(short.ci95) == pytest.approx(short.mean)


def test_what_each_draw_adds_has_the_worth_as_its_mean() -> None:
    values, held = (3.0, 5.0, 4.0), (0.5, -0.9, 0.1)
    assert np.mean(each(values, held, 0.1)) == pytest.approx(worth(values, held, 0.1))
    assert worth(values, held, 0.1) == pytest.approx(4.0 - PENALTY * 0.2)
    assert each(values, held, None) == [3.0, 5.0, 4.0]
    assert each(values, (0.5, 0.5, 0.5), 0.1) == [3.0, 5.0, 4.0]


def test_signatures_that_were_paid_for_are_known() -> None:
    seen = race(seen=np.array([5, -9], np.int64).tobytes())
    assert seen.knows(-9)
    assert not seen.knows(9)
    assert not race().knows(0)


def test_the_luck_of_goodput_in_a_single_draw_is_no_loss_and_its_lack_in_many_is() -> None:
    held = (1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0)
    best = standing(*[1.0] * 8, held=tuple(0.5 + h for h in held))
    behind = race(margin=0.1, slack=dict.fromkeys(range(1, 9), 0.5), best=best)
    less = [h - 0.9 for h in best.goodput]  # 0.9 points less in each draw
    assert not behind.lost([1.0], less[:1], SEEN)
    assert behind.lost([1.0] * 8, less, SEEN)
    assert behind.lead(best, [1.0], less[:1]).mean == pytest.approx(-PENALTY * 0.5)
    assert behind.lost([0.4], best.goodput[:1], SEEN)  # of what is recovered there is no doubt
