"""``unstrand ask RUN``: the next prompt of a run that is answered from outside, with its ticket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from unstrand import answering, schema, show
from unstrand.failure import ConfigurationError

POSITIONALS = "RUN"
EXAMPLES = (
    "unstrand ask results/mine",
    "unstrand ask results/mine count=3 json=true",
)


def run(settings: schema.Ask, positionals: list[str]) -> None:
    """Give tickets out; each is good until it is answered with ``unstrand tell``."""
    place = answering.place_of("ask", positionals)
    if len(positionals) > 1:
        raise ConfigurationError(f"ask: found {positionals[1]!r}, expected one run")
    with answering.answering(place, settings.contain, 1) as outside:
        tickets = [outside.ask() for _ in range(settings.count)]
    if settings.json:
        show.json_line(tickets if len(tickets) > 1 else tickets[0])
        return
    for ticket in tickets:
        print(_text(ticket, place))


def _text(ticket: dict[str, Any], place: Path) -> str:
    number = ticket["ticket"]
    parts = [one["content"] for one in ticket["messages"]]
    rule = "-" * 72
    head = f"ticket {number} ({ticket['operator']}); unstrand tell {place} {number} FILE answers it"
    return "\n\n".join([f"{rule}\n{head}\n{rule}", *parts]) + "\n"
