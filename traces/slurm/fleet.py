"""Nodes as machines: which classes a job may use, by its partitions and the GPU that it names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from traces import classes
from traces.classes import CLASSES_MAX, Classes
from traces.errors import TraceError
from traces.places import there
from traces.rows import Rows
from traces.slurm import scontrol
from traces.slurm.scontrol import Node

_WANT = ("Partition", "gpu_type")
Want = tuple[str | None, str | None]


@dataclass(frozen=True)
class Fleet:
    """The nodes, each one's class, the classes of each task and the node that it ran on."""

    file: Path
    nodes: Sequence[Node]
    names: Sequence[str | None]
    models: pl.Series
    placed: pl.Series
    assumed: tuple[str, ...]

    def machines(self, resources: Sequence[str]) -> Rows:
        """The nodes as machines."""
        columns = {
            "id": [node.name for node in self.nodes],
            "cpu": [float(node.cpu) for node in self.nodes],
            "mem": [node.mem / 1024 for node in self.nodes],
            "gpu": [float(node.gpus) for node in self.nodes],
            "model": self.names,
        }
        schema = {
            name: pl.String if name in ("id", "model") else pl.Float64
            for name in ("id", *resources, "model")
        }
        frame = pl.DataFrame({name: columns[name] for name in schema}, schema=schema)
        return Rows(str(self.file), 1, frame, text=False)


def read(path: Path, tasks: pl.DataFrame) -> Fleet:
    """Reads the nodes of these tasks (columns Partition, gpu_type, node). Raises TraceError."""
    nodes, gone = scontrol.read(there(path))
    wants: list[Want] = tasks.select(_WANT).unique().sort(_WANT).rows()
    masks = {want: _mask(want, nodes) for want in wants}
    made = _classes(path, nodes, masks)
    table = pl.DataFrame(
        [(*want, made.allowed(mask)) for want, mask in masks.items()],
        schema=dict.fromkeys((*_WANT, "models"), pl.String),
        orient="row",
    )
    joined = tasks.select(_WANT).join(
        table, on=_WANT, how="left", nulls_equal=True, maintain_order="left"
    )
    names = pl.Series([node.name for node in nodes])
    known = tasks["node"].is_in(names.implode()).fill_null(False)
    return Fleet(
        file=path,
        nodes=nodes,
        names=[made.name(number) for number in range(len(nodes))],
        models=joined["models"],
        placed=tasks.select(pl.when(known).then("node")).to_series(),
        assumed=tuple(_assumed(gone, tasks, masks, nodes)),
    )


def _mask(want: Want, nodes: Sequence[Node]) -> int:
    """The nodes of any of the partitions, and with GPUs of the sort that is asked for."""
    named = set(want[0].split(",")) if want[0] else None
    return sum(
        1 << number
        for number, node in enumerate(nodes)
        if (named is None or not named.isdisjoint(node.partitions))
        and (want[1] is None or want[1] in node.gpu_types)
    )


def _classes(path: Path, nodes: Sequence[Node], masks: dict[Want, int]) -> Classes:
    kinds = ["+".join(node.gpu_types) or ("gpu" if node.gpus else None) for node in nodes]
    titles = [min(node.partitions, default="node") for node in nodes]
    try:
        return classes.tell_apart(kinds, titles, masks.values())
    except classes.TooMany:
        raise TraceError(
            file=path,
            field="Partitions",
            found=f"partitions and GPUs that tell more than {CLASSES_MAX} classes of nodes apart",
            expected=f"at most {CLASSES_MAX}",
            hint="give the jobs of some partitions alone: sacct --partition=NAMES",
        ) from None


def _assumed(
    gone: Counter[str], tasks: pl.DataFrame, masks: dict[Want, int], nodes: Sequence[Node]
) -> Iterator[str]:
    if gone:
        states = ", ".join(f"{count} {state}" for state, count in gone.most_common())
        yield f"nodes left out as they can run nothing: {states}"
    nowhere = [want for want, mask in masks.items() if not mask]
    if nowhere:
        named = ", ".join(sorted({str(want[0]) for want in nowhere})[:5])
        yield f"jobs that no node is for (by partition or GPU): those of {named[:200]}"
    if any(node.gpus for node in nodes) and not tasks["gpu"].sum():
        yield "no GPU in ReqTRES though nodes have some (AccountingStorageTRES lacks gres/gpu?)"
