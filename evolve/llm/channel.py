"""The connection to an endpoint: how much it may send, for how long, and to whom one speaks.

An exchange ends at a deadline even where something comes all the time, headers and trailers
counted in; an answer is never unpacked, and never fetched from elsewhere: a prompt and a key are
for the address that was named.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx2

from evolve.llm.address import ADDRESS_ENV, is_here

MOST_RAW_BYTES = 64 << 20
"""Of one response as it comes over the wire, a stream's frames counted in."""


class Channel(httpx2.Client):
    """A client whose exchanges are bounded. timeout_s: of a request, to its answer's last byte.

    Proxies of the environment are for addresses elsewhere, not for this machine's own.
    """

    def __init__(self, base_url: str | None, timeout_s: float) -> None:
        self.timeout_s, self.over = timeout_s, False
        self.lines: set[_Line] = set()
        # A connection an exchange: what is cut takes no other exchange along.
        super().__init__(
            timeout=timeout_s,
            trust_env=not is_here(base_url or os.environ.get(ADDRESS_ENV)),
            limits=httpx2.Limits(max_keepalive_connections=0),
        )

    def send(
        self, request: httpx2.Request, *, stream: bool = False, **more: Any
    ) -> httpx2.Response:
        """As the client's own, bounded, and without following to another address."""
        request.headers["accept-encoding"] = "identity"
        line = _Line(self, request)
        request.extensions["trace"] = line.trace
        response: httpx2.Response | None = None
        try:
            with line.bounded():
                response = super().send(
                    request, stream=True, **(more | {"follow_redirects": False})
                )
            packed = response.headers.get("content-encoding", "identity")
            if packed != "identity":
                raise httpx2.DecodingError(f"packed as {packed[:40]}", request=request)
            response.stream = _Bounded(response.stream, line)
            if not stream:
                response.read()
        except BaseException:
            line.end()
            if response is not None:
                response.close()
            raise
        return response

    def cut(self) -> None:
        """End all exchanges at once, whoever waits for them, and those that begin after this."""
        self.over = True
        for line in list(self.lines):
            line.cut()


class _Line:
    """The sockets of one exchange, which are shut when its time is over."""

    def __init__(self, channel: Channel, request: httpx2.Request) -> None:
        self.channel, self.timeout_s, self.request = channel, channel.timeout_s, request
        self.late, self.sockets = False, list[socket.socket]()
        channel.lines.add(self)
        self.timer = threading.Timer(self.timeout_s, self._expire)
        self.timer.daemon = True
        self.timer.start()

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Keep the socket that is connected to; httpcore tells of it."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            line = info["return_value"].get_extra_info("socket")
            if isinstance(line, socket.socket):
                self.sockets.append(line)
                if self.late or self.channel.over:
                    self.cut()

    def cut(self) -> None:
        """Shut what is connected: who reads finds an end."""
        for one in self.sockets:
            with suppress(OSError):
                socket.socket.shutdown(one, socket.SHUT_RDWR)

    def end(self) -> None:
        """The exchange is over."""
        self.timer.cancel()
        self.channel.lines.discard(self)

    @contextmanager
    def bounded(self) -> Iterator[None]:
        """Whatever breaks off after the deadline is a time-out."""
        try:
            yield
        except (httpx2.HTTPError, OSError):
            if not self.late:
                raise
        if self.late:
            said = f"no end of the answer within {self.timeout_s:g} s"
            raise httpx2.ReadTimeout(said, request=self.request)

    def _expire(self) -> None:
        self.late = True
        self.cut()


class _Bounded(httpx2.SyncByteStream):
    def __init__(self, inner: Any, line: _Line) -> None:
        self.inner, self.line = inner, line

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        with self.line.bounded():
            for part in self.inner:
                size += len(part)
                if size > MOST_RAW_BYTES:
                    raise httpx2.ReadError(
                        f"more than {MOST_RAW_BYTES} bytes", request=self.line.request
                    )
                yield part

    def close(self) -> None:
        self.line.end()
        self.inner.close()
