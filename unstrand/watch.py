"""``unstrand watch RUN``: a search while it goes on, or after: a page on loopback, or a terminal.

The run is read and never written to; it need not know that it is watched.
"""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstrand import interruptions, schema, show
from unstrand.failure import ConfigurationError

if TYPE_CHECKING:
    from report.live import Index

POSITIONALS = "RUN"
OPTIONS = {"--terminal": "terminal=true"}
EXAMPLES = (
    "unstrand watch results/mine",
    "unstrand watch results/mine port=8080 open=true",
    "unstrand watch results/mine --terminal",
    "unstrand watch results/mine json=true",
)
HOST = "127.0.0.1"
EVERY_S = 1.0  # of a terminal
PATIENCE_S = 1  # how long answers that are being given may take once it ends


def run(settings: schema.Watch, positionals: list[str]) -> None:
    """Show one run until interrupted, or once."""
    if not positionals:
        raise ConfigurationError("watch: found no run, expected its folder")
    if len(positionals) > 1:
        raise ConfigurationError(f"watch: found {positionals[1]!r}, expected one run")
    from report.live import Index

    if not settings.json and not settings.terminal:
        _expect_server()
    place = Path(positionals[0])
    if not place.is_dir():
        kind = "a file" if place.exists() else "nothing"
        raise ConfigurationError(f"{place}: found {kind}, expected the folder of a search")
    index = Index(place)
    if settings.json:
        from report.live.screen import summary

        show.json_line(summary(index))
    elif settings.terminal:
        _draw(index, once=settings.once)
    else:
        _serve(index, settings)


def _expect_server() -> None:
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        raise ConfigurationError(
            "unstrand watch needs starlette and uvicorn: pip install 'unstrand[watch]' "
            "(terminal=true does without)"
        ) from None


def _draw(index: Index, *, once: bool) -> None:
    """Draw until interrupted; once, where that is asked for or there is no terminal."""
    from report.live.screen import screen

    out = show.console(highlight=False, markup=False)
    if once or not out.is_terminal:
        out.print(screen(index))
        return
    from rich.live import Live

    interruptions.end_waits()
    with Live(screen(index), console=out, auto_refresh=False, vertical_overflow="crop") as live:
        while True:
            time.sleep(EVERY_S)
            if index.read():
                live.update(screen(index), refresh=True)


def _serve(index: Index, settings: schema.Watch) -> None:
    """Serve until interrupted; the address is the first line on stdout."""
    import uvicorn

    from report.live.server import app

    try:
        held = socket.create_server((HOST, settings.port))
    except OSError as error:
        raise ConfigurationError(
            f"port: found {settings.port}, which can't be had: {error.strerror}"
        ) from None
    with held:
        port = held.getsockname()[1]
        address = f"http://{HOST}:{port}/"
        print(address, flush=True)
        print("shows the run to this machine alone; Ctrl-C ends it", file=sys.stderr, flush=True)
        server: Any = None
        config = uvicorn.Config(
            app(index, port, lambda: bool(server and server.should_exit)),
            log_level="critical",
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=PATIENCE_S,
        )
        server = uvicorn.Server(config)
        if settings.open:
            import webbrowser

            webbrowser.open(address)
        server.run(sockets=[held])
