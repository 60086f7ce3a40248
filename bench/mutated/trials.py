"""One case after another from a seed: made, changed, read, mended where refused, read again."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.mutated import changes
from bench.mutated.changes import Change
from bench.mutated.judging import Broken, Verdict, judge, read
from bench.mutated.sheets import Case, Format

READS_MAX = 40
_REFUSED_MAX = 2
"""How many rows of one change are put back one by one before all of them are."""
_PROBE_ROWS = 12
CHANGES = 20


@dataclass
class Tally:
    """Figures of one format.

    mutated: rows that were changed and came before the reader. refused: lines that it said of them.
    rows, kept, reported: of the files in the end. seconds: of a processor.
    """

    files: int = 0
    reads: int = 0
    mutated: int = 0
    rows: int = 0
    kept: int = 0
    reported: int = 0
    refused: int = 0
    seconds: float = 0.0


class Trials:
    """Cases of one format, the nth of a seed always the same."""

    def __init__(
        self,
        form: Format,
        seed: int,
        said: Callable[[str], None] | None = None,
        *,
        changes: int = CHANGES,
    ) -> None:
        """said: what is told of each refusal. changes: how many of them a case suffers."""
        self._form, self._seed, self._changes = form, seed, changes
        self._gentle: dict[tuple[int, int | None, str], bool] = {}
        self._said = said or (lambda line: None)
        self.tally = Tally()

    def run(self, number: int) -> None:
        """Tries the case of this number. Raises Broken that says how to see it again."""
        begun = time.process_time()
        self.tally.files += 1
        with tempfile.TemporaryDirectory(prefix="mutated") as folder:
            try:
                self._run(number, Path(folder))
            except Broken as error:
                again = f"python -m bench.mutated --only {self._form.name!r}"
                again += f" --seed {self._seed} --case {number}"
                raise Broken(f"{self._form.name}: {error}\nagain: {again}") from error
        self.tally.seconds += time.process_time() - begun

    def _run(self, number: int, folder: Path) -> None:
        random = Random(f"{self._seed}/{self._form.name}/{number}")
        case = self._form.make(random, random.choice((self._form.rows, self._form.rows // 4, 12)))
        mild, harsh = self._chosen(number, case, folder)
        self._change(random, case, mild, harsh)
        blamed: Counter[int] = Counter()
        for _ in range(READS_MAX):
            self.tally.reads += 1
            verdict = judge(case, self._form.reader, folder, survey=number % 3 == 0)
            if verdict.error is None:
                self._count(case, verdict)
                break
            self._said(str(verdict.error))
            self.tally.refused += 1
            self._mend(case, verdict, blamed)
        else:
            # Those after the last row that was named never came before the reader.
            self.tally.mutated += sum(row.met for sheet in case.sheets for row in sheet.rows)
        self._spoil(random, case, folder)

    def _chosen(self, number: int, case: Case, folder: Path) -> tuple[list[Change], list[Change]]:
        """The next changes of its tables, of all in an order of the seed's: those that a reader
        has taken once, and those that it has not.
        """
        every = [c for n, sheet in enumerate(case.sheets) for c in changes.all_of(n, sheet)]
        Random(f"{self._seed}/{self._form.name}").shuffle(every)
        begin = number * self._changes % len(every)
        some = (every * 2)[begin : begin + self._changes]
        mild = [change for change in some if self._is_mild(change, folder)]
        return mild, [change for change in some if change not in mild]

    def _is_mild(self, change: Change, folder: Path) -> bool:
        """Whether a small case is read to its end though a row was changed so."""
        key = (change.sheet, change.column, change.name)
        if key not in self._gentle:
            random = Random(f"{self._form.name}/{key}")
            case = self._form.make(random, _PROBE_ROWS)
            sheet = case.sheets[change.sheet] if change.sheet < len(case.sheets) else None
            if sheet is None or (change.column or 0) >= len(sheet.columns):
                return False
            change.do(random, sheet, random.randrange(len(sheet.rows)))
            self.tally.reads += 1
            self._gentle[key] = judge(case, self._form.reader, folder).error is None
        return self._gentle[key]

    def _change(self, random: Random, case: Case, mild: list[Change], harsh: list[Change]) -> None:
        """Every row by what is mild, a few by what is not."""
        every = [*mild, *harsh]
        for number, sheet in enumerate(case.sheets):
            ours = [change for change in mild if change.sheet == number]
            for index in range(len(sheet.rows)):
                for change in random.sample(ours, min(len(ours), random.choice((1, 1, 2, 3)))):
                    _apply(random, case, change, every.index(change), index)
        for change in harsh:
            for _ in range(random.choice((0, 1, 1))):
                index = random.randrange(len(case.sheets[change.sheet].rows))
                _apply(random, case, change, every.index(change), index)

    def _count(self, case: Case, verdict: Verdict) -> None:
        self.tally.mutated += sum(
            bool(row.by) and s.stands(row)
            for s in case.sheets
            if s.group is not None
            for row in s.rows
        )
        self.tally.rows += verdict.counts[0]
        self.tally.kept += verdict.counts[1]
        self.tally.reported += verdict.counts[2]

    def _mend(self, case: Case, verdict: Verdict, blamed: Counter[int]) -> None:
        """Counts the row that was refused, and puts it back; rows before it came before it.

        blamed: how often each change was in a row that was refused. What is so time and again is
        taken back in every row, as is the last where no changed row is named.
        """
        sheet, index = verdict.sheet, verdict.index
        named = None if sheet is None or index is None else sheet.rows[index]
        if sheet is not None and sheet.group is not None and index is not None:
            for row in sheet.rows[: index + 1]:
                row.met = bool(row.by)
        if named is not None and named.by:
            blamed.update(named.by)
            back = {change for change in named.by if blamed[change] > _REFUSED_MAX}
        else:
            back = {max((n for s in case.sheets for row in s.rows for n in row.by), default=-1)}
        for one in case.sheets:
            for row in one.rows:
                if row is named or not back.isdisjoint(row.by):
                    # Those that came before the reader count once, whatever else becomes of them.
                    self.tally.mutated += int(row.met)
                    row.restore()

    def _spoil(self, random: Random, case: Case, folder: Path) -> None:
        """One of the files as they lie there is cut short."""
        path = folder / random.choice(case.sheets).file
        data = path.read_bytes()
        path.write_bytes(data[: random.randrange(max(len(data), 1))])
        self.tally.reads += 1
        read(case, self._form.reader, folder)


def _apply(random: Random, case: Case, change: Change, number: int, index: int) -> None:
    row = case.sheets[change.sheet].rows[index]
    if change.do(random, case.sheets[change.sheet], index):
        row.by = (*row.by, number)
