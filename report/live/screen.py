"""A run in a terminal: the page's first screen in columns of text, drawn anew as it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from report.fields import clean
from report.live import progress
from report.live.archive import SHADES, Map, archive
from report.live.index import Index
from report.live.one import ancestors

if TYPE_CHECKING:
    from rich.console import RenderableType

BARS = "▁▂▃▄▅▆▇█"
FEW = 5
CURVE = 48  # places of the curve


def screen(index: Index) -> RenderableType:
    """What is to be drawn. Nothing of a run is taken for markup, or reaches the terminal raw."""
    from rich.console import Group
    from rich.text import Text

    told, known = progress.progress(index), index.known
    parts: list[Any] = [
        Text(clean(str(index.folder.resolve().name)), style="bold"),
        Text(told.state, style="green" if told.goes_on else ""),
        Text(progress.about(index), style="dim"),
    ]
    if index.fault:
        parts.append(Text(f"What is shown is no longer new: {clean(index.fault)}", style="yellow"))
    if known.faults:
        said = f"{len(known.faults)} rows of the journal are not shown: {known.faults[0]}"
        parts.append(Text(clean(said), style="yellow"))
    if told.budget:
        parts.append(Text(f"Budget that it began with: {told.budget}"))
    parts.append(_pairs([(tile.name, tile.value, tile.below) for tile in told.tiles]))
    if curve := _curve(index):
        parts += [Text("Best so far, over candidates", style="bold"), Text(curve)]
    parts += _map(index)
    parts.append(_candidates("The best", index, [number for _, number in known.ranked[:FEW]]))
    if known.ranked:
        line = [told.candidate.number for told in ancestors(index, known.ranked[0][1])]
        parts.append(Text(f"The best comes from: {_line(line)}"))
    parts.append(_candidates("The latest", index, list(reversed(known.taken[-FEW:]))))
    counted = [f"{one.count:,} {one.name}" for one in told.outcomes]
    parts.append(Text(f"What came of them: {', '.join(counted) or 'nothing yet'}"))
    return Group(*parts)


def summary(index: Index) -> dict[str, Any]:
    """The same in JSON's types, for programs."""
    told, known = progress.progress(index), index.known
    best = known.records[-1] if known.records else None
    return {
        "run": str(index.folder.resolve()),
        "state": told.state,
        "under_way": told.goes_on,
        "proposed": len(known.candidates),
        "taken_in": len(known.taken),
        "best": None if best is None else {"candidate": best.number, "score": best.score},
        "per_minute": progress.per_minute(known),
        "elapsed_s": progress.elapsed_s(known),
        "outcomes": {one.name: one.count for one in told.outcomes},
        "not_shown": len(known.faults),
    }


def _pairs(rows: list[tuple[str, str, str]]) -> Any:
    from rich.table import Table
    from rich.text import Text

    made = Table.grid(padding=(0, 2))
    for name, value, below in rows:
        made.add_row(Text(name), Text(value, style="bold"), Text(below, style="dim"))
    return made


def _curve(index: Index) -> str:
    """The best so far as bars, from the first record to the last."""
    known = index.known
    if not known.records:
        return ""
    low, high = known.records[0].score, known.records[-1].score
    bars, at = [], 0
    places = min(CURVE, len(known.taken))
    for place in range(1, places + 1):
        upto = place * len(known.taken) / places
        while at + 1 < len(known.records) and known.records[at + 1].taken <= upto:
            at += 1
        part = (known.records[at].score - low) / (high - low) if high > low else 1.0
        bars.append(BARS[min(int(part * len(BARS)), len(BARS) - 1)])
    return f"{''.join(bars)}  {low:.3f} to {high:.3f}"


def _map(index: Index) -> list[Any]:
    from rich.text import Text

    drawn = archive(index)
    if not isinstance(drawn, Map):
        return []
    lines = [Text(f"Archive: {drawn.said}", style="bold")]
    for head, row in zip(drawn.heads, drawn.rows, strict=True):
        squares = ["·" if one is None else BARS[one.shade * len(BARS) // SHADES] for one in row]
        lines.append(Text(f"{head:>6} {' '.join(squares)}"))
    if drawn.down:
        lines.append(Text(f"       across {drawn.across}; down {drawn.down}", style="dim"))
    return lines


def _candidates(title: str, index: Index, numbers: list[int]) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, title_style="bold")
    for name in ("Candidate", "Score", "Outcome", "Made by", "Of"):
        right = name in ("Candidate", "Score")
        made.add_column(name, justify="right" if right else "left", overflow="fold")
    for number in numbers:
        one = index.known.candidates[number].candidate
        cells = (
            str(number),
            "–" if one.score is None else f"{one.score:.3f}",
            one.outcome,
            f"shipped: {one.operator}" if one.shipped else one.operator,
            ", ".join(map(str, one.parents)) or "–",
        )
        made.add_row(*(Text(cell) for cell in cells))
    return made


def _line(numbers: list[int]) -> str:
    shown = " ← ".join(map(str, numbers[:FEW]))
    return shown + (f" ← {len(numbers) - FEW} more" if len(numbers) > FEW else "")
