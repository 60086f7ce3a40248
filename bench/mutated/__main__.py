"""`python -m bench.mutated --rows 1000000 --seed 0`: mutated rows before every reader, and a table.

A row counts as mutated where it was changed and came before the reader: of a file that is refused,
the changed rows up to the one that is named, which is then put back and the file read again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.mutated import batch, dumps, google, gpus, own, vms
from bench.mutated.judging import Broken, peak_mib
from bench.mutated.sheets import Format
from bench.mutated.trials import Tally, Trials

FORMATS = {
    form.name: form for module in (gpus, vms, batch, google, dumps, own) for form in module.FORMATS
}


def campaign(
    forms: Sequence[Format], rows: int, seed: int, said: Callable[[str], None]
) -> dict[str, Tally]:
    """So many mutated rows in all, shared out by weight. Raises Broken for the first that fails."""
    weights = sum(form.weight for form in forms)
    tallies = {}
    for form in forms:
        trials = Trials(form, seed)
        share = rows * form.weight / weights
        while trials.tally.mutated < share:
            trials.run(trials.tally.files)
            if trials.tally.files % 20 == 0:
                said(f"{form.name}: {trials.tally.mutated:,} of {share:,.0f} rows")
        tallies[form.name] = trials.tally
        said(f"{form.name}: {trials.tally.mutated:,} rows, {trials.tally.seconds:.0f} s")
    return tallies


def table(tallies: dict[str, Tally]) -> Table:
    """All figures; rows in, kept and reported are of the files that were read to their end."""
    made = Table(title="Mutated rows", title_justify="left")
    names = ("files", "mutated", "refused", "rows in", "kept", "reported", "seconds")
    made.add_column("reader")
    for name in names:
        made.add_column(name, justify="right")
    total = Tally()
    for name, one in tallies.items():
        for field, value in asdict(one).items():
            setattr(total, field, getattr(total, field) + value)
        made.add_row(name, *_figures(one))
    made.add_row("all", *_figures(total))
    return made


def _figures(one: Tally) -> list[str]:
    counts = (one.files, one.mutated, one.refused, one.rows, one.kept, one.reported, one.seconds)
    return [f"{count:,.0f}" for count in counts]


def main() -> int:
    """Parse, try, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutated", description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000, help="mutated rows in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", choices=FORMATS, metavar="FORMAT")
    parser.add_argument("--case", type=int, help="the one case of this number, and what it says")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    given = parser.parse_args()
    forms = [FORMATS[name] for name in given.only or FORMATS]
    console = Console()
    if not console.is_terminal:
        console.width = 120
    try:
        if given.case is not None:
            for form in forms:
                Trials(form, given.seed, console.print).run(given.case)
            return 0
        tallies = campaign(
            forms, given.rows, given.seed, lambda line: print(line, file=sys.stderr, flush=True)
        )
    except Broken as error:
        print(error, file=sys.stderr)
        return 1
    console.print(table(tallies))
    console.print(f"seed {given.seed}, at most {peak_mib():,.0f} MiB held")
    if given.json:
        figures = {name: asdict(tally) for name, tally in tallies.items()}
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
