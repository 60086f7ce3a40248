"""Traces looked into, converted and fetched; lists and versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from unstrand.keys import key
from unstrand.schema.run import Cell, Output, TraceChoice


@dataclass
class DatasetChoice:
    """Group ``fetch``: a public data set, its terms and addresses (docs/traces.md)."""

    name: str | None = key(None, "fetch: its name, and its folder's where folder says none")
    title: str | None = key(None, "fetch: what it is")
    page: str | None = key(None, "fetch: the publisher's page")
    licence: str | None = key(None, "fetch: the licence or terms of use")
    terms: str | None = key(None, "fetch: where these stand")
    citation: str | None = key(None, "fetch: what to cite")
    folder: str | None = key(None, "fetch: the folder below that of traces")
    files: list[Any] = key([], "fetch: [{url:…,path:…,sha256:…,bytes:…,unpack:[…],parts:…}]")
    sums: str | None = key(None, "fetch: the publisher's list of SHA-256 by path")
    by_hand: str | None = key(None, "fetch: how one gets it, where there is no address")
    note: str | None = key(None, "fetch: what else one should know")


@dataclass
class Download:
    """How patient a download is."""

    retries: int = key(5, "fetch: tries again that may gain nothing", at_least=0, at_most=1000)
    wait_s: float = key(1.0, "fetch: before the second try, then twice", at_least=0, at_most=60)
    timeout_s: float = key(30.0, "fetch: how long nothing may come", above=0, at_most=3600)


@dataclass
class Trace(Output):
    """Keys of ``unstrand trace``."""

    trace: TraceChoice = key(TraceChoice, "the trace, where no path or name is given before")
    cell: Cell = key(Cell, "machines of one's own")
    accept_licence: bool = key(False, "fetch: true says that you accept the terms that it shows")
    path: str | None = key(None, "fetch: the folder of traces; null: $UNSTRAND_DATA", path=True)
    files: list[str] = key([], "fetch: only these of its files; []: all")
    parts: int | None = key(
        None, "fetch: the first parts of tables that come in parts; null: all", at_least=1
    )
    fetch: DatasetChoice = key(DatasetChoice, "the public data set")
    download: Download = key(Download, "how patient a download is")


@dataclass
class List:
    """Keys of ``unstrand list``."""

    json: bool = key(False, "JSON on stdout and nothing else", outcome=False)
