"""Of an archive only the files that are asked for stay, whole and checked."""

from __future__ import annotations

import io
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.traces.public.conftest import DATA, OTHER, Fetch, here, sha256
from tests.traces.public.server import Server
from traces import public


def tar(**members: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(f"./out/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        link = tarfile.TarInfo("./out/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return made.getvalue()


def zipped(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"out/{name}", data)
    return made.getvalue()


@pytest.mark.parametrize("pack", [tar, zipped])
def test_of_an_archive_only_its_members_stay(
    server: Server, fetch: Fetch, tmp_path: Path, pack: Any
) -> None:
    data = pack(usage=OTHER, jobs=DATA, nodes=b"two")
    url = server.put("all.archive", data)
    members = ["jobs", {"member": "out/nodes", "path": "list/nodes.csv", "sha256": sha256(b"two")}]
    entry = {"url": url, "unpack": members}
    assert [(one.path, one.checked) for one in fetch(entry)] == [
        ("jobs", "first"),
        ("list/nodes.csv", "stated"),
    ]
    assert here(tmp_path) == ["fetched.json", "jobs", "list/nodes.csv"]
    assert (tmp_path / "mine" / "jobs").read_bytes() == DATA
    assert [one.fetched for one in fetch(entry)] == [False, False]
    (tmp_path / "mine" / "jobs").unlink()
    assert [one.fetched for one in fetch(entry)] == [True, True]
    assert len(server.asked) == 2
    shutil.rmtree(tmp_path / "mine" / "list")
    server.put("all.archive", pack(jobs=OTHER, nodes=b"two"))
    with pytest.raises(public.FetchFailure, match=f"expected {sha256(data)}, as at the first"):
        fetch(entry)


@pytest.mark.parametrize(
    ("data", "member", "said"),
    [
        (tar(jobs=DATA), "nodes", "all.archive: found no nodes in it"),
        (tar(jobs=DATA), "link", "all.archive: found no link in it"),
        (zipped(jobs=DATA), "obs", "all.archive: found no obs in it"),
        (b"no archive", "jobs", "all.archive: found .*, expected an archive"),
        (tar(jobs=DATA)[:2000], "jobs", "all.archive: found .*, expected an archive"),
    ],
)
def test_an_archive_that_lacks_something_leaves_nothing_under_its_final_name(
    server: Server, fetch: Fetch, tmp_path: Path, data: bytes, member: str, said: str
) -> None:
    url = server.put("all.archive", data)
    with pytest.raises(public.FetchFailure, match=said):
        fetch({"url": url, "unpack": [member]})
    assert not [path for path in here(tmp_path) if not path.startswith(".fetching/")]


def test_a_member_of_another_hash_is_told(server: Server, fetch: Fetch) -> None:
    url = server.put("all.zip", zipped(jobs=DATA))
    member = {"member": "jobs", "sha256": sha256(OTHER)}
    with pytest.raises(public.FetchFailure, match=f"{sha256(DATA)} of jobs, expected "):
        fetch({"url": url, "unpack": [member]})
