"""What an endpoint may do to a question: the real client against a real server on loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.llm.server import KEY, MODEL, Script, serving

pytest.importorskip("openai", reason="the extra llm is not installed")

from evolve.llm.address import is_here
from evolve.llm.endpoint import (
    MOST_BYTES,
    Endpoint,
    EndpointError,
    EndpointFailure,
    Pace,
    Reply,
    Stopped,
    TooLong,
    only_model,
)
from evolve.llm.models import Model

QUESTION = [{"role": "user", "content": "Write def score(free)."}]
VARIABLE = "UNSTRAND_TEST_KEY"


@contextmanager
def endpoint(
    script: Script,
    *,
    patience_s: float = 20.0,
    timeout_s: float = 5.0,
    stream: bool = True,
    model: str = MODEL,
    key: str | None = None,
) -> Iterator[Endpoint]:
    with serving(script) as url:
        asked = Model(model, base_url=url, stream=stream, key_env=key)
        made = Endpoint(asked, Pace(None, threading.Event()), timeout_s, patience_s)
        with closing(made):
            yield made


def asked(script: Script, **how: object) -> Reply:
    with endpoint(script, **how) as made:  # type: ignore[arg-type]
        return made.ask(QUESTION)


@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_comes_with_its_tokens(stream: bool) -> None:
    reply = asked(Script(contents=["four words are here"]), stream=stream)
    assert reply == Reply("four words are here", "stop", False, 100, 4, True, 1)


PASSING = ["429", "500", "503", "hang:9", "reset", "truncated", "utf8"]


@pytest.mark.parametrize(
    ("fault", "stream"), [("ends", True), *((f, s) for f in PASSING for s in (True, False))]
)
def test_what_may_pass_is_asked_again(fault: str, stream: bool) -> None:
    script = Script(faults=[fault], contents=["", "here"])
    reply = asked(script, stream=stream, timeout_s=1.0)
    assert (reply.text, reply.attempts, len(script.asked)) == ("here", 2, 2)


@pytest.mark.parametrize("what", ["drips", "headers", "informs", "trailers"])
@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_of_which_something_comes_all_the_time_ends_all_the_same(
    stream: bool, what: str
) -> None:
    script = Script(faults=[f"{what}:600"], contents=["", "here"])
    assert asked(script, stream=stream, timeout_s=0.5).attempts == 2


def test_who_waits_for_a_silent_endpoint_is_let_go_when_it_is_closed() -> None:
    with endpoint(Script(faults=["hang:30"]), timeout_s=60.0) as made:
        ended: list[BaseException] = []

        def ask() -> None:
            with pytest.raises(Stopped) as caught:
                made.ask(QUESTION)
            ended.append(caught.value)

        waiting = threading.Thread(target=ask)
        waiting.start()
        while not made.channel.lines or not next(iter(made.channel.lines)).sockets:
            time.sleep(0.01)
        made.pace.stop.set()
        made.close()
        waiting.join(timeout=10.0)
        assert len(ended) == 1


@pytest.mark.parametrize(
    ("status", "name"), [(0, MODEL), (404, "default"), (501, "default"), (503, None), (429, None)]
)
def test_a_model_is_named_by_an_endpoint_that_answers(status: int, name: str | None) -> None:
    with serving(Script(models=status)) as url:
        model = Model("", base_url=url, key_env=None)
        if name:
            assert only_model(model) == name
        else:
            with pytest.raises(EndpointFailure, match=f"no list of models .*status {status}"):
                only_model(model)


@pytest.mark.parametrize(
    ("address", "here"),
    [
        *((f"http://{host}:80/v1", True) for host in ("127.0.0.1", "127.1", "127.9.9.9", "[::1]")),
        *((f"http://{host}/v1", True) for host in ("localhost", "localhost.", "a.localhost")),
        *((f"http://{host}/v1", True) for host in ("0.0.0.0", "[::ffff:127.0.0.1]", "2130706433")),
        *((f"http://{host}/v1", False) for host in ("127.0.0.1.example", "128.1", "[::2]")),
        *((f"http://{host}/v1", False) for host in ("localhost.example", "10.0.0.1")),
        (None, False),
        ("http://[", False),
    ],
)  # fmt: skip
def test_this_machines_own_addresses_are_known(address: str | None, here: bool) -> None:
    assert is_here(address) is here


def test_an_answer_that_is_packed_is_not_unpacked() -> None:
    reply = asked(Script(faults=["packed"], contents=["", "here"]), stream=False)
    assert (reply.text, reply.attempts) == ("here", 2)


def test_a_prompt_is_not_carried_to_another_address() -> None:
    other = Script()
    with serving(other) as url, pytest.raises(EndpointError, match="status 307"):
        asked(Script(rest=f"elsewhere:{url}/chat/completions"))
    assert not other.asked


def test_a_proxy_of_the_environment_is_not_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert asked(Script(contents=["here"])).text == "here"


@pytest.mark.parametrize("wait", ["nan", "inf", "-3", "0", "soon"])
def test_a_time_to_wait_that_is_none_is_not_taken_at_its_word(wait: str) -> None:
    script = Script(faults=[f"429:{wait}"] * 2, contents=["", "", "here"])
    assert asked(script).attempts == 3
    assert script.times[1] - script.times[0] >= 0.4


@pytest.mark.parametrize("stream", [True, False])
def test_the_text_of_an_answer_may_come_in_parts(stream: bool) -> None:
    assert (
        asked(Script(faults=["parts"], contents=["two parts"]), stream=stream).text == "two parts"
    )


@pytest.mark.parametrize("count", ["-5", "1e300", "NaN", "1" + "0" * 400, '"many"'])
def test_counts_of_tokens_that_cannot_be_are_our_own(count: str) -> None:
    reply = asked(Script(faults=[f"counts:{count}"], contents=["four words are here"]))
    assert not reply.counted
    assert 0 < reply.tokens_in < 100
    assert reply.text == "four words are here"


def test_half_a_pair_of_surrogates_is_no_text() -> None:
    reply = asked(Script(contents=["before \ud800 after"]))
    assert reply.text.encode() == b"before ? after"


def test_it_waits_as_long_as_it_is_asked_to() -> None:
    script = Script(faults=["429:1.2"], contents=["", "here"])
    reply = asked(script)
    assert reply.attempts == 2
    assert script.times[1] - script.times[0] >= 1.2


def test_others_wait_too_where_one_is_asked_to() -> None:
    script, replies = Script(faults=["429:1"]), list[Reply]()
    with endpoint(script) as made:
        first = threading.Thread(target=lambda: replies.append(made.ask(QUESTION)))
        first.start()
        while not script.asked:
            time.sleep(0.01)
        time.sleep(0.2)
        made.ask(QUESTION)
        first.join()
    assert min(script.times[1:]) - script.times[0] >= 0.9


@pytest.mark.parametrize("fault", ["503", "429", "reset", "truncated"])
def test_a_storm_ends_the_patience_and_says_what_it_was(fault: str) -> None:
    script = Script(rest=fault)
    with pytest.raises(EndpointFailure, match=r"given up after \d tries in \d s") as caught:
        asked(script, patience_s=1.0)
    assert 2 <= len(script.asked) <= 3
    assert "\n" not in str(caught.value)


def test_a_server_that_is_gone_and_comes_back_is_waited_for() -> None:
    with serving(Script()) as url:
        port = int(url.split(":")[2].split("/")[0])
    model = Model(MODEL, base_url=url)
    pace = Pace(None, threading.Event())
    replies = list[Reply]()
    with closing(Endpoint(model, pace, 5.0, 30.0)) as made:
        waiting = threading.Thread(target=lambda: replies.append(made.ask(QUESTION)))
        waiting.start()
        time.sleep(1.0)
        with serving(Script(contents=["back"]), port):
            waiting.join(30.0)
    assert replies[0].text == "back"
    assert replies[0].attempts > 1


def test_a_server_that_stays_away_is_given_up() -> None:
    with serving(Script()) as url:
        pass
    pace = Pace(None, threading.Event())
    with (
        closing(Endpoint(Model(MODEL, base_url=url), pace, 5.0, 1.0)) as made,
        pytest.raises(EndpointFailure, match="no connection"),
    ):
        made.ask(QUESTION)


def test_a_wrong_key_is_told_in_one_line_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "sk-wrong-9876543210")
    script = Script(key=KEY)
    refused = rf"the key in \${VARIABLE} is refused \(401\)"
    with pytest.raises(EndpointError, match=refused) as caught:
        asked(script, key=VARIABLE)
    assert "9876543210" not in str(caught.value)
    assert not isinstance(caught.value, EndpointFailure)
    monkeypatch.setenv(VARIABLE, KEY)
    assert asked(Script(key=KEY, contents=["in"]), key=VARIABLE).text == "in"


def test_a_wrong_model_is_told_in_one_line() -> None:
    with pytest.raises(EndpointError, match=r"gpt-none at .*: not known there") as caught:
        asked(Script(), model="gpt-none")
    assert "\n" not in str(caught.value)


def test_a_request_that_it_does_not_take_is_not_asked_again() -> None:
    script = Script(rest="400")
    with pytest.raises(EndpointError, match="status 400"):
        asked(script)
    assert len(script.asked) == 1


def test_a_prompt_that_is_too_long_is_the_callers() -> None:
    with pytest.raises(TooLong):
        asked(Script(limit=5))


@pytest.mark.parametrize("stream", [True, False])
def test_of_an_answer_without_end_no_more_is_read_than_is_of_use(stream: bool) -> None:
    reply = asked(Script(contents=["x" * (2 << 20)]), stream=stream)
    assert reply.finish == "too_long"
    assert len(reply.text) <= MOST_BYTES + 4096


@pytest.mark.parametrize("stream", [True, False])
def test_a_refusal_is_an_answer(stream: bool) -> None:
    assert asked(Script(faults=["refusal"]), stream=stream).refused


def test_a_run_that_stops_waits_for_nothing() -> None:
    stop = threading.Event()
    with (
        serving(Script(rest="503:30")) as url,
        closing(Endpoint(Model(MODEL, base_url=url), Pace(None, stop), 5.0, 600.0)) as made,
    ):
        threading.Timer(0.5, stop.set).start()
        began = time.monotonic()
        with pytest.raises(Stopped):
            made.ask(QUESTION)
        assert time.monotonic() - began < 10.0


def test_so_many_questions_a_minute_and_no_more() -> None:
    script = Script()
    with serving(script) as url:
        pace = Pace(300.0, threading.Event())
        with closing(Endpoint(Model(MODEL, base_url=url), pace, 5.0, 5.0)) as made:
            for _ in range(4):
                made.ask(QUESTION)
    gaps = [b - a for a, b in zip(script.times, script.times[1:], strict=False)]
    assert min(gaps) >= 0.15


def test_a_key_is_read_without_what_surrounds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, f" {KEY}\r\n")
    assert asked(Script(key=KEY, contents=["here"]), key=VARIABLE).text == "here"


def test_a_key_that_can_be_none_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "sk-secret\nmore")
    with pytest.raises(EndpointError, match="marks in") as caught:
        asked(Script(), key=VARIABLE)
    assert "secret" not in str(caught.value)
