"""What a search showed, in sentences no louder than its intervals allow."""

from __future__ import annotations

from collections.abc import Sequence

from report import goodput
from report.evolution import CHAMPION, Search, Trial
from report.intervals import Estimate
from report.phrases import absolute, joined, mean_text, percent, points_text
from report.table import decimal

NOT_TOLD = " The interval includes zero: these seeds do not tell them apart."


def headline(found: Search) -> str:
    """The champion on test seeds of the list that was searched."""
    return _recovered(found) if found.recovers else _allocated(found)


def _allocated(found: Search) -> str:
    trial = found.trials[0]
    for rival in found.rivals:
        if rival in trial.minus:
            gain = trial.minus[rival]
            word = "more" if gain.mean >= 0 else "less"
            return (
                f"The champion allocates {decimal(abs(gain.mean), 2)} points {word} {found.sold} "
                f"than {rival} on test seeds"
            )
    return f"The champion allocates {decimal(trial.values[CHAMPION].mean, 2)} % of {found.sold}"


def _recovered(found: Search) -> str:
    trial = found.trials[0]
    gain, size = trial.values[CHAMPION], absolute(trial.values[CHAMPION])
    if gain.mean > 0 and trial.rejects(CHAMPION):
        return (
            f"No clear winner: the champion shows {points_text(gain, True)} over "
            f"{found.baseline}, but rejects work"
        )
    beside = _beside(found, trial)
    if gain.ci95 is None or size.ci95 is None:
        way = "ahead of" if gain.mean >= 0 else "behind"
        return (
            f"The champion stands {decimal(size.mean, 2)} points {way} {found.baseline}, without "
            f"an interval{beside}"
        )
    if not gain.excludes_zero:
        low, high = (decimal(end, 2, True) for end in gain.ci95)
        return (
            f"No difference shown: the champion against {found.baseline} "
            f"{decimal(gain.mean, 2, True)} points, 95 % interval {low} to {high}{beside}"
        )
    ends = f"95 % interval {decimal(size.ci95[0], 2)} to {decimal(size.ci95[1], 2)}"
    if gain.mean > 0:
        return (
            f"The champion recovers {percent(gain.mean)} of the fleet's {found.sold} over "
            f"{found.baseline}, {ends}{beside}"
        )
    return (
        f"The champion strands {decimal(size.mean, 2)} points more {found.sold} than "
        f"{found.baseline}, {ends}{beside}"
    )


def _beside(found: Search, trial: Trial) -> str:
    """How the champion stands beside the best of its rivals that turn no work away."""
    fair = [name for name in found.rivals if name in trial.minus and not trial.rejects(name)]
    if not fair:
        return ""
    rival = max(fair, key=lambda name: trial.values[name].mean)
    gap = trial.minus[rival]
    if gap.ci95 is not None and not gap.excludes_zero:
        return f"; not told apart from {rival}"
    word = "more" if gap.mean >= 0 else "less"
    return f"; it recovers {decimal(abs(gap.mean), 2)} points {word} than {rival}"


def warning(found: Search) -> str | None:
    """What must stand beside the headline: that the champion turns work away."""
    return f"{CHAMPION}: “rejects work”" if found.trials[0].rejects(CHAMPION) else None


def details(found: Search) -> list[str]:
    """The sentences below the headline."""
    trial = found.trials[0]
    out = [_values(found, trial)]
    if CHAMPION in trial.goodput and found.baseline is not None:
        rejects = trial.rejects(CHAMPION)
        out.append(goodput.said(trial.goodput[CHAMPION], found.baseline, rejects))
    for rival, gain in trial.minus.items():
        line = f"Champion less {rival}: {points_text(gain, signed=True)}."
        if gain.ci95 is not None and not gain.excludes_zero:
            line += NOT_TOLD
        if trial.rejects(rival):
            line += f" {rival} rejects work: goodput {points_text(trial.goodput[rival], True)}."
        out.append(line)
    return [*out, *_ties(found), *_unseen(found)]


def _values(found: Search, trial: Trial) -> str:
    champion = trial.values[CHAMPION]
    rivals = [rival for rival in found.rivals if rival in trial.values]
    if not found.recovers:
        beside = "".join(f", {rival} {mean_text(trial.values[rival])}" for rival in rivals)
        return (
            f"On test seeds of {trial.name} the champion allocates {mean_text(champion)} of the "
            f"fleet's {found.sold}{beside}."
        )
    beside = "".join(f", {rival} {points_text(trial.values[rival], True)}" for rival in rivals)
    return (
        f"Recovered over {found.baseline} on test pairs of {trial.name}: the champion "
        f"{points_text(champion, True)}{beside}."
    )


def _ties(found: Search) -> list[str]:
    if not found.ties:
        return []
    gains = {rule: trial.values[CHAMPION] for rule, trial in found.ties.items()}
    said = [f"{rule} {points_text(gain, True)}" for rule, gain in gains.items()]
    line = f"Under the other tie rules, over {found.baseline} under its own: {joined(said)}."
    lost = [rule for rule, gain in gains.items() if not (gain.mean > 0 and gain.excludes_zero)]
    own = found.trials[0].values[CHAMPION]
    if lost and own.mean > 0 and own.excludes_zero:
        line += f" The gain hangs on the tie rule: it is not shown under {joined(lost)}."
    return [line]


def _unseen(found: Search) -> list[str]:
    """How the champion does on the lists of tasks that the search never saw."""
    unseen = [trial for trial in found.trials if not trial.searched]
    sets = []
    if found.recovers:
        sets.append((f"over {found.baseline}", [trial.values[CHAMPION] for trial in unseen]))
    for rival in found.rivals:
        gains = [trial.minus[rival] for trial in unseen if rival in trial.minus]
        sets.append((f"against {rival}", gains))
    out = [
        f"On {len(gains)} task lists that it never saw, {against}: {_tally(gains)}."
        for against, gains in sets
        if gains
    ]
    turned = [trial.name for trial in unseen if trial.rejects(CHAMPION)]
    if turned:
        out.append(f"It rejects work on {joined(turned)}.")
    return out


def _tally(gains: Sequence[Estimate]) -> str:
    ahead = sum(g.excludes_zero and g.mean > 0 for g in gains)
    behind = sum(g.excludes_zero and g.mean < 0 for g in gains)
    return f"ahead on {ahead}, behind on {behind}, not told apart on {len(gains) - ahead - behind}"
