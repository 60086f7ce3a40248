"""Files of a data set come whole and checked, or not at all; what is there is held to its hash."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

from tests.traces.public.conftest import DATA, OTHER, Fetch, here, noted, sha256
from tests.traces.public.server import Server
from traces import public


def test_a_file_of_a_stated_hash_comes_and_is_noted(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    url = server.put("d/data.csv", DATA)
    [one] = fetch({"url": url, "sha256": sha256(DATA)})
    assert one == public.Fetched("data.csv", url, len(DATA), sha256(DATA), True, "stated")
    assert (tmp_path / "mine" / "data.csv").read_bytes() == DATA
    assert here(tmp_path) == ["data.csv", "fetched.json"]
    entry = noted(tmp_path)["files"]["data.csv"]
    assert (entry["url"], entry["sha256"], entry["stated"]) == (url, sha256(DATA), True)
    assert noted(tmp_path)["licence"] == "CC0"


def test_what_is_there_is_not_asked_for_again_but_checked(server: Server, fetch: Fetch) -> None:
    url = server.put("data.csv", DATA)
    stated = {"url": url, "sha256": sha256(DATA)}
    fetch(stated)
    [one] = fetch(stated)
    assert (one.fetched, one.checked) == (False, "stated")
    assert len(server.asked) == 1


def test_the_first_download_of_an_unknown_hash_is_what_later_ones_are_held_to(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    url = server.put("data.csv", DATA)
    assert [one.checked for one in fetch(url)] == ["first"]
    assert [one.checked for one in fetch(url)] == ["recorded"]
    (tmp_path / "mine" / "data.csv").unlink()
    assert [(one.fetched, one.checked) for one in fetch(url)] == [(True, "recorded")]
    (tmp_path / "mine" / "data.csv").unlink()
    server.put("data.csv", OTHER)
    with pytest.raises(public.FetchFailure, match=f"found SHA-256 {sha256(OTHER)}, expected "):
        fetch(url)
    assert here(tmp_path) == ["fetched.json"]
    assert [one.checked for one in fetch(url, overwrite=True)] == ["first"]
    assert (tmp_path / "mine" / "data.csv").read_bytes() == OTHER


def test_a_file_that_was_changed_here_is_told_and_kept_until_overwrite(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    url = server.put("data.csv", DATA)
    place = tmp_path / "mine" / "data.csv"
    for entry in (url, {"url": url, "sha256": sha256(DATA)}):
        fetch(entry)
        place.write_bytes(b"mine")
        with pytest.raises(public.FetchError, match="overwrite=true fetches it anew") as caught:
            fetch(entry)
        assert not isinstance(caught.value, public.FetchFailure)
        assert place.read_bytes() == b"mine"
        fetch(entry, overwrite=True)
        assert place.read_bytes() == DATA


def test_a_file_that_was_put_there_by_hand_is_kept_and_said_to_be_unchecked(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    url = server.put("data.csv", DATA)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "data.csv").write_bytes(b"mine")
    [one] = fetch(url)
    assert (one.fetched, one.checked, one.sha256) == (False, "nothing", None)
    assert not server.asked


def test_overwrite_leaves_what_is_of_its_stated_hash(server: Server, fetch: Fetch) -> None:
    url = server.put("data.csv", DATA)
    for _ in range(2):
        fetch({"url": url, "sha256": sha256(DATA)}, overwrite=True)
    assert len(server.asked) == 1


def test_wrong_bytes_are_told_and_nothing_is_left(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    url = server.put("data.csv", OTHER)
    with pytest.raises(public.FetchFailure) as caught:
        fetch({"url": url, "sha256": sha256(DATA)})
    assert str(caught.value) == (
        f"{url}: found SHA-256 {sha256(OTHER)}, expected {sha256(DATA)}, as stated"
    )
    assert not (tmp_path / "mine").exists()
    assert len(server.asked) == 1


def test_a_folder_that_can_not_be_made_is_told(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text("a file")
    with pytest.raises(public.FetchError, match=r"mine.*: (File exists|Not a directory)"):
        fetch(server.put("data.csv", DATA))


def test_a_folder_that_may_not_be_written_is_told(
    server: Server, fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    real = Path.mkdir

    def refused(path: Path, *given: Any, **named: Any) -> None:  # root may write everywhere
        if path.name == ".fetching":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        real(path, *given, **named)

    monkeypatch.setattr(os, "makedirs", lambda path, **_named: refused(Path(path)))
    with pytest.raises(public.FetchFailure, match=r"mine/.fetching.*Permission denied"):
        fetch(server.put("data.csv", DATA))
    assert not server.asked


def test_a_second_fetch_into_a_folder_is_refused_while_one_is_at_work(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    hold = os.open(tmp_path / "mine", os.O_RDONLY)
    fcntl.flock(hold, fcntl.LOCK_EX)
    try:
        with pytest.raises(public.FetchError, match="found another fetch at work in it"):
            fetch(server.put("data.csv", DATA))
    finally:
        os.close(hold)
    assert not server.asked


def test_terms_come_before_anything_else(server: Server, tmp_path: Path) -> None:
    known = {"name": "mine", "licence": "CC0", "citation": "Mine, 2024"}
    one = public.dataset(known | {"files": [server.put("data.csv", DATA)]})
    with pytest.raises(public.FetchError, match=r"expected accept_licence=true, .*mine: CC0"):
        public.fetch(one, tmp_path, accept_licence=False)
    by_hand = public.dataset(known | {"by_hand": "ask them"})
    with pytest.raises(public.FetchError, match="expected it got by hand"):
        public.fetch(by_hand, tmp_path, accept_licence=True)
    assert not server.asked
    assert not list(tmp_path.iterdir())


def test_a_note_that_is_none_is_told(server: Server, fetch: Fetch, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "fetched.json").write_text('{"files": []}')
    with pytest.raises(public.FetchError, match=r"fetched.json: found something else"):
        fetch(server.put("data.csv", DATA))


def test_hashes_come_from_the_publishers_list(server: Server, fetch: Fetch, tmp_path: Path) -> None:
    first, second = (server.put(f"t/part-{n}.csv", DATA[n:]) for n in (0, 1))
    sums = f"{sha256(DATA)}  t/part-0.csv\n{sha256(OTHER)} *./t/part-1.csv\n"
    listed = server.put("SHA256SUM", sums.encode())
    parts = {"url": f"{server.url}/t/part-{{part}}.csv", "path": "t/part-{part}.csv", "parts": 2}
    with pytest.raises(public.FetchFailure, match=f"^{second}: found SHA-256 .*, as stated$"):
        fetch(parts, sums=listed)
    assert here(tmp_path) == ["SHA256SUM", "fetched.json", "t/part-0.csv"]
    assert noted(tmp_path)["files"]["t/part-0.csv"]["stated"]
    assert first.endswith("t/part-0.csv")


def test_without_pooch_the_extra_is_named(
    server: Server, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pooch", None)
    with pytest.raises(public.FetchError, match=r"pip install 'unstrand\[fetch\]'"):
        fetch(server.put("data.csv", DATA))
