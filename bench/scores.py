"""An evaluator for other loops: a problem's score of a program, over loopback.

What is posted is checked, contained and scored on all draws of train, as a candidate of ours is.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import evolve
from bench.asking_evaluator import REJECTED
from evolve.archive import Archive
from evolve.evaluate import Evaluators, Job
from evolve.past import Past
from evolve.screen import Screen
from sim.arenas.behaviour import Grid
from sim.arenas.racing import Race
from sim.contain.lock import missing


class Scoring:
    """Scores sources as often as it is asked."""

    def __init__(self, problem: evolve.Problem, workers: int) -> None:
        self.problem = problem
        self.screen = Screen(problem, Past(Archive(Grid(), 1, 1)))
        limits = evolve.Limits(locked=not missing())
        self.evaluators = Evaluators({"train": problem.train}, limits, workers)
        self.race = Race(Grid(), 0, problem.margin, problem.first)

    def score(self, source: str) -> float:
        """Its worth on train, or `REJECTED`."""
        if self.screen.fault(source):
            return REJECTED
        found = self.evaluators.submit(Job(source, "posted", "train", race=self.race)).result()
        if not found.whole or found.behaviour is None or found.behaviour.mark:
            return REJECTED
        first = self.problem.first
        return self.problem.worth(found.values[first:], found.goodput[first:])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    scoring: Scoring

    def do_POST(self) -> None:
        """A source's score."""
        source = self.rfile.read(int(self.headers["Content-Length"])).decode()
        body = json.dumps(self.scoring.score(source)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def scoring(problem: evolve.Problem, workers: int, first: str) -> Iterator[tuple[str, float]]:
    """The address of a server of scores, and what the first program, that warms it up, scores."""
    made = Scoring(problem, workers)
    with closing(made.evaluators):
        start = made.score(first)
        handler = type("Handler", (_Handler,), {"scoring": made})
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/", start
            finally:
                server.shutdown()
                thread.join()
