"""The sentences below a comparison's headline: what it means, what it cost, what to doubt."""

from __future__ import annotations

from collections.abc import Sequence

from report import goodput
from report.comparison_series import between
from report.comparisons import FRESH, REJECTS, Comparison, Entry
from report.outcome import Outcome, capacity, quoted
from report.phrases import joined, opened, percent, points_text
from report.table import decimal, resource_name

NAMED = 2  # marked rows that are told one by one
LITTLE = 0.25  # points: less than this to recover is nothing to search for


def details(found: Comparison, told: Outcome) -> list[str]:
    """The sentences below the headline: the same in percent, what it cost, what to doubt."""
    out = [_stranded(found, told.leader)]
    if told.leader is not None:
        rejects = REJECTS in told.leader.marks
        out.append(goodput.said(told.leader.goodput, found.baseline.said, rejects))
        cost = [
            f"{resource_name(r)} {points_text(told.leader.resources[r].recovered, True)}"
            for r in found.resources
            if (ends := told.leader.resources[r].recovered.ci95) is not None and ends[1] < 0
        ]
        if cost and told.leader.recovered.mean > 0:
            how = "pays for it in" if _shown(told.leader) else "loses in"
            out.append(f"It {how} {joined(cost)}.")
    out += _marked([entry for entry in found.candidates if _to_tell(entry, told)])
    out += _next(found, told)
    out += _ties(found, told)
    if found.baseline.marks:
        out.append(
            f"The baseline {found.baseline.heuristic} is itself marked "
            f"{quoted(found.baseline.marks)}."
        )
    return out


def _stranded(found: Comparison, leader: Entry | None) -> str:
    base, what = found.baseline, capacity(found)
    line = f"{opened(base.said)} leaves {percent(base.stranded)} of {what} stranded"
    if leader is not None:
        line += f", {leader.said} {percent(leader.stranded)}"
        if leader.of_stranded is not None and _shown(leader):
            line += f": {percent(leader.of_stranded, 1)} of it recovered"
    if base.bound is None:
        return line + ". How much could be recovered was not asked for (bound=none)."
    room = base.stranded - base.bound
    if room < max(LITTLE, base.stranded * 0.1):
        return (
            f"{line}. There is hardly anything to recover: {percent(base.bound)} is bound to "
            "stay stranded."
        )
    line += f". {decimal(room, 2)} points are recoverable by the bound"
    if leader is not None and leader.of_recoverable is not None and _shown(leader):
        line += f", of which this is {percent(leader.of_recoverable, 1)}"
    return line + "."


def _shown(entry: Entry) -> bool:
    """Whether a gain is shown, or there is no interval to doubt it by."""
    gain = entry.recovered
    return gain.mean > 0 and (gain.ci95 is None or gain.excludes_zero)


def _to_tell(entry: Entry, told: Outcome) -> bool:
    """Whether a marked row stands above what the headline speaks of."""
    if not entry.doubtful or entry is told.leader:
        return False
    return entry.recovered.mean > max(0.0, told.leader.recovered.mean if told.leader else 0.0)


def _marked(entries: Sequence[Entry]) -> list[str]:
    """Why those that show more are not called the winner: each where they are few."""
    if len(entries) > NAMED:
        most = max(entries, key=lambda entry: entry.recovered.mean)
        marks = quoted(list(dict.fromkeys(mark for entry in entries for mark in entry.marks)))
        return [
            f"{len(entries)} show more, {most.said} the most "
            f"({points_text(most.recovered, True)}, {_goodput(most)}), "
            f"but are marked {marks}, so none of them is called the winner."
        ]
    return [
        f"{opened(entry.said)} shows more, {points_text(entry.recovered, True)}, but is marked "
        f"{quoted(entry.marks)} ({_goodput(entry)}), so it is not called the winner."
        for entry in entries
    ]


def _goodput(entry: Entry) -> str:
    """What became of the work under a marked row."""
    text = f"goodput {points_text(entry.goodput, True)}"
    waits = REJECTS in entry.marks and not goodput.lost(entry.goodput)
    return f"{text}, but work waits" if waits else text


def _next(found: Comparison, told: Outcome) -> list[str]:
    """The runner-up, and whether the pairs tell the two apart; that the best was chosen."""
    fair = [
        entry
        for entry in found.candidates
        if entry is not told.leader and not entry.doubtful and entry.recovered.mean > 0
    ]
    if not told.won or told.leader is None:
        return []
    flattered = (
        f"The best of {len(found.candidates)} is a little flattered: the interval does not allow "
        "for the choice."
    )
    many = [flattered] if len(found.candidates) > 2 else []
    if not fair:
        return many
    gap = between(found, told.leader, fair[0])
    if fair[0].recovered.mean > told.leader.recovered.mean:
        line = (
            f"{opened(fair[0].said)} stands higher, {points_text(fair[0].recovered, True)}, but "
            "its interval covers zero."
        )
        return [" ".join([line, *many])]
    line = f"Next is {fair[0].said}, {points_text(gap)} behind"
    if gap.ci95 is None or gap.excludes_zero:
        line += "."
    else:
        line += ": no difference shown between these two."
    return [" ".join([line, *many])]


def _ties(found: Comparison, told: Outcome) -> list[str]:
    """What the other tie rules say of the leader."""
    if told.leader is None or len(told.leader.spread) < 2:
        return []
    others = {policy: told.leader.spread[policy] for policy in told.leader.spread}
    others.pop(told.leader.ties, None)
    said = [f"{policy} {points_text(tried.recovered, True)}" for policy, tried in others.items()]
    line = f"Under the other tie rules: {joined(said)}."
    lost = [
        policy
        for policy, tried in others.items()
        if REJECTS in tried.marks
        or FRESH in tried.marks
        or tried.recovered.ci95 is None
        or tried.recovered.ci95[0] <= 0
    ]
    if told.won and lost:
        line += f" The gain hangs on the tie rule: it is not shown under {joined(lost)}."
    return [line]
