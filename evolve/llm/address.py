"""Addresses of endpoints: which are good, and which are this machine's own."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress
from urllib.parse import urlsplit

ADDRESS_ENV = "OPENAI_BASE_URL"
"""The variable that the SDK takes an address from where none is given."""


def is_address(text: str) -> bool:
    """Whether a text is an address that can be asked at."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def may_hold_a_key(text: str) -> bool:
    """Whether an address has a part, a user or a query, that a key may be in."""
    return bool({"@", "?", "#"} & {*text})


def is_here(address: str | None) -> bool:
    """Whether an address is this machine's own, however it is written (127.1, localhost.)."""
    try:
        host = (urlsplit(address or "").hostname or "").rstrip(".")
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    with suppress(ValueError):
        found = ipaddress.ip_address(host)
        mapped = getattr(found, "ipv4_mapped", None)
        return any(one.is_loopback or one.is_unspecified for one in (found, mapped) if one)
    with suppress(OSError):  # the short forms that only the C library reads
        return ipaddress.ip_address(socket.inet_aton(host)).is_loopback
    return False
