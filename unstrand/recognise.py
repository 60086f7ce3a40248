"""Which format a path on the command line holds, told by its files' names and first lines."""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import replace
from pathlib import Path

from unstrand.failure import ConfigurationError, nearest
from unstrand.schema import TraceChoice

_HEAD_BYTES = 1 << 16
_KINDS = r"(?:List|NodeList|PodList|Node|Pod)"
_KUBERNETES_JSON = re.compile(rf'"kind"\s*:\s*"{_KINDS}"')
_KUBERNETES_YAML = re.compile(rf"^(?:- |\s+)?kind:\s*[\"']?{_KINDS}[\"']?\s*$", re.M)
_NUMBER = re.compile(r">?\d+(?:\.\d+)?")
# time, missing info, job, index, machine, event type, user, class, priority
_GOOGLE_2011 = re.compile(r"\d+,[0-2]?,\d+,\d+,\d*,[0-8],[^,]*,\d*,\d+(?:,[\d.e-]*){4}$")
# Headerless tables of Alibaba's: how many columns they have, and which holds one of these words.
_OVER = ("running", "terminated", "failed", "waiting")
_ALIBABA = (
    ("pai2020", 10, 3, _OVER),
    ("alibaba2018", 9, 4, (*_OVER, "cancelled", "interrupted", "ready")),
    ("alibaba2018", 8, 4, ("started", "allocated", "stopped", "unknown")),
    ("alibaba2018", 7, 6, ("using",)),
)
# What comments of the Standard Workload Format say, and its 18 numbers by blanks.
_SWF = re.compile(
    r"^;\s*(?:MaxProcs|MaxNodes|MaxJobs|UnixStartTime)\s*:|^[ \t]*(?:-?[\d.]+[ \t]+){17}-?\d", re.M
)
_FITTED = re.compile(r"^(?:units|steps_s): \{", re.M)
# The files that a folder of a published trace holds.
_FOLDERS = (
    ("canonical", "tasks.*"),
    ("openb", "openb_pod_list_*.csv"),
    ("azure_v1", "vmtable*.csv*"),
    ("dlrm2025", "disaggregated_DLRM_trace.csv"),
    ("google2011", "task_events/part-*"),
    ("google2019", "instance_events*"),
    ("philly", "cluster_job_log*"),
    ("philly", "philly.csv*"),
    ("helios", "cluster_log.csv*"),
    ("swf", "*.swf*"),
    ("azure_packing", "packing_trace*.sqlite"),
    ("huawei", "Huawei-East-1.csv*"),
    ("spot2026", "job_info_df.csv*"),
    ("pai2020", "pai_task_table.csv*"),
    ("alibaba2018", "machine_meta.csv*"),
)


def recognise(word: str, choice: TraceChoice) -> TraceChoice:
    """The choice of trace that a path or a name means; what ``choice`` says of files is kept.

    Raises ConfigurationError where nothing stands at the path, or nothing known.
    """
    import traces

    path = Path(word)
    if word in traces.names() and not path.exists():
        return replace(choice, name=word)
    if choice.mapping is not None and path.exists():
        return replace(choice, name="mapping", path=str(path))
    if path.is_dir():
        return _folder(path, choice)
    if path.is_file():
        return _file(path, choice)
    raise ConfigurationError(
        f"trace: found no file or folder {word!r} and no trace of that name"
        f"{nearest(word, traces.names())}"
    )


def _folder(path: Path, choice: TraceChoice) -> TraceChoice:
    for name, pattern in _FOLDERS:
        if any(path.glob(pattern)):
            return replace(choice, name=name, path=str(path))
    inside = [item for item in path.iterdir() if item.is_file() and item.name != "fetched.json"]
    if len(inside) == 1:
        return _file(inside[0], choice)
    raise ConfigurationError(
        f"{path}: found no trace, expected tasks.parquet or tasks.csv (docs/traces.md), "
        "openb's openb_pod_list_*.csv, or one file; a single file is named itself"
    )


def _file(path: Path, choice: TraceChoice) -> TraceChoice:
    """By the name of a canonical table, else by how its text begins."""
    if path.stem.split(".")[0] in ("tasks", "machines"):
        return replace(choice, name="canonical", path=str(path.parent))
    head = _head(path)
    first = head.strip().split("\n", 1)[0].strip()
    columns = first.lower().split(",")
    named = {*columns}
    if {"cpu_milli", "num_gpu"} <= named:
        return replace(choice, name="openb", path=str(path.parent), tasks=str(path))
    if {"cpu_milli", "sn"} <= named:
        return replace(choice, name="openb", path=str(path.parent), nodes=str(path))
    if {"node_name", "gpu_capacity_num"} <= named:
        return replace(choice, name="spot2026", path=str(path.parent), nodes=str(path))
    name = _named(head, first, columns)
    if name is not None:
        return replace(choice, name=name, path=str(path))
    shown = "".join(char if char.isprintable() else "?" for char in first[:60])
    raise ConfigurationError(
        f"{path}: found {shown!r} as its first line, expected the columns of openb, azure_v1, "
        "dlrm2025 or bin_packing, a Kubernetes or Slurm dump, or tasks.csv or tasks.parquet; any "
        "other table is read by a mapping: trace.mapping=MAP.yaml (docs/your-cluster.md)"
    )


def _named(head: str, first: str, columns: list[str]) -> str | None:
    """The format whose one file begins so."""
    if {"instance", "size"} <= {*columns}:
        return "bin_packing"
    if {"instance_sn", "max_instance_per_node"} <= {*columns}:
        return "dlrm2025"
    if {"timestamp", "num_gpus", "gpu_time"} <= {*columns}:
        return "philly"
    if {"job_id", "node_num", "gpu_num"} <= {*columns}:
        return "helios"
    if len(columns) == 11 and all(_NUMBER.fullmatch(columns[place]) for place in (3, 4, 9, 10)):
        return "azure_v1"
    if head.startswith("SQLite format 3"):
        return "azure_packing"
    if {"vmid", "cpu", "memory", "time", "type"} <= {*columns}:
        return "huawei"
    if {"job_name", "gpu_model", "worker_num"} <= {*columns}:
        return "spot2026"
    for name, count, place, words in _ALIBABA:
        if len(columns) == count and columns[place] in words:
            return name
    if _GOOGLE_2011.match(first):
        return "google2011"
    if first.startswith("{") and '"collection_id"' in first and '"time"' in head:
        return "google2019"
    if first.startswith(("[", "{")) and '"attempts"' in head and '"jobid"' in head:
        return "philly"
    if len(_FITTED.findall(head)) == 2:
        return "fitted"
    if _SWF.search(head):
        return "swf"
    if "JobID|" in first or first.startswith("NodeName="):
        return "slurm"
    is_kubernetes = (_KUBERNETES_JSON if first.startswith(("{", "[")) else _KUBERNETES_YAML).search
    return "kubernetes" if "apiVersion" in head and is_kubernetes(head) else None


def _head(path: Path) -> str:
    """How the text begins, empty where it can't be read: the reader says what is wrong."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            return file.read(_HEAD_BYTES).decode("utf-8-sig", errors="replace")
    except (OSError, EOFError, zlib.error):
        return ""
