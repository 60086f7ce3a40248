"""What ``unstrand trace check`` says of a trace: what a careful engineer would ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from unstrand import configuration, show
from unstrand.overrides import quoted
from unstrand.schema import Cell, TraceChoice

if TYPE_CHECKING:
    from traces.survey import Survey


def data(survey: Survey, choice: TraceChoice, cell: Cell) -> dict[str, Any]:
    """The survey as plain data, with the command that its verdict means."""
    return {**asdict(survey), "try": command(survey, choice, cell)}


def say(survey: Survey, choice: TraceChoice, cell: Cell) -> None:
    """Print the survey: a line, a table of facts, the load over time, the verdict."""
    print(
        f"{survey.name}: good, {survey.tasks:,} tasks, {survey.machines:,} machines, "
        f"sha256 {survey.sha256[:12]}"
    )
    facts = [[what, value] for what, value in _facts(survey) if value]
    show.table("", ["what", "value"], facts, numbers=False)
    if survey.offered is not None:
        _load(survey)
    meaning = "as it is" if survey.verdict.meaningful else "not as it is"
    print(f"replay: {meaning}; {'; '.join(survey.verdict.why)}")
    print(f"try: {command(survey, choice, cell)}")


def command(survey: Survey, choice: TraceChoice, cell: Cell) -> str:
    """The command that says something about this trace, to be copied."""
    verdict = survey.verdict
    words = [f"trace={choice.name}"]
    words += [
        f"trace.{option}={quoted(str(value))}"
        for option, value in asdict(choice).items()
        if option != "name" and value is not None
    ]
    if cell.machines:
        words.append(_cell(cell))
    rule = "fgd" if survey.totals.get("gpu") else "k8s_most_allocated"  # FGD reads GPUs
    runs = verdict.command in ("compare", "saturate")
    compared = [f"heuristics=[{rule},best_fit]"] if runs else []
    line = [f"unstrand {verdict.command}", *words, *verdict.settings, *compared]
    return " ".join(f'"{word}"' if "{" in word else word for word in line)


def _cell(cell: Cell) -> str:
    """The name of a shipped cell with these machines, else the machines themselves."""
    for name in configuration.options("cell"):
        if configuration.plain("cell", name).get("machines") == cell.machines:
            return f"cell={name}"
    kinds = (
        "{" + ",".join(f"{key}:{value}" for key, value in kind.items()) + "}"
        for kind in cell.machines
    )
    return f"cell.machines=[{','.join(kinds)}]"


def _facts(survey: Survey) -> Iterator[tuple[str, str]]:
    kept = survey.rows - sum(survey.dropped.values())
    yield "rows", f"{survey.rows:,} read, {kept:,} kept"
    yield "dropped", "\n".join(f"{count:,} {why}" for why, count in survey.dropped.items())
    alive = f", {survey.alive_at_start:,} there from the start" if survey.alive_at_start else ""
    yield "tasks", f"{survey.tasks:,} in {survey.jobs:,} jobs, {survey.shapes:,} shapes{alive}"
    if survey.machines:
        types = "type" if survey.machine_types == 1 else "types"
        yield "machines", f"{survey.machines:,} of {survey.machine_types} {types}"
    models = {name: count for name, count in survey.machines_by_model.items() if name}
    yield "models", ", ".join(f"{name} {count:,}" for name, count in models.items())
    yield "span", _long(survey.span_s) if survey.span_s > 0 else "one moment"
    for name in survey.totals:
        yield name, _amounts(survey, name)
    if survey.held_pct is not None:
        held = ", ".join(f"{name} {pct:.1f} %" for name, pct in survey.held_pct.items())
        yield "now", f"{survey.running:,} tasks run and hold {held}"
    yield "replayed", ", ".join(survey.replayed)
    yield "missing", "\n".join(survey.missing)
    yield "assumed", "\n".join(survey.assumed)
    yield "warnings", "\n".join(survey.warnings)


def _amounts(survey: Survey, name: str) -> str:
    asked = f"a task asks for {_number(survey.requested[name] / survey.tasks)} on average, "
    asked += f"{_number(survey.largest_request[name])} at most"
    if not survey.machines:
        return asked
    fleet = f"{_number(survey.totals[name])} in all, {_number(survey.largest_machine[name])} "
    return f"{fleet}in the largest machine; {asked}"


def _load(survey: Survey) -> None:
    """A table of what tasks hold in each tenth of the span, and the peak."""
    assert survey.offered is not None
    pct = survey.offered_pct is not None
    rows = []
    for name, tenths in survey.offered.tenths.items():
        of = survey.totals[name] / 100 if pct else 1.0
        if of > 0:
            values = [*tenths, sum(tenths) / len(tenths), survey.offered.peak[name]]
            when = _long(survey.offered.peak_s[name])
            rows.append([name, *(_number(value / of) for value in values), when])
    parts = [str(part) for part in range(1, len(tenths) + 1)]
    unit = "% of what there is" if pct else "amounts"
    title = f"offered load by tenths of the span, {unit}"
    show.table(title, ["resource", *parts, "mean", "peak", "at"], rows)


def _number(value: float) -> str:
    """Three figures or so, thousands and millions by their letters."""
    if value >= 1e8:
        return f"{value / 1e6:,.0f} M"
    if value >= 1e5:
        return f"{value / 1e3:,.0f} k"
    if value == 0 or value >= 100 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.2g}" if value < 10 else f"{value:.1f}"


def _long(seconds: float) -> str:
    """A span as a person says it."""
    if seconds <= 0:
        return "0 s"
    parts: Mapping[str, float] = {"d": 86400, "h": 3600, "min": 60, "s": 1}
    said: list[str] = []
    left = seconds
    for unit, length in parts.items():
        if left >= length and len(said) < 2:
            said.append(f"{int(left // length)} {unit}")
            left %= length
    return " ".join(said) or f"{seconds:.3g} s"
