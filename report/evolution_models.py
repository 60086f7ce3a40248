"""What a search paid for models, what it got for it, and what judges found of the champion."""

from __future__ import annotations

from report.evolution import CHAMPION, Search
from report.fields import Fields, clean
from report.table import Column, Table, decimal

JUDGES = ("execution", "model")


def models_table(found: Search, name: str) -> Table | None:
    """A row a model: how often it was asked, what was kept of it, what it cost."""
    models = _told(found).optional_object("models")
    rows = []
    for model in models:
        one = models.object(model)
        tried, kept = one.number("tried"), one.number("kept")
        rows.append(
            (
                clean(model),
                tried,
                kept,
                100.0 * kept / tried if tried else None,
                one.optional_number("mean_gain"),
                one.number("requests"),
                one.number("tokens_in"),
                one.number("tokens_out"),
                one.number("usd") if _told(found).optional_number("usd") is not None else None,
            )
        )
    if not rows:
        return None
    return Table(
        f"{name}-models",
        "What was asked of each model, what was kept of its programs, and what it cost",
        (
            Column("Model", number=False),
            Column("Programs", "models", digits=0),
            Column("Kept", "outcomes", digits=0),
            Column("Kept, %", "models", digits=1),
            Column("Mean gain, points", "models", digits=3, signed=True),
            Column("Requests", "models", digits=0),
            Column("Tokens in", "models", digits=0),
            Column("Tokens out", "models", digits=0),
            Column("US dollars", "models", digits=4),
        ),
        tuple(rows),
    )


def instructions_table(found: Search, name: str) -> Table | None:
    """A row an instruction: what it says, how often it was asked with, what that brought."""
    told = _told(found)
    if not told.values.get("instructions"):
        return None
    rows = [
        (
            one.text("text"),
            one.text("made"),
            one.number("tried"),
            one.number("kept"),
            one.optional_number("mean_gain"),
        )
        for one in told.objects("instructions")
    ]
    tried = sorted((row for row in rows if row[2]), key=lambda row: (-row[3] / row[2], -row[2]))
    if not tried:
        return None
    return Table(
        f"{name}-instructions",
        "What prompts asked for besides their task, and what came of it",
        (
            Column("Instruction", "instructions", number=False),
            Column("Made", number=False),
            Column("Programs", "instructions", digits=0),
            Column("Kept", "outcomes", digits=0),
            Column("Mean gain, points", "instructions", digits=3, signed=True),
        ),
        tuple(tried),
    )


def constitution_table(found: Search, name: str) -> Table | None:
    """A row a rule: what each judge found of the champion."""
    judgement = found.result.optional_object("judgement")
    if not judgement.values.get("findings"):
        return None
    by_rule: dict[str, dict[str, str]] = {}
    for one in judgement.objects("findings"):
        said = f"{one.text('verdict')}: {one.text('evidence')}"
        by_rule.setdefault(one.text("rule"), {})[one.text("by")] = said
    judges = [judge for judge in JUDGES if any(judge in said for said in by_rule.values())]
    return Table(
        f"{name}-constitution",
        "What was found of the champion by each rule; it stands beside the score, not in it",
        (
            Column("Rule", "constitution", number=False),
            *(Column(f"By {judge}", "constitution", number=False) for judge in judges),
        ),
        tuple((rule, *(said.get(judge) for judge in judges)) for rule, said in by_rule.items()),
    )


def metrics(found: Search) -> list[str]:
    """The definitions that these tables lead to."""
    told = {
        "models": models_table(found, ""),
        "instructions": instructions_table(found, ""),
        "constitution": constitution_table(found, ""),
    }
    return [name for name, table in told.items() if table is not None]


def facts(found: Search) -> list[tuple[str, str]]:
    """What models cost, and how far judges agree, in words."""
    told, said = _told(found), []
    if told.optional_number("requests"):
        inside, outside = told.number("tokens_in"), told.number("tokens_out")
        count = told.number("requests")
        text = f"{count:,.0f} requests, {inside:,.0f} tokens in, {outside:,.0f} out"
        usd = told.optional_number("usd")
        if usd is not None:
            text += f", {usd:,.4f} US dollars"
            gained = found.trials[0].values[CHAMPION].mean
            if found.recovers and gained > 0.0 and usd:
                text += f", {decimal(usd / gained, 4)} for a recovered point"
        said.append(("Models", text))
    judgement = found.result.optional_object("judgement")
    held = judgement.optional_number("share_held")
    if held is not None:
        text = f"{100.0 * held:.0f} % of the rules that were judged are held"
        both = judgement.optional_object("agreement")
        if both.optional_number("judged_by_both"):
            text += (
                f"; of {both.number('judged_by_both'):g} findings on "
                f"{judgement.number('programs'):g} finalists that the model and execution share, "
                f"{both.number('same'):g} agree"
            )
        said.append(("Constitution", text))
    return said


def _told(found: Search) -> Fields:
    return found.result.optional_object("proposer")
