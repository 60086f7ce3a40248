"""Processor time: of a search's processes together, and as a budget."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from evolve.journal import NAME, Journal
from evolve.processor import Processor
from evolve.run import opened
from evolve.settings import Budget
from sim.contain import lock
from tests.evolve import tiny
from unstrand import runs, schema
from unstrand.failure import ConfigurationError

BURN = """
import time, sys
while time.process_time() < 0.4:
    pass
print("burnt", flush=True)
sys.stdin.read()
"""


def test_what_a_child_uses_counts_while_it_runs_and_after_it_ended() -> None:
    processor = Processor()
    before = processor.spent_s(0.0)
    words = [sys.executable, "-c", BURN]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline().startswith(b"burnt")
        running = processor.spent_s(0.0)
        child.communicate(timeout=60)
    assert running - before >= 0.35
    assert processor.spent_s(0.0) >= running


def test_a_budget_of_processor_time_is_over_when_it_is_used() -> None:
    budget = Budget(cpu_minutes=2.0)
    assert not budget.over(10**6, 10**6, 119.0)
    assert budget.over(0, 0.0, 120.0)


@pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)
def test_a_search_ends_at_its_budget_and_counts_from_its_beginning(tmp_path: Path) -> None:
    with opened(tiny.saturation(), tmp_path) as loop:
        loop.run(Budget(cpu_minutes=0.002))
        count = len(loop.journal.candidates)
        assert loop.journal.cpu_s >= 0.12
        loop.journal.setting("settings", {})
    with pytest.raises(ConfigurationError, match=r"cpu_minutes: found 0\.001, where the run"):
        runs._expect_enough(tmp_path, schema.Evolve(cpu_minutes=0.001), schema.Evolve())
    with opened(tiny.saturation(), tmp_path) as loop:
        assert loop.journal.cpu_s >= 0.12
        loop.run(Budget(candidates=count + 4))
        assert len(loop.journal.candidates) == count + 4


def test_a_journal_of_before_has_used_none(tmp_path: Path) -> None:
    with closing(Journal(tmp_path)) as journal:
        journal.base.execute("ALTER TABLE session DROP COLUMN cpu_s")
    assert (tmp_path / NAME).exists()
    with closing(Journal(tmp_path)) as journal:
        assert journal.cpu_s == 0.0
