"""The pages over HTTP on loopback: to be read, by whoever names this machine, and by nobody else.

Every answer forbids scripts but the one file of this package, frames, and whatever lies elsewhere.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from report.fields import ReportError
from report.live import pages
from report.live.index import LARGEST, Index

EVERY_S = 0.5  # how often a journal is looked at while somebody watches
ALIVE_S = 15.0  # after which an empty line says that the server is there
MOST_TOLD = 50  # candidates of one message
MOST_WATCHING = 32
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
ASSETS = {"live.css": "text/css", "live.js": "text/javascript", "live.svg": "image/svg+xml"}


class OwnHost:
    """Refuses requests that name another host: a page elsewhere whose name leads here (rebinding).

    Requests that a page elsewhere makes are refused too, where the browser says so.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self.app = app
        names = ("127.0.0.1", "localhost")
        self.hosts = {f"{name}:{port}" for name in names} | ({*names} if port == 80 else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        named = [
            value.decode("latin-1").lower() for key, value in scope["headers"] if key == b"host"
        ]
        origins = [value.decode("latin-1") for key, value in scope["headers"] if key == b"origin"]
        if len(named) != 1 or named[0] not in self.hosts:
            refusal = PlainTextResponse("found another host, expected this machine's\n", 421)
            await refusal(scope, receive, send)
            return
        if any(origin != f"http://{named[0]}" for origin in origins):
            await PlainTextResponse("found another origin\n", 403)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    *((k.lower().encode(), v.encode()) for k, v in HEADERS.items()),
                ]
            await send(message)

        await self.app(scope, receive, with_headers)


def app(index: Index, port: int, ending: Callable[[], bool] = lambda: False) -> Starlette:
    """The application over one run. ending: whether streams are to end, since the server does."""
    watching = 0

    def overview(_: Request) -> Response:
        with index.turn:
            index.read()
            return HTMLResponse(pages.overview(index))

    def candidates(request: Request) -> Response:
        asked = request.query_params
        with index.turn:
            index.read()
            outcome, sort = asked.get("outcome", pages.ALL), asked.get("sort", "newest")
            return HTMLResponse(
                pages.candidates(index, outcome, sort, _whole(asked.get("page"), 1))
            )

    def candidate(request: Request) -> Response:
        number = _whole(request.path_params["number"], -1)
        with index.turn:
            index.read()
            page = pages.candidate(index, number) if 0 <= number <= LARGEST else None
            if page is None:
                return HTMLResponse(
                    pages.wrong(index, "There is no candidate of that number."), 404
                )
            return HTMLResponse(page)

    async def events(request: Request) -> Response:
        nonlocal watching
        if watching >= MOST_WATCHING:
            return PlainTextResponse("too many are watching\n", 503)
        since = request.headers.get("last-event-id", request.query_params.get("since"))
        began = _whole(since, len(index.known.taken))

        async def stream() -> AsyncIterator[str]:
            nonlocal watching
            watching += 1
            try:
                async for message in _messages(index, began, ending):
                    yield message
            finally:
                watching -= 1

        return StreamingResponse(stream(), media_type="text/event-stream")

    def asset(name: str, kind: str) -> Callable[[Request], Response]:
        return lambda _: Response(pages.asset(name), media_type=kind)

    def unreadable(_: Request, error: Exception) -> Response:
        return HTMLResponse(pages.wrong(index, str(error)), 500)

    def nothing(_: Request, error: Exception) -> Response:
        return HTMLResponse(pages.wrong(index, "There is no such page."), 404)

    return Starlette(
        routes=[
            Route("/", overview, methods=["GET"]),
            Route("/candidates", candidates, methods=["GET"]),
            Route("/candidate/{number}", candidate, methods=["GET"]),
            Route("/events", events, methods=["GET"]),
            *(
                Route(f"/{name}", asset(name, kind), methods=["GET"])
                for name, kind in ASSETS.items()
            ),
        ],
        middleware=[Middleware(OwnHost, port=port)],
        exception_handlers={ReportError: unreadable, 404: nothing},
    )


async def _messages(index: Index, told: int, ending: Callable[[], bool]) -> AsyncIterator[str]:
    """A message for all that was taken in since the last, and one for any other change."""
    yield "retry: 2000\n\n"
    quiet, state = 0.0, _state(index)
    while not ending():
        message, told, state = await run_in_threadpool(_news, index, told, state)
        if message or quiet >= ALIVE_S:
            yield message or ":\n\n"
            quiet = 0.0
        await asyncio.sleep(EVERY_S)
        quiet += EVERY_S


def _news(index: Index, told: int, state: tuple[Any, ...]) -> tuple[str, int, tuple[Any, ...]]:
    """What is to be said of what changed, empty where nothing did; and what is told then."""
    with index.turn:
        index.read()
        count, now = len(index.known.taken), _state(index)
        changed = count != told or now != state
        return _message(index, min(told, count)) if changed else "", count, now


def _state(index: Index) -> tuple[Any, ...]:
    known = index.known
    return index.goes_on, index.fault, len(known.candidates), known.judged, known.opened


def _message(index: Index, told: int) -> str:
    """What is new since so many were told of; `best` where one of them is a new best."""
    known = index.known
    new = known.taken[told:]
    body: dict[str, Any] = {
        "taken": len(known.taken),
        "goes_on": index.goes_on,
        "candidates": [
            {
                "number": number,
                "outcome": known.candidates[number].candidate.outcome,
                "score": known.candidates[number].candidate.score,
            }
            for number in new[-MOST_TOLD:]
        ],
    }
    if known.records and known.records[-1].taken > told:
        body["best"] = {"number": known.records[-1].number, "score": known.records[-1].score}
    return f"id: {len(known.taken)}\nevent: taken\ndata: {json.dumps(body)}\n\n"


def _whole(text: str | None, otherwise: int) -> int:
    """A number as an address says it."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 16:
        return otherwise
    return int(text)
