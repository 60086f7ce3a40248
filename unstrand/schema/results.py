"""What is done with a run that is there: ask, tell, serve, watch, export, track, report."""

from __future__ import annotations

from dataclasses import dataclass

from unstrand.keys import key
from unstrand.schema.run import MOST_SEED, Output


@dataclass
class Report(Output):
    """Keys of ``unstrand report``."""


@dataclass
class Answering:
    """Keys of the commands that open a run which is answered from outside."""

    contain: str = key(
        "lock", "as the run was begun with: its folder is not believed", choices=("lock", "process")
    )


@dataclass
class Ask(Answering):
    """Keys of ``unstrand ask``."""

    count: int = key(1, "how many tickets", at_least=1, at_most=1000)
    json: bool = key(False, "JSON on stdout and nothing else", outcome=False)


@dataclass
class Tell(Answering):
    """Keys of ``unstrand tell``."""

    workers: int = key(2, "candidates at a time", at_least=1, at_most=1024, outcome=False)
    json: bool = key(False, "JSON on stdout and nothing else", outcome=False)


@dataclass
class Mcp(Answering):
    """Keys of ``unstrand mcp``."""

    transport: str = key("stdio", "how clients talk to it", choices=("stdio", "http"))
    port: int = key(8000, "http: the port on 127.0.0.1; 0: a free one", at_least=0, at_most=65535)
    workers: int = key(2, "candidates at a time", at_least=1, at_most=1024, outcome=False)


@dataclass
class Export(Output):
    """Keys of ``unstrand export``."""

    test_share: float = key(
        0.1, "about the share of candidates that are for testing", at_least=0, at_most=0.9
    )
    seed: int = key(0, "which those are", at_least=0, at_most=MOST_SEED)


@dataclass
class Track:
    """Keys of ``unstrand track``."""

    uri: str | None = key(
        None, "where runs are kept, as sqlite:///mlflow.db; null: $MLFLOW_TRACKING_URI", path=True
    )
    into: str = key("unstrand", "the experiment of MLflow that they are put into")
    json: bool = key(False, "JSON on stdout and nothing else", outcome=False)


@dataclass
class Watch:
    """Keys of ``unstrand watch``."""

    port: int = key(0, "the port on 127.0.0.1; 0: a free one", at_least=0, at_most=65535)
    open: bool = key(False, "open the page in a browser")
    terminal: bool = key(False, "in this terminal, without a page; --terminal is the same")
    once: bool = key(False, "terminal: draw once, and end")
    json: bool = key(False, "how far it is as JSON on stdout, once, and nothing else")


@dataclass
class ServeProposer:
    """Keys of ``unstrand serve-proposer``."""

    port: int = key(0, "the port on 127.0.0.1; 0: a free one", at_least=0, at_most=65535)
    seed: int = key(0, "another seed answers otherwise", at_least=0, at_most=MOST_SEED)
    fresh: bool = key(False, "a prompt that comes again gets another answer each time")
