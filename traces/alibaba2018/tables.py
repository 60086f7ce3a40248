"""What the three tables have in common: units, times, and amounts of which some are not valid."""

from __future__ import annotations

import polars as pl

from traces.rows import Rule
from traces.schema import SECONDS_MAX

RESOURCES = ("cpu", "mem")
# Memory is 0 to 100, 100 the largest machine's; with decimals, so finely.
UNITS = {"cpu": 0.001, "mem": 1e-9}
_INVALID = (-1.0, 101.0)


def not_valid(memory: str) -> pl.Expr:
    """Where memory is one of the values that stand for none that is valid."""
    return pl.col(memory).is_in(_INVALID)


def time_rule(column: str) -> Rule:
    """What a time keeps."""
    return Rule(column, ~pl.col(column).is_between(0, SECONDS_MAX), "seconds from 0")


def amount_rules(cpu: str, memory: str) -> list[Rule]:
    """What a size or a request keeps."""
    valid = pl.col(memory).is_between(0, 100) | not_valid(memory)
    return [
        Rule(cpu, (pl.col(cpu) < 0) | ~pl.col(cpu).is_finite(), "0 or more, or a blank"),
        Rule(memory, ~valid, "0 to 100, or a blank, -1 or 101 where it is not valid"),
    ]
