"""A downloader for pooch that goes on where a broken download stopped, and tries again.

pooch's own begins anew each time. Ranges are those of HTTP (RFC 9110, sections 13.1.5 and 14).
"""

from __future__ import annotations

import http.client
import re
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from traces.public.errors import FetchFailure
from traces.public.partial import Part

Tell = Callable[[int, "int | None"], None]
"""Told how many bytes have come, of how many, where that is known."""

_CHUNK_BYTES = 1 << 18
_LONGEST_WAIT_S = 60.0
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")
_PACKED = (".gz", ".tgz")


@dataclass(frozen=True)
class Patience:
    """How often a download that gains nothing is tried again, and how long is waited.

    wait_s: before the second try, twice as long before each further one, a minute at most;
    timeout_s: for an answer, and between two pieces of it.
    """

    retries: int = 5
    wait_s: float = 1.0
    timeout_s: float = 30.0


class _Passing(Exception):
    """What may be over at the next try; wait_s is what the server asked for."""

    def __init__(self, text: str, wait_s: float = 0.0) -> None:
        super().__init__(text)
        self.wait_s = wait_s


class Downloader:
    """Downloads one file into its part, and hands it over when it is whole.

    checked: its hash is known, which shows whether bytes of two tries are of one file.
    """

    def __init__(
        self,
        part: Part,
        patience: Patience,
        tell: Tell,
        *,
        checked: bool,
        agent: str = "unstrand",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.part, self.patience, self.tell = part, patience, tell
        self.checked, self.agent, self.sleep = checked, agent, sleep
        self.went_on = False

    def __call__(self, url: str, output_file: str, pooch: Any, check_only: bool = False) -> None:
        """What pooch calls. Raises FetchFailure."""
        most, failures = self.part.size, 0
        while True:
            try:
                self._take(url)
                break
            except _Passing as passing:
                failures = 1 if self.part.size > most else failures + 1
                most = max(most, self.part.size)
                if failures > self.patience.retries:
                    kept = " (what came is kept: the same command goes on)" if most else ""
                    tries = f", {failures} tries in a row" if failures > 1 else ""
                    raise FetchFailure(f"{url}: {passing}{tries}{kept}") from None
                wait_s = max(self.patience.wait_s * 2 ** (failures - 1), passing.wait_s)
            self.sleep(min(wait_s, _LONGEST_WAIT_S))
        self.part.deliver(output_file)

    def _take(self, url: str) -> None:
        """One request: the whole file, or the rest of it."""
        import requests
        import urllib3

        offset, asked = self.part.going_on(url, checked=self.checked)
        headers = {"User-Agent": self.agent, "Accept-Encoding": "identity", **asked}
        try:
            with requests.get(
                url, headers=headers, stream=True, timeout=self.patience.timeout_s
            ) as answer:
                start, total = self._judged(url, answer, offset)
                self._read(answer, start, total)
        except (requests.exceptions.SSLError, requests.TooManyRedirects, ValueError) as error:
            raise FetchFailure(f"{url}: {_short(error)}") from None
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _Passing(_short(error)) from None

    def _judged(self, url: str, answer: Any, offset: int) -> tuple[int, int | None]:
        """Where the bytes of an answer belong, and how many there will be; raises where it is none
        of the file."""
        status = answer.status_code
        if status == 416 and offset:
            _, whole = _told(answer)
            if whole != offset:
                self.part.drop()
                raise _Passing("416, the file is another one now")
            return offset, offset
        if status not in (200, 206):
            said = f"found {status} {answer.reason or ''}".rstrip()
            if status in _BUSY:
                raise _Passing(said, _seconds(answer.headers.get("Retry-After")))
            raise FetchFailure(f"{url}: {said}, expected the file")
        _expect_the_file(url, answer)
        if status == 206:
            start, total = _told(answer)
            if start is None or start > offset:
                self.part.drop()
                raise _Passing("206 of other bytes than those asked for")
            self.went_on = True
        else:
            self.part.begin(url, answer.headers)
            length = answer.headers.get("Content-Length", "")
            start, total = 0, int(length) if length.isdecimal() else None
        self._expect_room(start, total)
        return start, total

    def _read(self, answer: Any, start: int, total: int | None) -> None:
        self.tell(start, total)
        if answer.status_code == 416:
            return
        size = start
        with self.part.opened(start) as file:
            while data := answer.raw.read1(_CHUNK_BYTES, decode_content=False):
                self.part.write(file, data)
                size += len(data)
                self.tell(size, total)
        if total is not None and size != total:
            raise _Passing(f"found {size:,} bytes, expected {total:,}")

    def _expect_room(self, start: int, total: int | None) -> None:
        folder = self.part.path.parent
        free = shutil.disk_usage(folder).free
        if total is not None and total - start > free:
            raise FetchFailure(
                f"{folder}: found {free:,} bytes free, expected {total - start:,} for "
                f"{self.part.path.name.removesuffix('.part')}"
            )


def _expect_the_file(url: str, answer: Any) -> None:
    """Raise FetchFailure for a page in place of the file, and for what can't be taken as it is."""
    hops = [one.url for one in (*answer.history, answer)]
    if url.startswith("https:") and any(not hop.startswith("https:") for hop in hops):
        raise FetchFailure(f"{url}: found a way that leaves https, expected none")
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    path = urlsplit(url).path.lower()
    if kind == "text/html" and not path.endswith((".html", ".htm")):
        raise FetchFailure(f"{url}: found a web page, expected the file")
    coding = answer.headers.get("Content-Encoding", "identity").lower()
    if coding != "identity" and not path.endswith(_PACKED):  # servers say it of .gz files too
        raise FetchFailure(f"{url}: found it encoded as {coding}, expected it as it is")


def _told(answer: Any) -> tuple[int | None, int | None]:
    """Where a part begins and how long the file is, as Content-Range says."""
    found = _RANGE.fullmatch(answer.headers.get("Content-Range", "").strip())
    if found is None:
        return None, None
    start, whole = found.groups()
    return int(start) if start else None, int(whole) if whole != "*" else None


def _seconds(text: str | None) -> float:
    return float(text) if text is not None and text.isdecimal() else 0.0


def _short(error: BaseException) -> str:
    """What went wrong with a connection, out of what libraries wrap round it."""
    import urllib3

    causes = list(_causes(error))
    if any(isinstance(one, socket.gaierror) for one in causes):
        return "found no such host, or no network"
    if any(isinstance(one, http.client.IncompleteRead) for one in causes):
        return "the connection was cut"
    said = [one.strerror for one in causes if isinstance(one, OSError) and one.strerror]
    if said:
        return said[0]
    if any(isinstance(one, TimeoutError | urllib3.exceptions.TimeoutError) for one in causes):
        return "timed out"
    return " ".join(str(causes[-1]).split()) or type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and those that it wraps, outermost first."""
    left, seen = [error], set()
    while left:
        one = left.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = (*one.args, getattr(one, "reason", None), one.__cause__, one.__context__)
        left += [each for each in inner if isinstance(each, BaseException)]
