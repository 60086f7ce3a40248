"""Chromium, headless, spoken to over a pipe (the DevTools protocol): no port, no library."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATIENCE_S = 120.0
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # the pages are our own; as root in a container there is no other way
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)
DRAWN = """
new Promise((done, failed) => {
  const end = Date.now() + 60000;
  const look = () => {
    const charts = [...document.querySelectorAll("[data-spec]")];
    if (charts.every((chart) => chart.querySelector("svg.marks"))) done(charts.length);
    else if (Date.now() > end) failed(new Error("charts not drawn in 60 s"));
    else setTimeout(look, 50);
  };
  look();
})
"""


def chromium() -> str | None:
    """The path of an installed Chromium or Chrome, None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass
class Seen:
    """What a page did: messages of level error, addresses that it asked for, its measures."""

    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    charts: int = 0
    width: int = 0
    inner: int = 0
    dark: bool = False
    wide: list[str] = field(default_factory=list)
    faint: list[str] = field(default_factory=list)


class Browser:
    """A running browser; one page at a time."""

    def __init__(self, path: str, home: Path) -> None:
        there, self._out = os.pipe()
        self._in, here = os.pipe()

        def pipes() -> None:  # Chromium reads from descriptor 3 and writes to 4
            spare = os.dup(there), os.dup(here)
            os.dup2(spare[0], 3)
            os.dup2(spare[1], 4)

        self._process = subprocess.Popen(
            [path, *FLAGS, f"--user-data-dir={home}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=pipes,
            env={**os.environ, "HOME": str(home)},
        )
        os.close(there)
        os.close(here)
        self._last = 0
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._events: list[dict[str, Any]] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        rest = b""
        with contextlib.suppress(OSError):
            while piece := os.read(self._in, 1 << 16):
                *whole, rest = (rest + piece).split(b"\0")
                for message in whole:
                    self._messages.put(json.loads(message))
        self._messages.put(None)

    def _next(self) -> dict[str, Any]:
        message = self._messages.get(timeout=PATIENCE_S)
        if message is None:
            raise RuntimeError("found the browser gone, expected an answer")
        return message

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Ask for one thing and wait for the answer; events on the way are kept."""
        self._last += 1
        asked: dict[str, Any] = {"id": self._last, "method": method, "params": params}
        if session is not None:
            asked["sessionId"] = session
        os.write(self._out, json.dumps(asked).encode() + b"\0")
        while (message := self._next()).get("id") != self._last:
            self._events.append(message)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return dict(message["result"])

    def visit(
        self, page: Path, width: int, dark: bool, picture: Path | None = None, height: int = 900
    ) -> Seen:
        """Open a page at a width in a colour scheme, wait for its charts, and say what it did.

        With `picture`, the whole page is written there as PNG.
        """
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._events.clear()
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable", session)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", session, **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", session, features=[scheme])
        self.call("Page.navigate", session, url=page.resolve().as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self._events):
            self._events.append(self._next())
        seen = Seen(charts=int(self.value(DRAWN, session)))
        seen.width = int(self.value("document.documentElement.scrollWidth", session))
        seen.inner = int(self.value("innerWidth", session))
        seen.dark = bool(self.value("matchMedia('(prefers-color-scheme: dark)').matches", session))
        seen.wide = list(self.value(WIDE, session))
        seen.faint = list(self.value(FAINT, session))
        if picture is not None:
            tall = int(self.value("document.documentElement.scrollHeight", session))
            self.call("Emulation.setDeviceMetricsOverride", session, **{**size, "height": tall})
            shot = self.call("Page.captureScreenshot", session, format="png")
            picture.write_bytes(base64.b64decode(shot["data"]))
        self._tell(seen)
        self.call("Target.closeTarget", targetId=target)
        return seen

    def value(self, expression: str, session: str) -> Any:
        """What an expression comes to in the page."""
        found = self.call(
            "Runtime.evaluate",
            session,
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
        )
        if "exceptionDetails" in found:
            raise RuntimeError(str(found["exceptionDetails"]))
        return found["result"].get("value")

    def _tell(self, seen: Seen) -> None:
        for event in self._events:
            params = event.get("params", {})
            method = event.get("method")
            if method == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
                seen.errors.append(str(params["args"]))
            elif method == "Runtime.exceptionThrown":
                seen.errors.append(str(params["exceptionDetails"]))
            elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
                seen.errors.append(params["entry"]["text"])
            elif method == "Network.requestWillBeSent":
                seen.requests.append(params["request"]["url"])

    def close(self) -> None:
        """End the browser that was started here."""
        with contextlib.suppress(Exception):
            self.call("Browser.close")
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._out)


# Elements that stick out of the page's width, by their box or their text, but for those in a box
# that scrolls by itself.
WIDE = """
[...document.querySelectorAll("body *")].filter((element) => {
  if (element.closest(".skip, script, details:not([open]) > :not(summary)")) return false;
  const boxes = [element.getBoundingClientRect()];
  for (const node of element.childNodes) {
    if (node.nodeType !== 3) continue;
    const range = document.createRange();
    range.selectNode(node);
    boxes.push(range.getBoundingClientRect());
  }
  if (boxes.every((box) => box.width === 0 || box.right <= innerWidth + 1)) return false;
  for (let up = element.parentElement; up; up = up.parentElement)
    if (["auto", "scroll", "hidden"].includes(getComputedStyle(up).overflowX)) return false;
  return true;
}).map((element) => element.tagName + "#" + element.id + "." + element.getAttribute("class"))
"""


# Texts whose contrast with what is behind them is below WCAG 2's 4.5 to 1.
FAINT = """
(() => {
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.04045 ? v / 12.92
      : Math.pow((v + 0.055) / 1.055, 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const behind = (element) => {
    for (let up = element; up; up = up.parentElement) {
      const rgb = parse(getComputedStyle(up).backgroundColor);
      if (rgb.length === 3 || rgb[3] > 0) return rgb.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const out = new Set();
  for (const element of document.querySelectorAll("body *")) {
    if (element.closest("script, style, noscript, details.vega-actions, .vega-embed summary"))
      continue;
    const bare = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!bare) continue;
    const style = getComputedStyle(element);
    const ink = parse(element.closest("svg.marks") ? style.fill : style.color).slice(0, 3);
    const [a, b] = [light(ink), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5)
      out.add(element.tagName + "." + element.getAttribute("class") + " " + ratio.toFixed(2));
  }
  return [...out];
})()
"""


@contextlib.contextmanager
def started(path: str) -> Iterator[Browser]:
    """A browser with a profile of its own, ended and cleared away at the end."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        browser = Browser(path, Path(home))
        try:
            yield browser
        finally:
            browser.close()
