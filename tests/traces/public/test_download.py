"""A download goes on where it broke, tries again what may pass, and takes only the file for it."""

from __future__ import annotations

import errno
import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from tests.traces.public.conftest import DATA, HALF, OTHER, Fetch, here, sha256
from tests.traces.public.server import Server
from traces import public
from traces.public import download, partial


@pytest.mark.parametrize("chunked", [False, True])
def test_a_download_that_is_cut_goes_on_where_it_stopped(
    server: Server, fetch: Fetch, tmp_path: Path, chunked: bool
) -> None:
    server.chunked = chunked
    url = server.put("data.csv", DATA, ("cut", HALF), ("cut", 1000))
    fetch(url)
    assert server.begins() == [None, f"bytes={HALF}-", f"bytes={HALF + 1000}-"]
    assert (tmp_path / "mine" / "data.csv").read_bytes() == DATA
    assert here(tmp_path) == ["data.csv", "fetched.json"]


def test_a_download_that_stalls_is_asked_for_anew(server: Server, fetch: Fetch) -> None:
    url = server.put("data.csv", DATA, ("stall", HALF))
    fetch(url, timeout_s=0.2)
    assert server.begins() == [None, f"bytes={HALF}-"]


def test_what_came_is_kept_for_a_later_call_and_never_under_the_final_name(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    url = server.put("data.csv", DATA, ("cut", HALF), 503)
    with pytest.raises(public.FetchFailure) as caught:
        fetch(url, retries=0)
    assert str(caught.value) == (
        f"{url}: the connection was cut (what came is kept: the same command goes on)"
    )
    assert here(tmp_path) == [".fetching/data.csv.part", ".fetching/data.csv.part.json"]
    fetch(url)
    assert server.begins()[-1] == f"bytes={HALF}-"
    assert (tmp_path / "mine" / "data.csv").read_bytes() == DATA


def test_a_file_that_changed_between_two_tries_is_not_mixed(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    url = server.put("data.csv", DATA, ("cut", HALF))
    with pytest.raises(public.FetchFailure):
        fetch(url, retries=0)
    server.put("data.csv", OTHER)
    fetch(url)
    assert server.begins() == [None, f"bytes={HALF}-"]
    assert (tmp_path / "mine" / "data.csv").read_bytes() == OTHER


def test_without_a_version_only_a_known_hash_lets_a_download_go_on(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    server.versions = False
    url = server.put("data.csv", DATA, ("cut", HALF))
    fetch(url)
    assert server.begins() == [None, None]
    (tmp_path / "mine" / "data.csv").unlink()
    server.put("data.csv", DATA, ("cut", HALF))
    fetch({"url": url, "sha256": sha256(DATA)})
    assert server.begins()[2:] == [None, f"bytes={HALF}-"]


def test_two_parts_of_different_files_are_found_out_and_fetched_from_the_beginning(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    server.versions = False
    url = server.put("data.csv", OTHER, ("cut", HALF), 500)
    stated = {"url": url, "sha256": sha256(DATA)}
    with pytest.raises(public.FetchFailure):
        fetch(stated, retries=0)
    server.put("data.csv", DATA)
    fetch(stated)
    assert (tmp_path / "mine" / "data.csv").read_bytes() == DATA
    assert server.begins()[-2:] == [f"bytes={HALF}-", None]


def test_a_server_without_ranges_sends_all_again(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    server.ranges = False
    url = server.put("data.csv", DATA, ("cut", HALF))
    fetch(url)
    assert len(server.asked) == 2
    assert (tmp_path / "mine" / "data.csv").read_bytes() == DATA


def test_a_server_that_says_no_length_is_taken_at_its_word(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    server.lengths = False
    told: list[tuple[int, int | None]] = []

    @contextmanager
    def watch(_path: str, _number: int, _count: int) -> Iterator[download.Tell]:
        yield lambda done, total: told.append((done, total))

    fetch(server.put("data.csv", DATA), watch=watch)
    assert (tmp_path / "mine" / "data.csv").read_bytes() == DATA
    assert told[0] == (0, None)
    assert told[-1] == (len(DATA), None)


def test_a_part_that_is_whole_already_is_taken(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    server.lengths = False
    url = server.put("data.csv", DATA, ("cut", HALF), 500)
    work = tmp_path / "mine" / ".fetching"
    work.mkdir(parents=True)
    (work / "data.csv.part").write_bytes(DATA)
    (work / "data.csv.part.json").write_text(json.dumps({"url": url, "version": None}))
    server.faults["data.csv"] = []
    fetch({"url": url, "sha256": sha256(DATA)})
    assert server.begins() == [f"bytes={len(DATA)}-"]
    assert here(tmp_path) == ["data.csv", "fetched.json"]


def test_a_part_that_is_longer_than_the_file_is_thrown_away(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    url = server.put("data.csv", DATA)
    work = tmp_path / "mine" / ".fetching"
    work.mkdir(parents=True)
    (work / "data.csv.part").write_bytes(DATA + b"more")
    (work / "data.csv.part.json").write_text(json.dumps({"url": url, "version": None}))
    fetch({"url": url, "sha256": sha256(DATA)})
    assert server.begins() == [f"bytes={len(DATA) + 4}-", None]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_busy_server_is_asked_again(server: Server, fetch: Fetch, status: int) -> None:
    url = server.put("data.csv", DATA, status, status)
    fetch(url)
    assert len(server.asked) == 3


def test_waits_double_and_heed_what_the_server_asks(server: Server, tmp_path: Path) -> None:
    waited: list[float] = []
    url = server.put("data.csv", DATA, 500, 500, ("status", 503, {"Retry-After": "7"}), 500)
    part = partial.Part(tmp_path / "data.csv")
    one = download.Downloader(
        part,
        public.Patience(retries=5, wait_s=1.0),
        lambda _done, _total: None,
        checked=False,
        sleep=waited.append,
    )
    one(url, str(tmp_path / "data.csv"), None)
    assert waited == [1, 2, 7, 8]
    assert (tmp_path / "data.csv").read_bytes() == DATA


class Refused(NamedTuple):
    """What is wrong with an answer, what is said of it, how often it is asked for."""

    fault: Any
    said: str
    asked: int


@pytest.mark.parametrize(
    "case",
    [
        Refused(404, "found 404 Not Found, expected the file", 1),
        Refused(403, "found 403 Forbidden, expected the file", 1),
        Refused(416, "found 416 Requested Range Not Satisfiable, expected the file", 1),
        Refused(("headers", {"Content-Type": "text/html; charset=utf-8"}), "found a web page", 1),
        Refused(("headers", {"Content-Encoding": "br"}), "found it encoded as br", 1),
        Refused(("status", 302, {"Location": "ftp://127.0.0.1/x"}), "No connection adapters", 1),
        Refused(("headers", {"Content-Length": str(10**18)}), "bytes free, expected 1,000,", 1),
    ],
    ids=lambda case: case.said[:24],
)
def test_an_answer_that_is_not_the_file_ends_it_in_one_line_and_leaves_nothing(
    server: Server, fetch: Fetch, tmp_path: Path, case: Refused
) -> None:
    url = server.put("data.csv", DATA, *[case.fault] * 9)
    with pytest.raises(public.FetchFailure, match=re.escape(case.said)) as caught:
        fetch(url)
    assert "\n" not in str(caught.value)
    assert len(server.asked) == case.asked
    assert not (tmp_path / "mine" / "data.csv").exists()


def test_a_way_that_leaves_https_is_refused() -> None:
    hop = SimpleNamespace(url="https://data.example/x", headers={})
    answer = SimpleNamespace(url="http://data.example/x", headers={}, history=[hop])
    with pytest.raises(public.FetchFailure, match="found a way that leaves https"):
        download._expect_the_file("https://data.example/x", answer)


def test_what_is_wrong_again_and_again_is_told_with_the_tries(server: Server, fetch: Fetch) -> None:
    url = server.put("data.csv", DATA, 500, 502, 500)
    with pytest.raises(public.FetchFailure, match=r"found 500 Internal.*, 3 tries in a row"):
        fetch(url)


def test_no_network_is_told_in_one_line(fetch: Fetch, tmp_path: Path) -> None:
    with socket.socket() as held:  # bound and not listening
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/data.csv"
        with pytest.raises(public.FetchFailure, match=f"^{url}: Connection refused, 3 tries"):
            fetch(url)
    with pytest.raises(public.FetchFailure, match="found no such host, or no network"):
        fetch("http://data.invalid/data.csv", retries=0)
    assert not (tmp_path / "mine").exists()


def test_a_full_disk_is_told_and_what_came_is_gone_on_with(
    server: Server, fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.put("data.csv", DATA)
    real = partial.Part.write

    def full(part: Any, file: Any, data: bytes) -> None:
        if file.tell() >= HALF:
            with partial._telling(part.path):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(part, file, data)

    monkeypatch.setattr(partial.Part, "write", full)
    with pytest.raises(public.FetchFailure, match="No space left on device"):
        fetch(url)
    monkeypatch.undo()
    assert len(server.asked) == 1
    fetch(url)
    assert server.begins()[1] is not None
    assert (tmp_path / "mine" / "data.csv").read_bytes() == DATA
