"""A run that is answered from outside: tickets, answers, and what becomes of them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

import evolve
from evolve.journal import JournalError
from evolve.llm.outside import Outside, TicketError
from evolve.llm.rehearsal import answer
from evolve.run import ended, opened
from sim.contain import lock
from tests.conftest import Say
from tests.evolve import tiny
from unstrand import answering

pytestmark = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)
SMALL = ["problem=rehearsal"]
REPOSITORY = Path(__file__).resolve().parents[2]
GOOD = "```python\ndef score(free, required):\n    return -free.gpu - 0.01 * free.cpu\n```"


@contextmanager
def outside(folder: Path) -> Iterator[Outside]:
    settings = evolve.Settings(seed=3, finalists=2)
    folder.mkdir(exist_ok=True)
    problem = tiny.saturation()
    with opened(problem, folder, settings=settings, writer=answering.awaited) as loop:
        yield Outside(loop)


def text(ticket: dict[str, Any]) -> str:
    return "\n\n".join(one["content"] for one in ticket["messages"])


def test_tickets_outlive_the_process_and_are_answered_once_in_any_order(tmp_path: Path) -> None:
    with outside(tmp_path) as run:
        tickets = [run.ask() for _ in range(3)]
        assert run.open == [1, 2, 3]
        assert [one["ticket"] for one in tickets] == [1, 2, 3]
        third = run.tell(3, answer(text(tickets[2])))
        assert third.candidate == 2
    with outside(tmp_path) as run:
        assert run.open == [1, 2]
        assert run.loop.past.status[2] == third.status
        bad = run.tell(1, "Nothing comes to mind.")
        assert bad.status == "syntax"
        assert run.open == [1, 2]
        first = run.tell(1, GOOD)  # what could not be used does not spend a ticket
        assert (first.candidate, first.verdict.reason) == (4, "")
        with pytest.raises(TicketError, match="ticket 1 was answered: candidate 4"):
            run.tell(1, GOOD + "\n")
        assert run.tell(1, GOOD) == first  # told again, after a kill for one
        for odd in (0, -1, 10**26):
            with pytest.raises(TicketError, match=f"found {odd}, expected one that is open: 2"):
                run.tell(odd, GOOD)
        with pytest.raises(TicketError, match="found 9, expected one that is open: 2"):
            run.tell(9, GOOD)
        again = run.tell(2, GOOD)
        assert again.status == "known"
        free = run.tell(None, answer(text(tickets[1]), seed=5))
        assert free.candidate == 6
        scores = dict(run.loop.past.scores())
        told = run.awaited.told()
    with outside(tmp_path) as run:
        assert run.loop.past.scores() == scores
        assert run.awaited.told() == told
        found = ended(run.loop)
        assert found.results["candidates"] == 7
        assert found.results["proposer"]["answers"] == 5
        with pytest.raises(TicketError, match="the run has ended"):
            run.ask()


def test_a_field_that_the_trace_has_not_does_not_spend_a_ticket(tmp_path: Path) -> None:
    with outside(tmp_path) as run:
        run.ask()
        told = run.tell(1, "def score(free):\n    return -free.gpus\n")
        assert told.status == "forbidden_name"
        assert "did you mean gpu?" in told.verdict.message
        assert run.open == [1]
        assert run.tell(1, "def score(free):\n    return -free.gpu * 3\n").verdict.reason == ""
        assert run.open == []


def test_a_what_if_leaves_nothing(tmp_path: Path) -> None:
    with outside(tmp_path) as run:
        before = dict(run.loop.past.status)
        found = run.what_if("def score(free):\n    return -free.gpu\n")
        assert found["draws"] == 1
        assert found["best"] in (0, 1)
        assert run.what_if("def score(fre):\n    return 1.0\n")["reason"] == "forbidden_argument"
        assert run.loop.past.status == before
        assert len(run.journal.candidates) == 2


def test_two_processes_on_one_run_are_one_too_many(tmp_path: Path) -> None:
    with outside(tmp_path), pytest.raises(JournalError, match="another process"), outside(tmp_path):
        pass


def command(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "unstrand", *words],
        input=given,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("asked") / "run"
    done = command("evolve", *SMALL, "proposer=outside", f"out={place}")
    assert done.returncode == 0, done.stderr
    assert f"unstrand ask {place}" in done.stdout
    return place


def test_ask_and_tell_on_the_command_line_come_to_a_champion(
    say: Say, begun: Path, tmp_path: Path
) -> None:
    place = Path(shutil.copytree(begun, tmp_path / "run"))
    code, _, err = say("evolve", "resume=run")
    assert code == 2
    assert "found no answers" in err
    _, out, _ = say("ask", "run")
    assert re.search(r"ticket \d+ \(\w+\); unstrand tell", out)
    _, out, _ = say("ask", "run", "count=2", "json=true")
    one, two = (str(ticket["ticket"]) for ticket in json.loads(out))
    (tmp_path / "one.md").write_text(GOOD)
    (tmp_path / "two.py").write_text("import os\n\n\ndef score(free):\n    return 1.0\n")
    code, out, err = say("tell", "run", one, "one.md", two, "two.py", "json=true")
    assert code == 0, err
    good, bad = json.loads(out)
    assert good["reason"] is None
    assert bad["reason"] == "forbidden_name"
    assert "import os is not in the language" in bad["message"]
    code, out, _ = say("tell", "run", two, "two.py")
    assert code == 3
    assert "rejected, forbidden_name" in out
    code, _, err = say("tell", "run", "99", "one.md")
    assert code == 2
    assert err.count("\n") == 1
    code, out, err = say("evolve", "resume=run", "json=true")
    assert code == 0, err
    assert json.loads(out)["results"][0]["proposer"]["name"] == "outside"
    assert (place / "champion.py").exists()


async def _session(mcp: Any, server: Any) -> dict[str, Any]:
    """What an agent sees that looks around, drafts, and proposes twice with one ticket."""
    seen: dict[str, Any] = {}
    async with mcp.Client(server, read_timeout_seconds=120) as client:
        seen["tools"] = sorted(tool.name for tool in (await client.list_tools()).tools)

        async def call(name: str, **given: Any) -> Any:
            said = await client.call_tool(name, given)
            assert not said.is_error, said
            return json.loads(said.content[0].text)

        seen["problem"] = await call("problem")
        seen["asked"] = await call("ask")
        seen["what_if"] = await call("what_if", source="def score(free):\n    return -free.gpu\n")
        ticket = seen["asked"]["ticket"]
        seen["told"] = await call("propose", answer=GOOD, ticket=ticket)
        seen["candidate"] = await call("candidate", number=seen["told"]["candidate"])
        wrong = await client.call_tool("propose", {"answer": answer("no parent"), "ticket": ticket})
        seen["wrong"] = wrong.is_error, wrong.content[0].text
    return seen


def _expect_worked(seen: dict[str, Any]) -> None:
    assert seen["tools"] == ["archive", "ask", "candidate", "problem", "propose", "what_if"]
    assert seen["problem"]["measured"] == "allocated_pct"
    assert "def score" in seen["asked"]["prompt"]
    assert seen["what_if"]["draws"] == 1
    assert seen["told"]["reason"] is None
    assert seen["candidate"]["score"] == pytest.approx(seen["told"]["score"])
    assert seen["wrong"][0]
    assert "was answered" in seen["wrong"][1]


def test_an_agent_works_on_a_run_over_mcp(begun: Path, tmp_path: Path) -> None:
    mcp = pytest.importorskip("mcp", reason="the extra mcp is not installed")
    place = Path(shutil.copytree(begun, tmp_path / "run"))
    server = mcp.StdioServerParameters(
        command=sys.executable,
        args=["-m", "unstrand", "mcp", str(place)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    _expect_worked(asyncio.run(_session(mcp, server)))


@pytest.mark.campaign
def test_an_agent_works_on_a_run_over_http_on_loopback_alone(begun: Path, tmp_path: Path) -> None:
    mcp = pytest.importorskip("mcp", reason="the extra mcp is not installed")
    place = Path(shutil.copytree(begun, tmp_path / "run"))
    words = [sys.executable, "-m", "unstrand", "mcp", str(place), "transport=http", "port=0"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, encoding="utf-8", env=environment) as run:
        try:
            assert run.stdout is not None
            url = run.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/mcp", url)
            _expect_worked(asyncio.run(_session(mcp, url)))
            asked = Request(url, b"{}", {"Host": "example.org", "Content-Type": "application/json"})
            with pytest.raises(HTTPError) as refused:
                urlopen(asked, timeout=30)
            assert refused.value.code == 421
        finally:
            run.terminate()
