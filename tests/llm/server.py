"""A server that answers as an OpenAI-compatible endpoint does, and fails as one does.

As a program: ``python -m tests.llm.server PORTFILE [DELAY_S]`` writes its port there, and answers
until it is ended.
"""

from __future__ import annotations

import gzip
import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from evolve.llm.rehearsal import answer

KEY, MODEL = "sk-loopback-0123456789", "loopback-1"


@dataclass
class Script:
    """What becomes of requests, in their order: a fault, or an answer.

    faults: one a request, `""` for none; after the last the rest is as `rest` says. contents:
    answers in place of the mutator's. limit: characters of a prompt that are too many. asked: all
    conversations that came; answered: those that were answered to the end. models: the status of
    the list of models, where there is none.
    """

    faults: Sequence[str] = ()
    rest: str = ""
    contents: Sequence[str] = ()
    limit: int = 10**9
    key: str | None = None
    delay_s: float = 0.0
    models: int = 0
    asked: list[list[dict[str, str]]] = field(default_factory=list)
    answered: list[list[dict[str, str]]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, messages: list[dict[str, str]]) -> tuple[str, str]:
        """The fault of a request, and the text of its answer."""
        with self.lock:
            number = len(self.asked)
            self.asked.append(messages)
            self.times.append(time.monotonic())
        fault = self.faults[number] if number < len(self.faults) else self.rest
        if number < len(self.contents):
            return fault, self.contents[number]
        return fault, answer("\n\n".join(one["content"] for one in messages))


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    script: Script

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        """The list of models."""
        if self.script.models:
            self.error(self.script.models, "no list", "")
            return
        self.json(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})

    def do_POST(self) -> None:
        """A chat completion."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        script, messages = self.script, body["messages"]
        if script.key and self.headers["authorization"] != f"Bearer {script.key}":
            held = self.headers["authorization"].removeprefix("Bearer ")
            self.error(401, f"Incorrect API key provided: {held}.", "invalid_api_key")
            return
        if body["model"] != MODEL:
            self.error(404, f"The model `{body['model']}` does not exist", "model_not_found")
            return
        fault, text = script.next(messages)
        time.sleep(script.delay_s)
        if sum(len(one["content"]) for one in messages) > script.limit:
            said = "This model's maximum context length is 10 tokens"
            self.error(400, said, "context_length_exceeded")
        elif fault:
            self.fail(fault, body, text)
        else:
            self.whole(body, text)
            with script.lock:
                script.answered.append(messages)

    def fail(self, fault: str, body: dict[str, Any], text: str) -> None:
        """One kind of failure."""
        name, _, of = fault.partition(":")
        if name in ("429", "500", "503", "400"):
            self.error(int(name), f"status {name}", "", {"retry-after": of} if of else {})
        elif name == "hang":
            time.sleep(float(of))
            self.close_connection = True
        elif name == "reset":  # in the middle of a stream, or of a body
            self.begin_stream()
            self.piece({"choices": [{"index": 0, "delta": {"content": text[:20]}}]})
            self.reset()
        elif name == "ends":  # without a finish
            self.begin_stream()
            self.piece({"choices": [{"index": 0, "delta": {"content": text[:20]}}]})
            self.close_connection = True
        elif name == "truncated":
            said = json.dumps(self.completion(text))[:-30].encode()
            self.raw(said)
        elif name == "utf8":
            said = json.dumps(self.completion("caf\u00e9 \u00e9"), ensure_ascii=False)
            self.raw(said.encode("latin-1"), "text/event-stream" if body.get("stream") else None)
        elif name == "drips":
            self.begin_stream()
            self.forever(b"", b": still here\n\n" if body.get("stream") else b" ", float(of))
        elif name == "headers":  # without end, a byte at a time
            self.forever(b"HTTP/1.1 200 OK\r\nx-more: ", b"a", float(of))
        elif name == "informs":  # of an answer that never begins
            self.forever(b"", b"HTTP/1.1 102 Processing\r\n\r\n", float(of))
        elif name == "trailers":
            head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
            self.forever(head + b"2\r\n{}\r\n0\r\nx-more: ", b"a", float(of))
        elif name == "packed":
            self.raw(gzip.compress(json.dumps(self.completion(text)).encode()), packed="gzip")
        elif name == "elsewhere":
            self.json(307, {}, {"location": of})
        elif name == "parts":
            parts = [{"type": "text", "text": text[:4]}, {"type": "text", "text": text[4:]}]
            self.whole(body, parts)  # type: ignore[arg-type]
        elif name == "counts":
            self.odd_usage(body, text, json.loads(of))
        elif name == "refusal":
            self.whole(body, None, refusal="I can't help with that.")
        elif name == "empty":
            self.whole(body, "")
        elif name == "cut":
            self.whole(body, text[:40], finish="length")
        else:
            raise AssertionError(fault)

    def forever(self, head: bytes, piece: bytes, seconds: float) -> None:
        """Something all the time, until the other side has enough."""
        with suppress(OSError):
            self.wfile.write(head)
            for _ in range(round(seconds / 0.05)):
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(0.05)
        self.close_connection = True

    def whole(
        self, body: dict[str, Any], text: str | None, *, finish: str = "stop", refusal: str = ""
    ) -> None:
        """An answer as it was asked for."""
        if not body.get("stream"):
            self.json(200, self.completion(text, finish, refusal))
            return
        with suppress(BrokenPipeError, ConnectionResetError):
            self.begin_stream()
            step = 4096
            if isinstance(text, list):
                delta = {"content": text}
                self.piece({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
                text = ""
            for start in range(0, len(text or ""), step):
                delta = {"content": (text or "")[start : start + step]}
                self.piece({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
            if refusal:
                self.piece({"choices": [{"index": 0, "delta": {"refusal": refusal}}]})
            self.piece({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
            self.piece({"choices": [], "usage": self.usage(text)})
            self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def usage(self, text: str | None) -> dict[str, int]:
        """Tokens, as this server counts them."""
        count = len(text or "") // 4
        return {"prompt_tokens": 100, "completion_tokens": count, "total_tokens": 100 + count}

    def completion(self, text: str | None, finish: str = "stop", refusal: str = "") -> Any:
        """An answer in one piece."""
        message = {"role": "assistant", "content": text, "refusal": refusal or None}
        choice = {"index": 0, "finish_reason": finish, "message": message}
        head = {"id": "x", "object": "chat.completion", "created": 0, "model": MODEL}
        return {**head, "choices": [choice], "usage": self.usage(text)}

    def begin_stream(self) -> None:
        """The head of a stream."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()

    def piece(self, said: Any) -> None:
        """One event."""
        head = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": MODEL}
        self.wfile.write(b"data: " + json.dumps({**head, **said}).encode() + b"\n\n")
        self.wfile.flush()

    def reset(self) -> None:
        """End the connection so that the other side sees a reset."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
        self.close_connection = True

    def error(self, status: int, said: str, code: str, headers: dict[str, str] = {}) -> None:  # noqa: B006
        """A status with a body that says why."""
        self.json(status, {"error": {"message": said, "code": code, "type": "x"}}, headers)

    def json(self, status: int, body: Any, headers: dict[str, str] = {}) -> None:  # noqa: B006
        """A body of JSON."""
        said = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def odd_usage(self, body: dict[str, Any], text: str, count: Any) -> None:
        """An answer with a count of tokens that can't be."""
        self.usage = lambda _: {"prompt_tokens": count, "completion_tokens": 1, "total_tokens": 1}  # type: ignore[method-assign]
        self.whole(body, text)

    def raw(self, said: bytes, kind: str | None = None, packed: str = "") -> None:
        """Bytes as they are."""
        self.send_response(200)
        if packed:
            self.send_header("content-encoding", packed)
        self.send_header("content-type", kind or "application/json")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


class Quiet(ThreadingHTTPServer):
    """Says nothing of connections that break."""

    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing."""


def server(script: Script, port: int = 0) -> Quiet:
    """A server on loopback that follows a script."""
    return Quiet(("127.0.0.1", port), type("Scripted", (Handler,), {"script": script}))


@contextmanager
def serving(script: Script, port: int = 0) -> Iterator[str]:
    """The address of a server in a thread, as long as the context lasts."""
    made = server(script, port)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{made.server_port}/v1"
    finally:
        made.shutdown()
        made.server_close()
        thread.join()


if __name__ == "__main__":
    slow = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    with server(Script(delay_s=slow)) as program:
        Path(sys.argv[1]).write_text(str(program.server_port))
        program.serve_forever()
