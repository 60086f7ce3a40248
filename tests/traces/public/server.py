"""A server of files on loopback, whose answers go wrong as a test asks for."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Server:
    """Files by path, what goes wrong with the next answers of each, and what was asked.

    A fault is a status code; ``("cut", n)``, the connection is cut after n bytes of the answer;
    ``("stall", n)``, nothing comes after them until the test ends; ``("headers", {…})``, these
    besides; ``("status", code, {…})``.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, list[Any]] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.ranges = self.lengths = self.versions = True
        self.chunked = False
        self.over = threading.Event()
        self.stalled = threading.Event()
        self.url = ""

    def put(self, path: str, data: bytes, *faults: Any) -> str:
        """Offer a file; gives its address."""
        self.files[path] = data
        self.faults[path] = list(faults)
        return f"{self.url}/{path}"

    def begins(self) -> list[str | None]:
        """The ranges that were asked for, None for the whole file."""
        return [asked for _, asked in self.asked]


@contextmanager
def serving() -> Iterator[Server]:
    """A server for the length of a test."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_given: Any) -> None:
            pass

        def do_GET(self) -> None:
            answer(server, self)

    class Loop(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_given: Any) -> None:
            """Who asked has gone: a test's doing."""

    loop = Loop(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{loop.server_address[1]}"
    thread = threading.Thread(target=loop.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        loop.shutdown()
        thread.join()
        loop.server_close()


def answer(server: Server, to: BaseHTTPRequestHandler) -> None:
    """Answer one request, with the next fault of its path."""
    path, asked = to.path.lstrip("/"), to.headers.get("Range")
    server.asked.append((path, asked))
    assert to.headers["Accept-Encoding"] == "identity"
    faults = server.faults.get(path, [])
    fault = faults.pop(0) if faults else None
    if path not in server.files or isinstance(fault, int):
        say(to, 404 if fault is None else fault, {"Content-Length": "0"})
        return
    if isinstance(fault, tuple) and fault[0] == "status":
        say(to, fault[1], {"Content-Length": "0", **fault[2]})
        return
    data = server.files[path]
    version = f'"{hashlib.md5(data).hexdigest()}"'
    headers = {"ETag": version} if server.versions else {}
    status, begin = 200, 0
    same = to.headers.get("If-Range", version) == version
    if asked and server.ranges and same:
        begin = int(asked.removeprefix("bytes=").removesuffix("-"))
        if begin >= len(data):
            say(to, 416, {"Content-Length": "0", "Content-Range": f"bytes */{len(data)}"})
            return
        status = 206
        headers["Content-Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
    body = data[begin:]
    if server.chunked:
        headers["Transfer-Encoding"] = "chunked"
    elif server.lengths:
        headers["Content-Length"] = str(len(body))
    else:
        headers["Connection"] = "close"
        to.close_connection = True
    if isinstance(fault, tuple) and fault[0] == "headers":
        headers |= fault[1]
    say(to, status, headers)
    send(server, to, body, fault if isinstance(fault, tuple) else ("", 0))


def say(to: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
    to.send_response(status)
    for name, value in headers.items():
        to.send_header(name, value)
    to.end_headers()


def send(server: Server, to: BaseHTTPRequestHandler, body: bytes, fault: tuple[Any, ...]) -> None:
    """The body, or as much of it as the fault lets through."""
    ends = fault[0] in ("cut", "stall")
    sent = body[: fault[1]] if ends else body
    if server.chunked:
        if sent:
            to.wfile.write(f"{len(sent):x}\r\n".encode() + sent + b"\r\n")
        if not ends:
            to.wfile.write(b"0\r\n\r\n")
    else:
        to.wfile.write(sent)
    to.wfile.flush()
    if fault[0] == "stall":
        server.stalled.set()
        server.over.wait(30)
    if ends:
        to.close_connection = True
