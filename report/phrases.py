"""The sentences and facts that sections share, in the same words wherever they stand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from report.fields import Fields
from report.folder import Folder
from report.intervals import Estimate
from report.table import decimal


def provenance(folders: Sequence[Folder]) -> tuple[tuple[str, str], ...]:
    """The line on every result: what was replayed, simulated, assumed over these folders."""
    lines = []
    for kind in ("replayed", "simulated", "assumed"):
        found: dict[str, None] = {}
        for folder in folders:
            found.update(dict.fromkeys(folder.summary.object("provenance").texts(kind)))
        lines.append((kind.capitalize(), ", ".join(found) or "nothing"))
    return tuple(lines)


def trace_title(folder: Folder) -> str:
    """The trace's name, with the role or file of its tasks where the configuration names one."""
    name = folder.summary.object("trace").text("name")
    chosen = folder.summary.optional_object("config").values.get("trace")
    if isinstance(chosen, dict):
        trace = Fields(folder.summary.file, chosen, "config.trace")
        role = trace.optional_text("role")
        if role is not None and not name.endswith(role):
            return f"{name} {role}"
        for key in ("tasks", "instance"):
            value = trace.values.get(key)
            if isinstance(value, str) and value:
                stem = trace.text(key).replace("\\", "/").rsplit("/", 1)[-1]
                return f"{name} ({stem.split('.')[0]})"
    return name


def told_apart(folder: Folder, keys: Sequence[str]) -> str:
    """What a sweep set for a job by these keys, in words; its folder's name where that is none."""
    said = [f"{key}={folder.overrides[key]}" for key in keys if key in folder.overrides]
    return ", ".join(said) or folder.name


def trace_fact(folder: Folder) -> str:
    """The data in one phrase: trace, tasks, machines, the first digits of its content hash."""
    trace = folder.summary.object("trace")
    tasks, machines = int(trace.number("tasks")), int(trace.number("machines"))
    return (
        f"{trace_title(folder)}: {tasks} tasks, {machines} machines, "
        f"content {trace.text('sha256')[:12]}"
    )


def facts_of_runs(folders: Sequence[Folder]) -> tuple[tuple[str, str], ...]:
    """Where the numbers come from: folders, version, start, time taken, configuration hash."""
    rows = []
    for folder in folders:
        summary = folder.summary
        parts = [f"unstrand {summary.text('version')}"]
        if (started := summary.optional_text("started")) is not None:
            parts.append(f"started {started}")
        if (elapsed := summary.optional_number("elapsed_s")) is not None:
            parts.append(f"took {decimal(elapsed, 1)} s")
        if (digest := summary.optional_text("config_sha256")) is not None:
            parts.append(f"configuration {digest[:12]}")
        rows.append((f"Folder {folder.name}", ", ".join(parts)))
    return tuple(rows)


def joined(names: Sequence[str]) -> str:
    """Names as a sentence lists them."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def configuration(folder: Folder) -> str:
    """The folder's configuration as JSON, keys sorted."""
    config = folder.summary.optional_object("config").values
    return json.dumps(config, indent=1, sort_keys=True, ensure_ascii=True)


def slug(text: str) -> str:
    """A name that can be part of a file's name and of an id; other names get other slugs."""
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in text)[:40]
    if plain == text:
        return plain
    return f"{plain}-{hashlib.sha256(text.encode('utf-8')).hexdigest()[:6]}"


def absolute(gain: Estimate) -> Estimate:
    """The estimate turned round where it is negative."""
    if gain.mean >= 0:
        return gain
    turned = None if gain.ci95 is None else (-gain.ci95[1], -gain.ci95[0])
    return Estimate(-gain.mean, gain.sd, gain.n, turned)


def opened(text: str) -> str:
    """The text as a sentence begins; names of heuristics keep their case."""
    return f"T{text[1:]}" if text.startswith("the ") else text


def percent(value: float, digits: int = 2) -> str:
    """A percentage whose sign stays on its line."""
    return f"{decimal(value, digits)}\N{NO-BREAK SPACE}%"


def mean_text(estimate: Estimate) -> str:
    """A percentage with half its interval, as in 95.35 % ± 0.15."""
    text = percent(estimate.mean)
    return text if estimate.half is None else f"{text} ± {decimal(estimate.half, 2)}"


def points_text(gain: Estimate, signed: bool = False) -> str:
    """A difference in points with its interval in brackets."""
    text = f"{decimal(gain.mean, 2, signed)} points"
    if gain.ci95 is None:
        return text
    low, high = (decimal(end, 2, signed) for end in gain.ci95)
    return f"{text} [{low},\N{NO-BREAK SPACE}{high}]"


def ends_text(value: Estimate) -> str:
    """An interval by itself, as it stands below a number."""
    if value.ci95 is None:
        return "no interval"
    low, high = (decimal(end, 2, True) for end in value.ci95)
    return f"{low} to {high}"


def verdict(gain: Estimate, paired: bool) -> str:
    """What the interval of a difference allows one to say."""
    if gain.ci95 is None:
        return "One seed: no interval, so chance is not ruled out."
    how = f"paired over {gain.n} seeds" if paired else "unpaired: the seeds differ"
    interval = f"{decimal(gain.ci95[0], 2)} to {decimal(gain.ci95[1], 2)}"
    told = "" if gain.excludes_zero else " It includes zero: these seeds do not tell them apart."
    return f"95 % interval of the difference: {interval} points ({how}).{told}"


def interval_ends(estimate: Estimate) -> dict[str, float]:
    """The numbers that a dot with its interval is drawn from."""
    low, high = estimate.ci95 or (estimate.mean, estimate.mean)
    return {"mean": round(estimate.mean, 4), "low": round(low, 4), "high": round(high, 4)}
