"""The rehearsal behind an OpenAI-compatible endpoint on loopback."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from evolve.llm.models import tokens
from evolve.llm.rehearsal import answer

NAME = "unstrand-embedded"
MOST_BYTES = 8 << 20
PIECE = 64  # characters of an answer that is streamed


class Server(ThreadingHTTPServer):
    """Answers chat completions on 127.0.0.1, whole or as a stream; port 0 takes a free one.

    fresh: a prompt that comes again is answered otherwise, as by a model that samples.
    """

    daemon_threads = True

    def __init__(self, port: int, seed: int, *, fresh: bool = False) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.seed, self.fresh = seed, fresh
        self.asked, self.counting = Counter[int](), threading.Lock()

    def turn(self, prompt: str) -> int:
        """How often a prompt came before; 0 where that is to make no difference."""
        if not self.fresh:
            return 0
        with self.counting:
            self.asked[hash(prompt)] += 1
            return self.asked[hash(prompt)] - 1

    @property
    def url(self) -> str:
        """What a client is given as base_url."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """The list of models."""
        if self.path.rstrip("/") != "/v1/models":
            self._refused(404, f"found no {self.path}")
            return
        model = {"id": NAME, "object": "model", "owned_by": "unstrand"}
        self._json(200, {"object": "list", "data": [model]})

    def do_POST(self) -> None:
        """A chat completion."""
        said = self.headers.get("content-length") or "0"
        size = int(said) if said.isdecimal() else 0
        if self.path.rstrip("/") != "/v1/chat/completions" or not 0 < size <= MOST_BYTES:
            self._refused(404, f"found no {self.path}, or no body of at most {MOST_BYTES:,} bytes")
            return
        try:
            asked = json.loads(self.rfile.read(size))
            prompt = "\n\n".join(_text(one["content"]) for one in asked["messages"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            self._refused(400, f"found a body that is no request: {type(error).__name__}")
            return
        text = answer(prompt, self.server.seed, self.server.turn(prompt))
        usage = {"prompt_tokens": tokens(prompt), "completion_tokens": tokens(text)}
        usage["total_tokens"] = sum(usage.values())
        name = str(asked.get("model") or NAME)
        with suppress(BrokenPipeError, ConnectionResetError):
            if asked.get("stream"):
                self._streamed(name, text, usage)
            else:
                message = {"role": "assistant", "content": text}
                choice = {"index": 0, "message": message, "finish_reason": "stop"}
                self._json(200, {**_head(name), "choices": [choice], "usage": usage})

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is said of a request."""

    def _streamed(self, name: str, text: str, usage: dict[str, int]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for event in _events(name, text, usage):
            self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def _refused(self, status: int, message: str) -> None:
        self._json(status, {"error": {"message": message, "type": "invalid_request_error"}})

    def _json(self, status: int, body: Any) -> None:
        said = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


def _events(name: str, text: str, usage: dict[str, int]) -> Iterator[dict[str, Any]]:
    head = {**_head(name), "object": "chat.completion.chunk"}
    for start in range(0, len(text), PIECE):
        delta = {"role": "assistant", "content": text[start : start + PIECE]}
        yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    yield {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    yield {**head, "choices": [], "usage": usage}


def _head(name: str) -> dict[str, Any]:
    return {"id": "chatcmpl-unstrand", "object": "chat.completion", "created": 0, "model": name}


def _text(content: Any) -> str:
    """A message's content, which may come in parts."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)
