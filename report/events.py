"""What may happen to tasks besides being placed, where a cell is run by rules that allow it."""

from __future__ import annotations

from report.table import Column

EVENTS: tuple[tuple[str, Column], ...] = (
    ("evicted", Column("Evicted", "evicted", digits=0)),
    ("preempted", Column("Preempted", "preempted", digits=0)),
    ("given_up", Column("Given up", "given_up", digits=0)),
    ("moved", Column("Moved", "moved", digits=0)),
    ("conflicts", Column("Conflicts", "conflicts", digits=0)),
)
COUNTERS = tuple(key for key, _ in EVENTS)
