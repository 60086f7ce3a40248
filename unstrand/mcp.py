"""``unstrand mcp RUN``: a run for coding agents, over the Model Context Protocol.

The tools are those of ``ask`` and ``tell``, and what an agent wants to look at before it answers.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from unstrand import answering, schema
from unstrand.failure import ConfigurationError

if TYPE_CHECKING:
    from evolve.llm.outside import Outside

POSITIONALS = "RUN"
EXAMPLES = (
    "unstrand mcp results/mine",
    "unstrand mcp results/mine transport=http port=8000",
)
MOST_LISTED = 100
HOST = "127.0.0.1"
INSTRUCTIONS = """\
A search for scheduling heuristics that leave less of a cluster stranded. Ask for a prompt (ask),
write the heuristic that it wants, and propose it with the prompt's ticket (propose): it is checked,
run contained in a simulator, scored, and kept if it is better than what stands in its place.
problem, archive and candidate show what is known; what_if scores a draft on the cheapest stage."""


def run(settings: schema.Mcp, positionals: list[str]) -> None:
    """Serve one run until the client is gone, or until interrupted."""
    place = answering.place_of("mcp", positionals)
    if len(positionals) > 1:
        raise ConfigurationError(f"mcp: found {positionals[1]!r}, expected one run")
    try:
        from mcp.server.mcpserver import MCPServer
        from mcp.server.mcpserver.exceptions import ToolError
    except ImportError:
        raise ConfigurationError(
            "unstrand mcp needs the mcp package: pip install 'unstrand[mcp]'"
        ) from None
    from unstrand import __version__

    with answering.answering(place, settings.contain, settings.workers) as outside:
        server: Any = MCPServer(
            "unstrand", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING"
        )
        for tool in Tools(outside).all():
            server.tool()(_telling(tool, ToolError))
        if settings.transport == "stdio":
            server.run("stdio")
        else:
            _serve(server, settings.port)


def _serve(server: Any, port: int) -> None:
    """Serve over HTTP on loopback until interrupted; the address is the first line on stdout."""
    import uvicorn

    try:
        held = socket.create_server((HOST, port))
    except OSError as error:
        raise ConfigurationError(
            f"port: found {port}, which can't be had: {error.strerror}"
        ) from None
    with held:
        print(f"http://{HOST}:{held.getsockname()[1]}/mcp", flush=True)
        app = server.streamable_http_app(host=HOST)  # of which it refuses other names: rebinding
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[held])


def _telling(tool: Callable[..., Any], refusal: type[Exception]) -> Callable[..., Any]:
    """A tool whose foreseen errors an agent is told, in one line."""
    from evolve import JournalError

    @wraps(tool)
    def told(*given: Any, **named: Any) -> Any:
        try:
            return tool(*given, **named)
        except (JournalError, ValueError) as error:
            raise refusal(str(error)) from None

    return told


class Tools:
    """What an agent can do with a run; one at a time, since each may change it."""

    def __init__(self, outside: Outside) -> None:
        self.outside, self.turn = outside, threading.Lock()

    def all(self) -> list[Any]:
        """The tools; their names and docstrings are what an agent reads."""
        outside, turn = self.outside, self.turn
        loop = outside.loop

        def problem() -> dict[str, Any]:
            """The problem: what is scored, the machines, the mix of tasks, and the limits."""
            with turn:
                said = dict(outside.awaited.prompter.facts.of_problem)
                templates = outside.awaited.prompter.templates
                return {
                    **said,
                    "arguments": templates.rendered("arguments", said),
                    "taken_in": len(loop.past.status),
                    "open_tickets": outside.open,
                }

        def archive(limit: int = 20) -> list[dict[str, Any]]:
            """The best programs so far, best first: number, score on train, source."""
            with turn:
                return [
                    {
                        "candidate": entry.candidate.number,
                        "island": entry.candidate.island,
                        "score": entry.score,
                        "operator": entry.candidate.operator,
                        "source": entry.candidate.source,
                    }
                    for entry in loop.archive.ranked()[: max(1, min(limit, MOST_LISTED))]
                ]

        def candidate(number: int) -> dict[str, Any]:
            """One candidate: source, parents, what became of it, where it strands."""
            with turn:
                found = loop.past.candidates.get(number)
                if found is None:
                    last = len(loop.past.candidates) - 1
                    raise ValueError(f"number: found {number}, expected 0 to {last}")
                return {
                    **outside.awaited.prompter.facts.program(loop.past, number),
                    "status": loop.past.status[number],
                    "message": loop.past.verdicts[number].message,
                    "parents": list(found.parents),
                }

        def ask() -> dict[str, Any]:
            """A prompt for one heuristic, and its ticket."""
            with turn:
                ticket = outside.ask()
                text = "\n\n".join(one["content"] for one in ticket["messages"])
                return {"ticket": ticket["ticket"], "operator": ticket["operator"], "prompt": text}

        def propose(answer: str, ticket: int | None = None) -> dict[str, Any]:
            """Have an answer scored: a function score, or edits of the parent; with its ticket."""
            with turn:
                told = outside.tell(ticket, answer, who="mcp")
                return {**answering.said(told), "told": answering.line(told)}

        def what_if(source: str) -> dict[str, Any]:
            """Score a draft on the cheapest stage alone, against the best; it is not kept."""
            with turn:
                return outside.what_if(source)

        return [problem, archive, candidate, ask, propose, what_if]
