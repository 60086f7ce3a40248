"""The connection to an endpoint: how much it may send, for how long, and to whom one speaks.

An answer ends at a deadline even where something comes all the time, is never unpacked, and is
never fetched from elsewhere: a prompt and a key are for the address that was named.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2

MOST_RAW_BYTES = 64 << 20
"""Of one response as it comes over the wire, a stream's frames counted in."""


class Channel(httpx2.Client):
    """A client whose responses are bounded. timeout_s: of a response, to its last byte.

    Proxies of the environment are for addresses elsewhere, not for this machine's own.
    """

    def __init__(self, base_url: str | None, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        super().__init__(timeout=timeout_s, trust_env=not _is_here(base_url))

    def send(
        self, request: httpx2.Request, *, stream: bool = False, **more: Any
    ) -> httpx2.Response:
        """As the client's own, bounded, and without following to another address."""
        request.headers["accept-encoding"] = "identity"
        until = time.monotonic() + self.timeout_s
        response = super().send(request, stream=True, **(more | {"follow_redirects": False}))
        try:
            packed = response.headers.get("content-encoding", "identity")
            if packed != "identity":
                raise httpx2.DecodingError(f"packed as {packed[:40]}", request=request)
            response.stream = _Bounded(response.stream, until, self.timeout_s, request)
            if not stream:
                response.read()
        except BaseException:
            response.close()
            raise
        return response


class _Bounded(httpx2.SyncByteStream):
    def __init__(self, inner: Any, until: float, timeout_s: float, request: httpx2.Request) -> None:
        self.inner, self.until, self.timeout_s, self.request = inner, until, timeout_s, request

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for part in self.inner:
            size += len(part)
            if size > MOST_RAW_BYTES:
                raise httpx2.ReadError(f"more than {MOST_RAW_BYTES} bytes", request=self.request)
            if time.monotonic() > self.until:
                said = f"no end of the answer within {self.timeout_s:g} s"
                raise httpx2.ReadTimeout(said, request=self.request)
            yield part

    def close(self) -> None:
        self.inner.close()


def _is_here(base_url: str | None) -> bool:
    """Whether an address is this machine's own."""
    host = urlsplit(base_url or "").hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
