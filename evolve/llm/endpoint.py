"""Asking an OpenAI-compatible endpoint: retried as long as it is worth it, told apart when not.

What may pass by itself is asked again, with back-off: too many requests (429, as long as
`Retry-After` says), errors of the server (5xx), time-outs, connections that break, answers that
break off or can't be read. What will not pass stops the run: a key or a model that the endpoint
does not know, a request that it does not take. A prompt that is too long is the caller's to cut.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evolve.llm.models import Model, tokens
from heuristics.heuristic import one_line

FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 30.0
MOST_TOKENS = 10**9
NAME_LENGTH = 200  # of a model, most characters
NO_LIST = (404, 405, 501)  # statuses of an endpoint that does not list its models
MOST_BYTES = 256 * 1024
"""Of an answer: more is not read."""
Message = Mapping[str, str]


class EndpointError(RuntimeError):
    """The endpoint can't be used; in one line, without the key."""


class EndpointFailure(EndpointError):
    """It did not answer for too long: once it does, the run goes on."""


class TooLong(Exception):
    """The prompt is longer than the model takes."""


class Stopped(Exception):
    """The run ends; nothing more is asked."""


class _Passing(Exception):
    """What may pass by itself. after_s: how long to wait at least."""

    def __init__(self, said: str, after_s: float | None = None) -> None:
        super().__init__(said)
        self.after_s = after_s


@dataclass(frozen=True)
class Reply:
    """An answer. counted: whether the endpoint counted the tokens, or they are about so many."""

    text: str
    finish: str
    refused: bool
    tokens_in: int
    tokens_out: int
    counted: bool
    attempts: int = 1

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Reply:
        """The answer that a journal holds. Raises TypeError where it holds none."""
        made = cls(**plain)
        for name, kind in (("text", str), ("finish", str), ("tokens_in", int), ("tokens_out", int)):
            if not isinstance(getattr(made, name), kind):
                raise TypeError(f"{name} {getattr(made, name)!r:.40}")
        return made


class Pace:
    """So many requests a minute at most, of all threads together; none while it is held."""

    def __init__(self, a_minute: float | None, stop: threading.Event) -> None:
        self.gap_s = 60.0 / a_minute if a_minute else 0.0
        self.stop, self.lock, self.next_s = stop, threading.Lock(), 0.0

    def wait(self) -> None:
        """Wait for one's turn. Raises Stopped where the run ends meanwhile."""
        with self.lock:
            now = time.monotonic()
            turn = max(self.next_s, now)
            self.next_s = turn + self.gap_s
        if self.stop.wait(turn - now):
            raise Stopped

    def hold(self, seconds: float) -> None:
        """Nobody asks for so long."""
        with self.lock:
            self.next_s = max(self.next_s, time.monotonic() + seconds)


class Endpoint:
    """A model that can be asked. timeout_s: of a request; patience_s: of all tries together.

    Raises:
        EndpointError: the SDK is not installed, or the variable of the key is not set.
    """

    def __init__(self, model: Model, pace: Pace, timeout_s: float, patience_s: float) -> None:
        self.model, self.pace = model, pace
        self.timeout_s, self.patience_s = timeout_s, patience_s
        try:
            import openai
        except ImportError:
            raise EndpointError(
                "proposer=llm needs the openai package: pip install 'unstrand[llm]'"
            ) from None
        self.openai: Any = openai
        self.key = "none"
        if model.key_env:
            self.key = os.environ.get(model.key_env, "").strip() or self.key
            if not (self.key.isascii() and self.key.isprintable()):
                raise EndpointError(
                    f"llm.api_key_env: found marks in ${model.key_env} that no key has"
                )
            if self.key == "none" and model.base_url is None:
                raise EndpointError(
                    f"llm.api_key_env: found no variable {model.key_env}, expected the key of "
                    "OpenAI's endpoint in it, or the address of another in llm.base_url "
                    "(llm=vllm, ollama and llamacpp have theirs)"
                )
        from evolve.llm.channel import Channel  # needs what openai brings

        self.channel = Channel(model.base_url, timeout_s)
        self.client: Any = openai.OpenAI(
            api_key=self.key,
            base_url=model.base_url,
            max_retries=0,
            timeout=timeout_s,
            http_client=self.channel,
        )

    def close(self) -> None:
        """Let the connections go, with what is under way on them."""
        self.channel.cut()
        self.client.close()

    def ask(self, messages: Sequence[Message]) -> Reply:
        """The answer to a conversation.

        Raises:
            EndpointError: it will not be answered; EndpointFailure: not within the patience.
            TooLong: the prompt is too long for the model.
            Stopped: the run ends.
        """
        began, delay, attempt = time.monotonic(), FIRST_DELAY_S, 0
        while True:
            self.pace.wait()
            attempt += 1
            try:
                return self._once(messages, attempt)
            except _Passing as passing:
                told = passing.after_s is not None
                wait_s = max(passing.after_s or 0.0, FIRST_DELAY_S) if told else delay
                delay = min(2.0 * delay, LONGEST_DELAY_S)
                spent = time.monotonic() - began
                if spent + wait_s > self.patience_s:
                    tries = f"{attempt} tries" if attempt > 1 else "1 try"
                    raise EndpointFailure(
                        f"{self.model}: {passing}; given up after {tries} in {spent:.0f} s "
                        "(llm.patience_s)"
                    ) from None
                if told:
                    self.pace.hold(wait_s)
                if self.pace.stop.wait(wait_s):
                    raise Stopped from None

    def _once(self, messages: Sequence[Message], attempt: int) -> Reply:
        model = self.model
        asked: dict[str, Any] = {
            "model": model.name,
            "messages": [dict(one) for one in messages],
            "max_tokens": model.most_tokens,
        }
        if model.temperature is not None:
            asked["temperature"] = model.temperature
        if model.effort is not None:
            asked["reasoning_effort"] = model.effort
            asked["max_completion_tokens"] = asked.pop("max_tokens")
        if model.stream:
            asked |= {"stream": True, "stream_options": {"include_usage": True}}
        try:
            said = self.client.chat.completions.create(**asked)
            heard = self._heard(said) if model.stream else self._read(said)
        except self.openai.APIStatusError as error:
            raise self._refused(error) from None
        except self.openai.APITimeoutError:
            raise _Passing(f"no answer within {self.timeout_s:g} s") from None
        except self.openai.APIConnectionError as error:
            raise _Passing(f"no connection: {self.told(error.__cause__ or error)}") from None
        except self.openai.OpenAIError as error:
            raise _Passing(f"an answer that can't be read: {self.told(error)}") from None
        except (_Passing, Stopped):
            raise
        except Exception as error:  # whatever the transport or a decoder makes of half an answer
            raise _Passing(f"an answer that broke off: {self.told(error)}") from None
        text, finish, refused, usage = heard
        text = text.encode("utf-8", "replace").decode()  # half a pair of surrogates is no text
        inside = sum(tokens(one["content"]) for one in messages)
        return Reply(
            text=text,
            finish=finish,
            refused=refused,
            tokens_in=usage[0] if usage else inside,
            tokens_out=usage[1] if usage else tokens(text),
            counted=usage is not None,
            attempts=attempt,
        )

    def _heard(self, stream: Iterator[Any]) -> tuple[str, str, bool, tuple[int, int] | None]:
        """A stream to its end; what is too long or takes too long is left there."""
        parts, size, finish, refused = list[str](), 0, "", False
        usage = None
        for chunk in stream:
            usage = _usage(chunk) or usage
            for choice in (one for one in chunk.choices or () if not one.index):
                delta, finish = choice.delta, choice.finish_reason or finish
                part = _plain(delta.content) if delta else ""
                refused = refused or bool(delta and getattr(delta, "refusal", None))
                parts.append(part)
                size += len(part.encode(errors="replace"))
            if size > MOST_BYTES:
                finish = "too_long"
                break
            if self.pace.stop.is_set() and not parts:
                raise Stopped
        if hasattr(stream, "close"):
            stream.close()
        if not finish:
            raise _Passing("an answer that broke off")
        return "".join(parts), finish, refused, usage

    def _read(self, said: Any) -> tuple[str, str, bool, tuple[int, int] | None]:
        choices = getattr(said, "choices", None)
        if not choices or choices[0].message is None:
            raise _Passing("an answer that holds no message")
        message = choices[0].message
        text = _plain(message.content)
        finish = choices[0].finish_reason or "stop"
        if len(text.encode(errors="replace")) > MOST_BYTES:
            text, finish = text[:MOST_BYTES], "too_long"
        return text, finish, bool(getattr(message, "refusal", None)), _usage(said)

    def _refused(self, error: Any) -> Exception:
        """What a status means."""
        status, said = error.status_code, self.told(error)
        code = str(getattr(error, "code", "") or "")
        if status == 429 and "insufficient_quota" not in code:
            return _Passing(f"too many requests (429): {said}", _retry_after(error.response))
        if status in (408, 409, 425) or status >= 500:
            return _Passing(f"status {status}: {said}", _retry_after(error.response))
        if _is_too_long(status, code, said):
            return TooLong(said)
        if status in (401, 403):
            held = (
                f"in ${self.model.key_env}" if self.model.key_env else "(llm.api_key_env is null)"
            )
            return EndpointError(f"{self.model}: the key {held} is refused ({status}): {said}")
        if status == 404:
            return EndpointError(f"{self.model}: not known there (404, llm.model): {said}")
        return EndpointError(f"{self.model}: status {status}: {said}")

    def told(self, error: BaseException) -> str:
        """What an error says, on one line and without the key."""
        body = getattr(error, "body", None)
        said = body.get("message") if isinstance(body, dict) else None
        text = str(said or error) or type(error).__name__
        return one_line(text.replace(self.key, "…") if len(self.key) > 4 else text)[:240]


def only_model(model: Model) -> str:
    """What an endpoint calls the one model that it has; `default` where it does not tell.

    Raises:
        EndpointError: it has several, or no key is there to ask it with; EndpointFailure: it did
            not answer.
    """
    pace = Pace(None, threading.Event())
    endpoint = Endpoint(model, pace, timeout_s=10.0, patience_s=0.0)
    try:
        names = [one.id for one in endpoint.client.models.list()]
    except endpoint.openai.APIStatusError as error:
        if error.status_code not in NO_LIST:
            said = endpoint.told(error)
            raise EndpointFailure(
                f"llm.model: found none named, and no list of models at the endpoint (status "
                f"{error.status_code}: {said})"
            ) from None
        names = []
    except Exception as error:
        said = endpoint.told(error.__cause__ or error)
        raise EndpointFailure(
            f"llm.model: found none named, and no list of models at the endpoint ({said})"
        ) from None
    finally:
        endpoint.close()
    if len(names) > 1:
        shown = ", ".join(one_line(str(name))[:NAME_LENGTH] for name in names[:12])
        raise EndpointError(f"llm.model: found none named, expected one of {shown}")
    name = str(names[0]) if names else "default"
    if len(name) > NAME_LENGTH or not name.isprintable():
        found = one_line(name)[:NAME_LENGTH]
        raise EndpointError(f"llm.model: found {found}… at the endpoint, which is no model's name")
    return name


def _usage(said: Any) -> tuple[int, int] | None:
    usage = getattr(said, "usage", None)
    found = [getattr(usage, name, None) for name in ("prompt_tokens", "completion_tokens")]
    counts = [int(n) for n in found if isinstance(n, (int, float)) and 0 <= n <= MOST_TOKENS]
    # What can't be is not counted by the endpoint, but by us.
    return (counts[0], counts[1]) if len(counts) == 2 else None


def _plain(content: Any) -> str:
    """The text of a content, which may come in parts."""
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        return "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def _retry_after(response: Any) -> float | None:
    """Seconds that an answer asks to wait; None where it does not say."""
    said = response.headers.get("retry-after")
    try:
        seconds = float(said)
        return max(seconds, 0.0) if math.isfinite(seconds) else None
    except (TypeError, ValueError):
        pass
    from email.utils import parsedate_to_datetime

    try:
        return max(parsedate_to_datetime(said).timestamp() - time.time(), 0.0)
    except (TypeError, ValueError, AttributeError, OverflowError):
        return None


def _is_too_long(status: int, code: str, said: str) -> bool:
    words = ("context length", "context_length", "maximum context", "context size", "too long")
    text = f"{code} {said}".lower()
    return status == 413 or (status == 400 and any(word in text for word in words))
