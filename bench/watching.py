"""The live view's pages over a long search, processor time of the server alone.

Beside each stands what it would take to read the whole journal for every page. The journal is made
here: programs of some forty lines, one in twenty with its prompt, a hundred kept.
"""

from __future__ import annotations

import json
import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from bench.measure import Effort, Row, processor_seconds
from evolve.journal import NAME, TABLES, VERSION
from report.live import pages
from report.live.index import Index

CANDIDATES = 20_000
TARGET_MS = 50.0
SETTINGS = {"archive": {"measures": ["emptier", "complexity"], "cells": [8, 8]}}
LINE = "    mine = free.cpu * {weight:.4f} - required.gpu * total.mem\n"


def rows(effort: Effort) -> Iterator[Row]:
    count = effort.some(CANDIDATES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder, 0, count)
        index = Index(folder)
        repeats = max(effort.repeats, 3)
        anew = 1000 * processor_seconds(lambda: Index(folder), repeats)
        yield Row("live view", f"read {count:,} candidates, once", "ms", anew)
        shown: dict[str, Callable[[], object]] = {
            "the first page": lambda: pages.overview(index),
            "50 of the list": lambda: pages.candidates(index, pages.ALL, "newest", 7),
            "one candidate": lambda: pages.candidate(index, count - count % 20 - 13),
        }
        for what, page in shown.items():
            taken = 1000 * processor_seconds(page, repeats)
            note = f"at {count:,} candidates; plain: all read anew for it"
            yield Row("live view", what, "ms", taken, anew + taken, TARGET_MS, note)
        at = count

        def more() -> None:
            nonlocal at
            _write(folder, at, at + 10)
            at += 10

        writing = processor_seconds(more, repeats)

        def grown() -> None:
            more()
            index.read()

        taken = 1000 * max(0.0, processor_seconds(grown, repeats) - writing)
        yield Row("live view", "ten new candidates read", "ms", taken, anew, TARGET_MS)


def _write(folder: Path, first: int, end: int) -> None:
    """Candidates as a search writes them, from a number on."""
    luck = random.Random(first)
    with closing(sqlite3.connect(folder / NAME)) as base, base:
        if first == 0:
            base.execute("PRAGMA journal_mode=WAL")
            base.executescript(TABLES)
            base.execute(f"PRAGMA user_version = {VERSION}")
            base.execute("INSERT INTO run VALUES ('settings', ?)", (json.dumps(SETTINGS),))
        for number in range(first, end):
            lines = [LINE.format(weight=luck.random()) for _ in range(luck.randrange(20, 60))]
            candidate = {
                "number": number,
                "island": number % 3,
                "generation": number // 100,
                "parents": [luck.randrange(max(0, number - 500), number)] if number else [],
                "operator": luck.choice(("tune", "add_term", "combine")),
                "proposer": "llm",
                "source": f"def score(required, free, total):\n{''.join(lines)}    return mine\n",
                "size": luck.randrange(10, 300),
            }
            kept = number % (end // 100 or 1) == 0
            score = luck.random() + number / end if kept or number % 3 else None
            taken = {"status": "improved" if kept else "beaten" if score else "lost"}
            verdict = {
                "values": [luck.random() for _ in range(8)],
                "goodput": [0.1] * 8,
                "behaviour": {"emptier": luck.random(), "balance": 0.2, "mark": ""},
                "whole": True,
            }
            key, said = f"train:{number}", json.dumps({**taken, "score": score})
            base.execute("INSERT INTO candidate VALUES (?, ?)", (number, json.dumps(candidate)))
            base.execute("INSERT INTO verdict VALUES (?, ?)", (key, json.dumps(verdict)))
            base.execute(
                "INSERT INTO event (number, kind, body, at_s) VALUES (?, 'taken', ?, ?)",
                (number, said, 0.7 * number),
            )
            if number % 20 == 7:
                messages = [{"role": "user", "content": "what is asked\n" * 500}]
                body = {"messages": messages, "reply": {"text": candidate["source"]}}
                base.execute(
                    "INSERT INTO exchange VALUES (?, 'answer', ?)", (number, json.dumps(body))
                )
