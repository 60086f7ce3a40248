"""A dump's objects, one at a time: JSON or YAML as kubectl prints it, read as a stream.

An object has at most 1.5 MiB in a cluster's store, so one that goes on for 8 MiB is none, and
reading needs no more memory than that whatever the file's size. Aliases and tags, which kubectl
never writes, are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from traces.errors import TraceError
from traces.kubernetes import dump_json, dump_yaml
from traces.kubernetes.part import Item, Part
from traces.packed import head
from traces.places import there

EXPECTED = "a dump as kubectl get nodes,pods -A -o json or -o yaml prints it"
SUFFIXES = (".json", ".yaml", ".yml", ".json.gz", ".yaml.gz", ".yml.gz")
LISTS = ("List", "NodeList", "PodList")


def files(path: Path) -> list[Path]:
    """The file itself, or the dumps of a folder by name. Raises TraceError."""
    if not there(path).is_dir():
        return [path]
    found = sorted(item for item in path.iterdir() if item.name.endswith(SUFFIXES))
    if not found:
        raise TraceError(
            file=path, found=f"no file of {', '.join(SUFFIXES[:3])} or .gz", expected=EXPECTED
        )
    return found


def objects(path: Path) -> Iterator[Part]:
    """Each object of a file, of a list's items and else of its documents. Raises TraceError."""
    first = head(path, EXPECTED).lstrip()
    if not first:
        raise TraceError(file=path, found="an empty file", expected=EXPECTED)
    read = dump_json.objects if first.startswith((b"{", b"[")) else dump_yaml.objects
    for label, value in read(path, EXPECTED):
        part = Part(Item(path, label), "", value)
        if not isinstance(value, dict):
            raise part.wrong("an object with kind, metadata, spec, status")
        a_list = part.text("kind") in LISTS or "items" in value
        if label.endswith("]") or not a_list:
            yield part
        elif (items := part.part("items")) is not None and items.value != []:
            raise items.wrong("a list")
