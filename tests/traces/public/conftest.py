"""Fetching from a server on loopback."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.traces.public.server import Server, serving
from traces import public

Fetch = Callable[..., list[public.Fetched]]

DATA = bytes(range(256)) * 4096  # a MiB
HALF = len(DATA) // 2
OTHER = DATA[::-1]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def here(home: Path) -> list[str]:
    """All files below the data set's folder, parts and notes as well."""
    folder = home / "mine"
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def noted(home: Path) -> dict[str, Any]:
    """What ``fetched.json`` says."""
    made: dict[str, Any] = json.loads((home / "mine" / "fetched.json").read_text())
    return made


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as one:
        yield one


@pytest.fixture
def fetch(tmp_path: Path) -> Fetch:
    """Fetches a data set ``mine`` of these files into ``tmp_path``, with no wait between tries."""

    def run(*files: Any, sums: str | None = None, **options: Any) -> list[public.Fetched]:
        known = {"name": "mine", "licence": "CC0", "citation": "Mine, 2024", "sums": sums}
        tries = {"retries": options.pop("retries", 2), "timeout_s": options.pop("timeout_s", 10)}
        return public.fetch(
            public.dataset(known | {"files": list(files)}),
            tmp_path,
            accept_licence=True,
            patience=public.Patience(wait_s=0, **tries),
            **options,
        )

    return run
