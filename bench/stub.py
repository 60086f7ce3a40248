"""A language model's stand-in: answers at once over loopback, with another program each time."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bench.evaluator import FIRST

ANSWER = "<NAME>\nnext\n</NAME>\n<DESCRIPTION>\nAnother.\n</DESCRIPTION>\n```python\n{}```\n"
"""A full rewrite, as openevolve (the code block) and shinka (the tags too) ask for it."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    numbers = itertools.count(1)

    def do_POST(self) -> None:
        """One chat completion, whatever was asked."""
        self.rfile.read(int(self.headers["Content-Length"]))
        program = FIRST.replace("VALUE = 0", f"VALUE = {next(self.numbers)}")
        message = {"role": "assistant", "content": ANSWER.format(program)}
        said = {
            "id": "stub",
            "object": "chat.completion",
            "created": 0,
            "model": "stub",
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def answering() -> Iterator[str]:
    """The address of a server of chat completions, for as long as the context lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
