"""Mutated rows before every reader: a trace that accounts for each row, or one line, never else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

import traces
from bench.mutated import judging
from bench.mutated.__main__ import FORMATS, campaign
from bench.mutated.changes import all_of
from bench.mutated.judging import Broken, judge
from bench.mutated.sheets import Case, Format
from bench.mutated.trials import Trials

CAMPAIGN_ROWS = 100_000


def small(name: str) -> Format:
    """The format with cases of few rows."""
    rows = 60 if name == "fitted" else 240
    return replace(FORMATS[name], rows=rows)


def case_of(name: str) -> Case:
    return FORMATS[name].make(Random(0), 30)


@pytest.mark.parametrize("name", FORMATS)
def test_a_few_mutated_rows(name: str) -> None:
    trials = Trials(small(name), seed=0, changes=5)
    for number in range(2):
        trials.run(number)
    assert trials.tally.mutated > 0
    assert trials.tally.rows == trials.tally.kept + trials.tally.reported


@pytest.mark.campaign
@pytest.mark.parametrize("name", FORMATS)
def test_many_mutated_rows(name: str) -> None:
    form = FORMATS[name]
    rows = round(CAMPAIGN_ROWS * form.weight / len(FORMATS))
    (tally,) = campaign([form], rows, 1, lambda line: None).values()
    assert tally.mutated >= rows
    assert judging.peak_mib() < 2048


def test_every_format_that_is_read_from_files_has_cases() -> None:
    assert {form.reader for form in FORMATS.values()} == {*traces.formats()}


def test_a_seed_makes_the_same_cases() -> None:
    one, two = (Trials(small("helios"), seed=3, changes=5) for _ in range(2))
    one.run(0)
    two.run(0)
    assert replace(one.tally, seconds=0) == replace(two.tally, seconds=0)


@pytest.mark.parametrize("name", ["pai2020", "slurm", "kubernetes (JSON)", "azure_packing"])
def test_every_change_of_a_row_has_a_name_of_its_own(name: str) -> None:
    for number, sheet in enumerate(case_of(name).sheets):
        for column in range(len(sheet.columns)):
            names = [c.name for c in all_of(number, sheet) if c.column == column]
            assert len(names) > 50
            assert len({*names}) > 0.9 * len(names)


def test_a_row_that_is_dropped_and_not_reported_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    loaded = traces.load
    monkeypatch.setattr(traces, "load", lambda *a, **o: replace(loaded(*a, **o), dropped={}))
    with pytest.raises(Broken, match=r"rows of tasks in, .* kept, 0 reported"):
        judge(case_of("pai2020"), "pai2020", tmp_path)


def test_another_exception_is_found_and_told_with_the_command_that_shows_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*args: object, **options: object) -> None:
        raise KeyError("gpu")

    monkeypatch.setattr(traces, "load", broken)
    again = r"KeyError: 'gpu'\nagain: python -m bench.mutated --only 'huawei' --seed 4 --case 7"
    with pytest.raises(Broken, match=again):
        Trials(small("huawei"), seed=4).run(7)


def test_of_a_file_that_is_refused_the_changed_rows_up_to_the_one_that_is_named_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing but one row is changed, and it is put back where it is refused."""
    form = small("helios")
    trials = Trials(form, seed=0)

    def change(random: Random, case: Case, mild: object, harsh: object) -> None:
        row = case.sheets[0].rows[2]
        row.values[4], row.by = "many", (0,)

    monkeypatch.setattr(trials, "_change", change)
    trials.run(0)
    assert (trials.tally.mutated, trials.tally.refused) == (1, 1)
    assert trials.tally.rows == trials.tally.kept + trials.tally.reported > 0
