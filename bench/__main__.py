"""`python -m bench`: measure, and print a table. --quick does a tenth of the work, once."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.measure import FULL, QUICK, Effort, Row

ITEMS = {
    "saturation": "bench.saturations",
    "replay": "bench.replays",
    "candidate": "bench.candidates",
    "pair": "bench.pairs",
    "startup": "bench.startup",
    "compile": "bench.compiling",
    "memory": "bench.memory",
    "large": "bench.large",
    "clock": "bench.clock",
    "loops": "bench.loops",
    "search": "bench.searches",
    "watch": "bench.watching",
    "report": "bench.reporting",
}


def shown(value: float | None, unit: str) -> str:
    """A number with its unit, three digits or so."""
    if value is None:
        return "–"
    digits = 0 if value >= 100 else 3 if value < 10 else 1
    return f"{value:,.{digits}f} {unit}"


def table(rows: list[Row]) -> Table:
    """All rows: ours, the plain program's, how many times faster, and the target."""
    result = Table(
        title="Processor time, medians; start-up, loops and searches wall time",
        title_justify="left",
    )
    for name in ("item", "what", "ours", "plain", "ratio", "target", "note"):
        result.add_column(name, justify="right" if name in ("ours", "plain", "ratio") else "left")
    for row in rows:
        bound = "≥" if row.is_rate else "≤"
        target = "" if row.target is None else f"{bound} {shown(row.target, row.unit)}"
        mark = {None: "", True: " met", False: " MISSED"}[row.met]
        ratio = "" if row.ratio is None else f"{row.ratio:.1f} ×"
        plain = "" if row.plain is None else shown(row.plain, row.unit)
        ours = "skipped" if row.ours is None else shown(row.ours, row.unit)
        result.add_row(row.item, row.what, ours, plain, ratio, target + mark, row.note)
    return result


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, once")
    parser.add_argument(
        "--only", action="append", choices=ITEMS, metavar="NAME", help=", ".join(ITEMS)
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there too")
    given = parser.parse_args()
    effort = QUICK if given.quick else FULL
    console = Console()
    if not console.is_terminal:
        console.width = 160
    rows: list[Row] = []
    for name in given.only or ITEMS:
        measure: Callable[[Effort], Iterator[Row]] = import_module(ITEMS[name]).rows
        with console.status(f"{name} …"):
            rows.extend(measure(effort))
    console.print(table(rows))
    if given.json:
        records = [row.record() for row in rows]
        given.json.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
