"""A run watched as a user watches it: a server of its own on loopback, a terminal, a browser."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests import browsing, journals

from .conftest import Run, command, environment

PATIENCE_S = 60


@contextmanager
def watched(folder: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """The port and the process of a server over a run."""
    with subprocess.Popen(
        [*command(), "watch", str(folder)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline()
            assert address.startswith("http://127.0.0.1:"), server.communicate()[1]
            yield int(address.rstrip("/\n").rpartition(":")[2]), server
        finally:
            with suppress(ProcessLookupError):
                server.terminate()


def got(port: int, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    """An answer, read."""
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    asked.request(method, path, headers=headers)
    answer = asked.getresponse()
    answer.text = answer.read().decode()  # type: ignore[attr-defined]
    asked.close()
    return answer


def text(answer: Any) -> str:
    return str(answer.text)


def test_a_server_shows_a_run_to_this_machine_alone(tmp_path: Path) -> None:
    journals.written(tmp_path / "run")
    with watched(tmp_path / "run") as (port, server):
        page = got(port, "/")
        assert page.status == 200
        assert "12 of 50" in text(page)
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in page.headers
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port + 1}"):
            answer = got(port, "/candidates", Host=host)
            assert answer.status == 421, host
            assert "candidate" not in text(answer)
        assert got(port, "/", Host=f"localhost:{port}").status == 200
        assert got(port, "/events", Origin="http://evil.example").status == 403
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            assert got(port, "/", method).status == 405
        for path in ("/candidates?page=x&outcome=%3Cb%3E", "/candidate/3", "/live.js", "/live.css"):
            assert got(port, path).status == 200, path
        for path in ("/candidate/99", "/candidate/-1", "/candidate/1e3", "/candidate/" + "9" * 40):
            assert got(port, path).status == 404, path
        for path in ("/..%2frun.sqlite", "/templates/live.js", "/nothing"):
            assert got(port, path).status == 404, path
        server.send_signal(signal.SIGINT)
        _, said = server.communicate(timeout=PATIENCE_S)
    assert server.returncode == 130
    assert said.splitlines()[-1] == "unstrand: interrupted"
    assert "Traceback" not in said


def test_new_candidates_are_told_to_who_listens(tmp_path: Path) -> None:
    journal = journals.begin(tmp_path)
    journals.take(journal, 0)
    with watched(tmp_path) as (port, server):
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        asked.request("GET", "/events")
        stream = asked.getresponse()
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        assert stream.readline() == b"retry: 2000\n"
        assert "Under way" in text(got(port, "/"))  # this process holds the journal
        journals.take(journal, 1)

        def told() -> dict[str, Any]:
            while not (line := stream.readline()).startswith(b"data: "):
                assert line
            return dict(json.loads(line.removeprefix(b"data: ")))

        message = told()
        while message["taken"] < 2:  # what came before the row was whole
            message = told()
        assert message["candidates"] == [{"number": 1, "outcome": "improved", "score": 91.0}]
        assert message["best"] == {"number": 1, "score": 91.0}
        journal.close()
        while message["goes_on"]:
            message = told()
        assert "Not under way" in text(got(port, "/"))
        server.send_signal(signal.SIGINT)  # a stream that is open does not hold it up
        assert server.wait(timeout=PATIENCE_S) == 130
        asked.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.sqlite"]


def test_a_page_that_was_away_is_told_what_it_missed(tmp_path: Path) -> None:
    journals.written(tmp_path, 9)
    with watched(tmp_path) as (port, _):
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        asked.request("GET", "/events", headers={"Last-Event-ID": "7"})
        stream = asked.getresponse()
        lines = iter(stream.readline, b"")
        data = next(line for line in lines if line.startswith(b"data: "))
        asked.close()
    missed = json.loads(data.removeprefix(b"data: "))["candidates"]
    assert [one["number"] for one in missed] == [7, 8]


def test_a_terminal_shows_it_once_where_there_is_none(unstrand: Run, tmp_path: Path) -> None:
    journals.written(tmp_path / "run")
    for words in (["--terminal"], ["terminal=true", "once=true"]):
        done = unstrand("watch", "run", *words)
        assert done.returncode == 0, done.stderr
        assert "Budget that it began with: 12 of 50" in done.stdout
        assert "The best comes from: 8 ← 7" in done.stdout
        assert "\x1b" not in done.stdout
    told = json.loads(unstrand("watch", "run", "json=true").stdout)
    assert told["taken_in"] == 12
    assert not told["under_way"]


def test_a_terminal_follows_a_run_until_interrupted(tmp_path: Path) -> None:
    journal = journals.begin(tmp_path)
    journals.take(journal, 0)
    screen, terminal = os.openpty()
    with subprocess.Popen(
        [*command(), "watch", str(tmp_path), "--terminal"],
        env=environment(TERM="xterm", COLUMNS="100", LINES="60"),
        stdout=terminal,
        stderr=subprocess.PIPE,
        text=True,
    ) as shown:
        os.close(terminal)
        seen = b""

        def until(word: bytes) -> None:
            nonlocal seen
            while word not in seen:
                seen += os.read(screen, 1 << 16)

        until(b"90.000")
        journals.take(journal, 1)
        until(b"91.000")
        shown.send_signal(signal.SIGINT)
        with suppress(OSError):  # the end of a terminal
            while os.read(screen, 1 << 16):
                pass
        assert shown.wait(timeout=PATIENCE_S) == 130
    os.close(screen)
    journal.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "watch: found no run, expected its folder"),
        (["missing"], "missing: found nothing, expected the folder of a search"),
        (["empty"], "empty/run.sqlite: found nothing, expected the journal of a search"),
        (["run", "run"], "watch: found 'run', expected one run"),
        (["linked"], "linked/run.sqlite: found a symbolic link"),
        (["run", "port=70000"], "port: found 70000"),
        (["run", "--terminl"], "unknown option '--terminl'; did you mean '--terminal'?"),
        (["run", "-m", "port=1,2"], "watch can't be swept"),
    ],
)
def test_what_can_t_be_watched_is_refused_in_one_line(
    unstrand: Run, tmp_path: Path, words: list[str], said: str
) -> None:
    journals.written(tmp_path / "run", 1)
    (tmp_path / "empty").mkdir()
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked/run.sqlite").symlink_to(tmp_path / "run/run.sqlite")
    done = unstrand("watch", *words)
    assert done.returncode == 2
    assert not done.stdout
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture
def browser() -> Iterator[Any]:
    with browsing.chromium() as opened:
        yield opened


def look(browser: Any, port: int, paths: list[str], width: int, dark: bool) -> None:
    """Open pages, and expect no error, no request elsewhere, nothing too wide, no serious fault."""
    own = f"http://127.0.0.1:{port}"
    for path in paths:
        with browsing.opened(browser, own + path, width, dark) as (page, seen):
            page.get_by_text("Live: it follows the run.").wait_for()
            browsing.measure(page, seen)
            assert seen.width <= width, path
            assert seen.wide == [], path
            assert seen.faint == [], path
            assert seen.faults == [], path
        assert seen.errors == [], path
        assert seen.requests
        assert all(url.startswith(f"{own}/") for url in seen.requests)


def test_pages_are_quiet_and_a_new_candidate_comes_to_them(browser: Any, tmp_path: Path) -> None:
    journal = journals.begin(tmp_path)
    for number in range(9):
        hostile = {"operator": "<script>alert(1)</script>"} if number == 4 else {}
        journals.take(journal, number, **hostile)
    with watched(tmp_path) as (port, _):
        for width, dark in ((1440, False), (390, True)):
            look(browser, port, ["/", "/candidates", "/candidate/4"], width, dark)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.get_by_text("Live: it follows the run.").wait_for()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        journals.take(journal, 9)
        page.locator("#latest").get_by_role("link", name="9", exact=True).wait_for()
        assert "New best: candidate 9" in page.locator("#said").inner_text()
        bare = browser.new_context(java_script_enabled=False).new_page()
        bare.goto(f"http://127.0.0.1:{port}/")
        assert "10 of 50" in bare.locator("#state").inner_text()
        bare.get_by_role("link", name="Candidates", exact=True).click()
        assert bare.get_by_role("heading", level=1).inner_text() == "Candidates"
    journal.close()


@pytest.mark.campaign
def test_a_real_run_is_followed_in_a_browser(browser: Any, tmp_path: Path) -> None:
    with subprocess.Popen(
        [*command(), "evolve", "problem=rehearsal", "candidates=80", f"out={tmp_path / 'run'}"],
        env=environment(),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        try:
            assert run.stderr is not None
            next(line for line in run.stderr if line.startswith("evolve: candidates"))
            with watched(tmp_path / "run") as (port, _):
                page = browser.new_page()
                page.set_default_timeout(600_000)
                page.goto(f"http://127.0.0.1:{port}/")
                page.get_by_text("Under way").wait_for()
                for width in (1440, 390):
                    for dark in (False, True):
                        look(browser, port, ["/", "/candidates", "/candidate/1"], width, dark)
                page.get_by_text("80 of 80").first.wait_for()
                page.get_by_text("Ended: the champion is in champion.py").wait_for()
        finally:
            with suppress(ProcessLookupError):
                run.send_signal(signal.SIGINT)
            run.communicate(timeout=PATIENCE_S)
