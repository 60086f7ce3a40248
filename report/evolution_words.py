"""What a search showed, in sentences no louder than its intervals allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from report import goodput
from report.evolution import CHAMPION, Search, Trial
from report.evolution_tables import measured
from report.intervals import Estimate, estimate
from report.phrases import absolute, joined, mean_text, percent, points_text
from report.table import decimal

NOT_TOLD = " The interval includes zero: these seeds do not tell them apart."


def headline(found: Search) -> str:
    """The champion against the best shipped heuristic, on test seeds of the searched list."""
    trial, lead = found.trials[0], found.lead
    gain = trial.values[CHAMPION]
    if lead is None:
        if found.packs:
            return f"The champion uses {percent(-gain.mean)} more bins than the bound"
        return f"The champion allocates {decimal(gain.mean, 2)} % of {found.sold}"
    rival = best_said(found)
    if lead.mean > 0 and trial.rejects(CHAMPION):
        return (
            f"No clear winner: the champion shows {points_text(lead, True)} over {rival}, but "
            "rejects work"
        )
    if found.champion.shipped:
        own = found.champion.operator
        cut = ", cut down" if found.champion.source != found.program else ""
        if cut and own == found.best and lead.excludes_zero:
            cut += ", which changed what it chooses"
        other = f"{own} as shipped" if own == found.best else rival
        return (
            f"Nothing new won: the champion is the shipped {own}{cut}; against {other}, "
            f"{points_text(lead, True)}"
        )
    size = absolute(lead)
    if lead.ci95 is None or size.ci95 is None:
        way = "ahead of" if lead.mean >= 0 else "behind"
        return (
            f"The champion stands {decimal(size.mean, 2)} points {way} {rival}, without an interval"
        )
    if not lead.excludes_zero:
        low, high = (decimal(end, 2, True) for end in lead.ci95)
        return (
            f"No difference shown: the champion against {rival}, {decimal(lead.mean, 2, True)} "
            f"points, 95 % interval {low} to {high}"
        )
    low, high = (decimal(end, 2) for end in size.ci95)
    who = "The champion" if lead.mean > 0 else "The champion does not win: it"
    return f"{who} {_apart(found, rival, lead.mean > 0, size.mean)}, 95 % interval {low} to {high}"


def _apart(found: Search, rival: str, ahead: bool, size: float) -> str:
    """What the champion does beside a rival, and by how much."""
    if found.packs:
        word = "fewer" if ahead else "more"
        return f"uses {word} bins than {rival}, by {percent(size)} of the bound"
    verb, word = "recovers" if found.recovers else "allocates", "more" if ahead else "less"
    return f"{verb} {decimal(size, 2)} points {word} {found.sold} than {rival}"


def best_said(found: Search) -> str:
    """The best shipped heuristic as a sentence names it."""
    also = "the baseline and " if found.best == found.baseline else ""
    return f"{found.best}, {also}the best shipped heuristic"


def warning(found: Search) -> str | None:
    """What must stand beside the headline: that the champion turns work away."""
    return f"{CHAMPION}: “rejects work”" if found.trials[0].rejects(CHAMPION) else None


def details(found: Search) -> list[str]:
    """The sentences below the headline."""
    trial = found.trials[0]
    out = [_values(found, trial)]
    if (cap := found.result.optional_object("proposer").optional_text("ended_by")) is not None:
        out.append(f"A cap ended it ({cap}) after {len(found.journal.candidates)} candidates.")
    if CHAMPION in trial.goodput and found.baseline is not None:
        rejects = trial.rejects(CHAMPION)
        out.append(goodput.said(trial.goodput[CHAMPION], found.baseline, rejects))
    for rival in found.few:
        if rival in trial.minus:
            out.append(_against(trial, rival))
    if len(trial.minus) > len(found.few):
        tally = _tally(list(trial.minus.values()), "of", "from")
        out.append(f"Of {len(trial.minus)} shipped heuristics it is {tally}.")
    turning = [name for name in trial.minus if trial.rejects(name)]
    if len(turning) > 1:
        out.append(f"{len(turning)} of them reject work, so their numbers flatter them.")
    return [*out, *_ties(found), *_unseen(found), *_anew(found), tried(found), *_opened(found)]


def _values(found: Search, trial: Trial) -> str:
    champion = trial.values[CHAMPION]
    rivals = [rival for rival in found.few if rival in trial.values]
    if not found.recovers:
        beside = "".join(f", {rival} {mean_text(trial.values[rival])}" for rival in rivals)
        if found.packs:
            return (
                f"{measured(found)} on test instances of {trial.name}: champion "
                f"{mean_text(champion)}{beside}."
            )
        return (
            f"On test seeds of {trial.name} the champion allocates {mean_text(champion)} of the "
            f"fleet's {found.sold}{beside}."
        )
    beside = "".join(f", {rival} {points_text(trial.values[rival], True)}" for rival in rivals)
    told = "" if champion.ci95 is None or champion.excludes_zero else NOT_TOLD
    return (
        f"Recovered over {found.baseline} on test pairs of {trial.name}: the champion "
        f"{points_text(champion, True)}{beside}.{told}"
    )


def _against(trial: Trial, rival: str) -> str:
    gain = trial.minus[rival]
    line = f"Champion less {rival}: {points_text(gain, signed=True)}."
    if gain.ci95 is not None and not gain.excludes_zero:
        line += NOT_TOLD
    if trial.rejects(rival):
        line += f" {rival} rejects work: goodput {points_text(trial.goodput[rival], True)}."
    return line


def _ties(found: Search) -> list[str]:
    if not found.ties:
        return []
    if not found.recovers:
        gains = {
            rule: trial.minus[found.best]
            for rule, trial in found.ties.items()
            if found.best is not None and found.best in trial.minus
        }
        over, own = str(found.best), found.lead
    else:
        gains = {rule: trial.values[CHAMPION] for rule, trial in found.ties.items()}
        over, own = f"{found.baseline} under its own", found.trials[0].values[CHAMPION]
    if not gains:
        return []
    said = [f"{rule} {points_text(gain, True)}" for rule, gain in gains.items()]
    line = f"Under the other tie rules, over {over}: {joined(said)}."
    lost = [rule for rule, gain in gains.items() if not (gain.mean > 0 and gain.excludes_zero)]
    if lost and own is not None and own.mean > 0 and own.excludes_zero:
        line += f" The gain hangs on the tie rule: it is not shown under {joined(lost)}."
    return [line]


def _unseen(found: Search) -> list[str]:
    """How the champion does on the lists of tasks that the search never saw."""
    unseen = [trial for trial in found.trials if not trial.searched]
    sets = []
    if found.recovers:
        sets.append((f"over {found.baseline}", [trial.values[CHAMPION] for trial in unseen]))
    for rival in found.few:
        gains = [trial.minus[rival] for trial in unseen if rival in trial.minus]
        sets.append((f"against {rival}", gains))
    lists = "sets of instances" if found.packs else "task lists"
    out = [
        f"On {len(gains)} {lists} that it never saw, {against}: {_tally(gains)}."
        for against, gains in sets
        if gains
    ]
    turned = [trial.name for trial in unseen if trial.rejects(CHAMPION)]
    if turned:
        out.append(f"It rejects work on {joined(turned)}.")
    return out


def _tally(gains: Sequence[Estimate], on: str = "on", apart: str = "on") -> str:
    ahead = sum(g.excludes_zero and g.mean > 0 for g in gains)
    behind = sum(g.excludes_zero and g.mean < 0 for g in gains)
    open_ = len(gains) - ahead - behind
    behind_said = f"behind {behind}" if on == "of" else f"behind {on} {behind}"
    return f"ahead {on} {ahead}, {behind_said}, not told apart {apart} {open_}"


def _anew(found: Search) -> list[str]:
    """What became of the champion's number on seeds that had no part in its choice."""
    if found.fresh is None:
        return []
    value = found.fresh.values[CHAMPION]
    draws = found.draws.get("validation")
    chosen = None if draws is None else estimate(draws.values)
    if found.recovers:
        said, before = points_text(value, True), chosen and points_text(chosen, True)
    else:
        said, before = mean_text(value), chosen and mean_text(chosen)
    line = f"Measured anew on fresh seeds of validation's kind: {said}"
    return [f"{line}; on those that chose it: {before}." if before else f"{line}."]


def tried(found: Search) -> str:
    """Candidates by what came of them."""
    counts = Counter(one.outcome for one in found.journal.candidates)
    kept = Counter(one.outcome for one in found.journal.candidates if one.kept)
    rest = counts - kept
    line = f"{counts.total()} candidates: {kept.total()} kept{_listed(kept)}"
    return f"{line}, {rest.total()} not{_listed(rest)}."


def _listed(counts: Counter[str]) -> str:
    said = [f"{count} {outcome}" for outcome, count in counts.most_common()]
    return f" ({', '.join(said)})" if said else ""


def _opened(found: Search) -> list[str]:
    """Where the journal tells of more than one ending."""
    read, out = found.journal, []
    count = len(read.candidates)
    if read.opened is not None and read.opened < count:
        out.append(
            f"The test pool was opened after {read.opened} candidates, and the search went on to "
            f"{count}: who went on had seen it."
        )
    if read.tried > count:
        out.append(
            f"The journal goes on to {read.tried} candidates, of which this summary does not "
            f"speak: unstrand evolve resume={found.folder.name} ends it."
        )
    return out
