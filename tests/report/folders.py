"""Plausible small result folders, written as the commands would, so that report stands alone."""

from __future__ import annotations

import json
import math
import random
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl

STRENGTH = {"fgd": 95.3, "best_fit": 93.2, "gpu_packing": 92.1, "dot_product": 91.4, "random": 84.0}


def half(sd: float, n: int) -> float:
    """Half a 95 % t-interval, by scipy's whole t distribution."""
    from scipy import stats

    return float(stats.t.ppf(0.975, n - 1)) * sd / math.sqrt(n)


def estimate(values: Sequence[float]) -> dict[str, Any]:
    """A mean with its interval as summaries hold it."""
    n = len(values)
    mean = sum(values) / n
    if n == 1:
        return {"mean": mean, "sd": None, "n": 1, "ci95": None}
    sd = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1))
    width = half(sd, n)
    return {"mean": mean, "sd": sd, "n": n, "ci95": [mean - width, mean + width]}


def summary(command: str, seeds: Sequence[int], results: list[dict[str, Any]]) -> dict[str, Any]:
    """A summary's common part."""
    return {
        "schema": 1,
        "command": command,
        "version": "0.1.0",
        "config": {"trace": {"name": "openb", "tasks": None}, "seeds": len(seeds)},
        "config_sha256": "ab" * 32,
        "trace": {
            "name": "openb",
            "sha256": "0123456789abcdef" * 4,
            "tasks": 8152,
            "machines": 1213,
            "span_s": 12902960,
        },
        "provenance": {
            "replayed": ["requests", "machines"],
            "simulated": ["order of arrival", "placement"],
            "assumed": ["no departures"],
        },
        "seeds": list(seeds),
        "started": "2026-01-01T00:00:00Z",
        "elapsed_s": 12.3,
        "timings_s": {
            "read": 0.4,
            "compile": 1.1,
            "simulate": 10.2,
            "decision_us": {result["heuristic"]: 7.9 + i for i, result in enumerate(results)},
        },
        "results": results,
    }


def write(folder: Path, content: Mapping[str, Any], name: str, rows: pl.DataFrame) -> Path:
    """The folder with its summary and one parquet."""
    folder.mkdir(parents=True)
    (folder / "summary.json").write_text(json.dumps(content), encoding="utf-8")
    rows.write_parquet(folder / name)
    return folder


def saturate(
    folder: Path,
    heuristics: Sequence[str] = ("random", "best_fit", "fgd"),
    seeds: Sequence[int] = range(4),
    resources: Sequence[str] = ("cpu", "gpu", "mem"),
    ties: str = "first",
    sha256: str | None = None,
    tasks: str | None = None,
) -> Path:
    """A saturation experiment: all follow the diagonal, then level off by their strength."""
    curve: list[dict[str, Any]] = []
    results = []
    for h, heuristic in enumerate(heuristics):
        top = STRENGTH.get(heuristic, 90.0 - h)
        for seed in seeds:
            luck = random.Random(seed).gauss(0, 0.2)
            own = random.Random(f"{heuristic} {seed}").gauss(0, 0.08)
            for offered in range(1, 131):
                for r, resource in enumerate(resources):
                    limit = (top + luck + own) * (1.0 if resource == "gpu" else 0.85 - 0.02 * r)
                    scale = 1.0 if resource == "gpu" else 0.8
                    level = limit * (1 - math.exp(-((offered * scale / limit) ** 6))) ** (1 / 6)
                    curve.append(
                        {
                            "heuristic": heuristic,
                            "seed": seed,
                            "offered_pct": offered,
                            "resource": resource,
                            "allocated_pct": level,
                            "frag_pct": 12 + 3 * math.sin(offered / 40) - top / 20
                            if resource == "gpu"
                            else None,
                        }
                    )
        results.append(_result(curve, heuristic, resources, ties, h))
    content = summary("saturate", seeds, results)
    if sha256 is not None:
        content["trace"]["sha256"] = sha256
    content["config"]["trace"]["tasks"] = tasks
    return write(folder, content, "curve.parquet", pl.DataFrame(curve, infer_schema_length=None))


def _result(
    curve: Sequence[Mapping[str, Any]],
    heuristic: str,
    resources: Sequence[str],
    ties: str,
    h: int,
) -> dict[str, Any]:
    def over_seeds(offered: int, resource: str, value: str) -> dict[str, Any]:
        return estimate(
            [
                row[value]
                for row in curve
                if row["heuristic"] == heuristic
                and row["offered_pct"] == offered
                and row["resource"] == resource
            ]
        )

    ratios = (50, 100, 130)
    fragmented = [resource for resource in resources if resource == "gpu"]
    return {
        "heuristic": heuristic,
        "ties": ties,
        "offered_pct": 130.0,
        "placed": 7800.5 - h,
        "rejected": 1200.25 + h,
        "used_machines": 1213.0,
        "empty_machines_pct": 0.0,
        "alloc_pct_at": {
            str(ratio): {r: over_seeds(ratio, r, "allocated_pct") for r in resources}
            for ratio in ratios
        },
        "frag_pct_at": {
            str(ratio): {r: over_seeds(ratio, r, "frag_pct") for r in fragmented}
            for ratio in ratios
        },
    }


def replay(
    folder: Path,
    heuristics: Sequence[str] = ("best_fit", "fgd"),
    seed: int = 0,
    conflicts: int | None = None,
) -> Path:
    """A replay of two days, sampled every ten minutes."""
    samples: list[dict[str, Any]] = []
    results = []
    for h, heuristic in enumerate(heuristics):
        luck = random.Random(f"{heuristic} {seed}")
        for i in range(500):
            for resource in ("cpu", "gpu"):
                samples.append(
                    {
                        "heuristic": heuristic,
                        "time_s": 600.0 * i,
                        "running": 4000 + i % 50,
                        "pending": max(0, int(20 * math.sin(i / 30))) + h,
                        "placed": 20 * i,
                        "rejected": i // 40,
                        "resource": resource,
                        "allocated_pct": 80 + 5 * math.sin(i / 40) + luck.gauss(h, 0.3),
                        "frag_pct": 9 - h + luck.gauss(0, 0.2) if resource == "gpu" else None,
                    }
                )
        results.append(
            {
                "heuristic": heuristic,
                "ties": "first",
                "queue": "fifo",
                "load": 0.9,
                "machines": 300,
                "placed": 9980,
                "rejected": 12,
                "queued": 40,
                **({} if conflicts is None else {"conflicts": conflicts}),
                "pending_at_end": 3,
                "queueing_mean_s": 4.25,
                "queueing_p50_s": 0.0,
                "queueing_p99_s": 61.5,
                "used_machines": 300,
                "empty_machines_pct": 0.0,
                "resources": {
                    "gpu": {"allocated_pct": 80.5 + h + 0.1 * seed, "frag_pct": 9.0 - h},
                    "cpu": {"allocated_pct": 71.25 - h, "frag_pct": None},
                },
                "ticks_raised": 2,
            }
        )
    content = summary("replay", [seed], results)
    return write(
        folder, content, "samples.parquet", pl.DataFrame(samples, infer_schema_length=None)
    )


SOURCE = '''def score(required, free, frag, *, alpha=0.5):
    """Mutated <fgd> & friends."""
    return -frag.gain.gpu + alpha * (free.cpu < required.cpu * 2)
'''


TABLES = """
CREATE TABLE run (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE candidate (number INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE verdict (key TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE event (id INTEGER PRIMARY KEY, number INTEGER, kind TEXT, body TEXT, at_s REAL);
"""
PARENT = "def score(free):\n    return -free.gpu  # the <parent>\n"


def journal(
    folder: Path,
    candidates: Sequence[Mapping[str, Any]],
    verdicts: Mapping[str, Mapping[str, Any]],
    opened: int | None = None,
) -> None:
    """A search's journal: proposals with what came of them (`status`, `score`), and verdicts."""
    with closing(sqlite3.connect(folder / "run.sqlite")) as base, base:
        base.executescript(TABLES)
        for number, one in enumerate(candidates):
            body = {
                "number": number,
                "generation": one.get("generation", 0),
                "parents": one.get("parents", []),
                "operator": one["operator"],
                "proposer": one.get("proposer", "embedded"),
                "source": one.get("source", PARENT),
            }
            base.execute("INSERT INTO candidate VALUES (?, ?)", (number, json.dumps(body)))
            taken = json.dumps({"status": one["status"], "score": one.get("score")})
            base.execute(
                "INSERT INTO event (number, kind, body) VALUES (?, 'taken', ?)", (number, taken)
            )
        for key, verdict in verdicts.items():
            base.execute("INSERT INTO verdict VALUES (?, ?)", (key, json.dumps(verdict)))
        said = json.dumps({"arena": "test", "candidates": opened or len(candidates)})
        base.execute("INSERT INTO event (number, kind, body) VALUES (-1, 'opened', ?)", (said,))


def proposals(count: int) -> list[dict[str, Any]]:
    """Three seeds, and what a search makes of them: steps, and every kind of failure."""
    luck, best = random.Random(1), 0.0
    out: list[dict[str, Any]] = []
    for i in range(count):
        one: dict[str, Any] = {"operator": ("tune", "add_term", "combine")[i % 3]}
        score = 95.9 - 6 * luck.random() * math.exp(-i / 150)
        if i < 3:
            one = {"operator": ("best_fit", "cosine", "fgd")[i], "proposer": "shipped"}
            one |= {"status": "new", "score": score}
        elif i % 17 == 3:
            one |= {"status": ("not_finite", "lookup")[i % 2]}
        elif i % 5 == 2:
            one |= {"status": ("lost", "known")[i % 2]}
        else:
            one |= {"status": "improved" if score > best else "beaten", "score": score}
        if i >= 3:
            parents = [(i - 1) // 2, (i - 1) // 3]
            one["parents"] = list(dict.fromkeys(parents))[: 1 + (i % 3 == 2)]
            one["generation"] = 1 + max(out[p].get("generation", 0) for p in one["parents"])
        best = max(best, one.get("score") or 0.0)
        out.append(one)
    return out


def evolve(
    folder: Path,
    candidates: int = 300,
    null: str | None = None,
    ahead: float = 0.3,
    seed: int = 0,
) -> Path:
    """A search that finds a little more than FGD on the list searched and on most others."""
    luck, shared = random.Random(f"1 {null}"), random.Random(1)
    tried = proposals(candidates)
    winner = max(
        (i for i, one in enumerate(tried) if one["status"] in ("new", "improved")),
        key=lambda i: tried[i]["score"],
    )
    tried[winner]["source"] = SOURCE.replace("alpha * ", "1.0 * alpha * ")
    test, draws = {}, []
    for k, name in enumerate(("default", "cpu250", "gpushare100", "gpuspec33", "multigpu50")):
        fgd = [95.0 - k + shared.gauss(0, 0.2) for _ in range(10)]
        champion = [value + ahead - 0.1 * k + luck.gauss(0, 0.2) for value in fgd]
        best_fit = [value - 2 + luck.gauss(0, 0.2) for value in fgd]
        test[name] = {
            "champion": estimate(champion),
            "best_fit": estimate(best_fit),
            "fgd": estimate(fgd),
            "champion_minus_best_fit": minus(champion, best_fit),
            "champion_minus_fgd": minus(champion, fgd),
        }
        draws = draws or champion
    result = {
        "heuristic": "champion",
        "measured": "allocated_pct",
        "resource": "gpu",
        "baseline": None,
        "best_shipped": "fgd",
        "null": null,
        "source": SOURCE,
        "candidate": winner,
        "candidates": candidates,
        "nodes": {"found": 25, "kept": 21},
        "operations": 120,
        "train": {"mean": tried[winner]["score"], "seeds": [1_000_000, 1_000_001]},
        "validation": estimate([95.1, 95.4]) | {"finalists": 8, "seeds": [2_000_000, 2_000_001]},
        "fresh": {
            "champion": estimate([95.2, 95.0, 95.3]),
            "fgd": estimate([95.0, 95.0, 95.2]),
            "champion_minus_fgd": minus([95.2, 95.0, 95.3], [95.0, 95.0, 95.2]),
        },
        "test_seeds": list(range(10)),
        "test": test,
        "ablation": [{"term": "free.cpu < 2", "costs": 0.25}, {"term": "-frag", "costs": None}],
        "archive": [
            {
                "candidate": i,
                "island": i % 3,
                "score": one["score"],
                "emptier": (i * 7 % 100) / 99,
                "complexity": float(20 + i % 141),
            }
            for i, one in enumerate(tried)
            if one["status"] in ("new", "improved")
        ],
    }
    content = summary("evolve", range(4), [result])
    content["config"] |= {
        "problem": {"name": "p", "kind": "saturation"},
        "archive": {"measures": ["emptier", "complexity"], "cells": [8, 8]},
        "candidates": candidates,
        "minutes": None,
        "seed": seed,
    }
    folder.mkdir(parents=True)
    (folder / "summary.json").write_text(json.dumps(content), encoding="utf-8")
    verdicts = {
        f"train:{winner}": {"values": [90.0, 95.8, 95.9], "goodput": [0.0] * 3},
        f"validation:None:False:{SOURCE}": {"values": [95.1, 95.4], "goodput": [0.0] * 2},
        f"test:None:False:{SOURCE}": {"values": draws, "goodput": [0.0] * 10},
    }
    journal(folder, tried, verdicts)
    return folder


def minus(ours: Sequence[float], theirs: Sequence[float]) -> dict[str, Any]:
    """The paired difference as summaries hold it."""
    return estimate([a - b for a, b in zip(ours, theirs, strict=True)])


def evolve_packing(folder: Path) -> Path:
    """A search for fewer bins, on published instances and on another capacity."""
    content = json.loads((evolve(folder) / "summary.json").read_text())
    champion, best_fit = [-0.7, -0.6, -0.5], [-4.0, -3.9, -4.1]
    minus = estimate([a - b for a, b in zip(champion, best_fit, strict=True)])
    entry = {
        "champion": estimate(champion),
        "best_fit": estimate(best_fit),
        "champion_minus_best_fit": minus,
    }
    content["results"][0] |= {
        "measured": "minus_excess_pct",
        "resource": "size",
        "best_shipped": "best_fit",
        "fresh": entry,
        "test": {"default": entry, "capacity 150": entry, "capacity 300": entry},
        "test_ties_random": {"default": entry},
    }
    (folder / "summary.json").write_text(json.dumps(content))
    return folder


def evolve_recovery(
    folder: Path,
    lists: Mapping[str, Mapping[str, tuple[float, float]]] | None = None,
    rules: Mapping[str, float] | None = None,
    resource: str = "gpu",
    pairs: int = 8,
) -> Path:
    """A search for recovery over best_fit: points and goodput of each heuristic, list by list.

    `rules`: the champion's points on the searched list under the other tie rules.
    """
    lists = lists or {
        "default": {"champion": (0.9, 0.3), "fgd": (1.2, 0.1)},
        "cpu050": {"champion": (1.0, 0.2), "fgd": (0.2, 0.1)},
        "gpuspec10": {"champion": (-0.8, -0.9), "fgd": (-0.1, -0.8)},
    }
    rules = {"random": 0.8, "rounded": -0.3} if rules is None else rules
    content = json.loads((evolve(folder) / "summary.json").read_text())
    luck = random.Random(2)

    def drawn(mean: float) -> list[float]:
        return [mean + luck.gauss(0, 0.1) for _ in range(pairs)]

    def compared(values: Mapping[str, Sequence[float]]) -> dict[str, Any]:
        zero = [0.0] * pairs
        every = {"best_fit": zero, **values}
        return {name: estimate(of) for name, of in every.items()} | {
            f"champion_minus_{name}": estimate(
                [a - b for a, b in zip(values["champion"], of, strict=True)]
            )
            for name, of in every.items()
            if name != "champion"
        }

    (result,) = content["results"]
    result |= {
        "measured": "recovered_pct",
        "resource": resource,
        "baseline": "best_fit",
        "validation": estimate(drawn(1.1)) | {"finalists": 8, "seeds": [2_000_000]},
        "test": {
            name: compared({key: drawn(points) for key, (points, _) in of.items()})
            for name, of in lists.items()
        },
        "goodput_delta_points": {
            name: {"best_fit": estimate([0.0] * pairs)}
            | {key: estimate(drawn(gained)) for key, (_, gained) in of.items()}
            for name, of in lists.items()
        },
        **{
            f"test_ties_{rule}": {"default": compared({"champion": drawn(mean)})}
            for rule, mean in rules.items()
        },
    }
    del result["fresh"], result["best_shipped"]
    content["config"]["problem"] = {
        "kind": "recovery",
        "train": {"machines": 300, "load": 0.9, "cell": {"machines": []}},
        "validation": {"machines": None, "load": 0.8, "cell": {"machines": [{"count": 200}]}},
        "test": {"machines": 300, "load": None},
    }
    (folder / "summary.json").write_text(json.dumps(content), encoding="utf-8")
    measured = {
        f"train:{result['candidate']}": {"values": [9.0, 1.4, 1.6], "goodput": [0.0] * 3},
        f"validation:None:False:{SOURCE}": {"values": [1.2, 1.5], "goodput": [0.2, 0.1]},
    }
    with closing(sqlite3.connect(folder / "run.sqlite")) as base, base:
        base.execute("DELETE FROM verdict")
        for key, verdict in measured.items():
            base.execute("INSERT INTO verdict VALUES (?, ?)", (key, json.dumps(verdict)))
    return folder
