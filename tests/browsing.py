"""Pages opened in Chromium, driven by Playwright, and what they did there."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--no-sandbox",  # the pages are our own; as root in a container there is no other way
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
LOOKS = [(width, dark) for width in (1440, 390) for dark in (False, True)]
SERIOUS = ("serious", "critical")


@contextmanager
def chromium() -> Iterator[Any]:
    """A running browser; the test is skipped where there is none."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"no browser: found none of {', '.join(NAMES)} on PATH")
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("no playwright: pip install playwright axe-playwright-python")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@dataclass
class Seen:
    """What a page did: messages of level error, addresses that it asked for, what it looks like.

    wide: elements that stick out of it; faint: texts hard to read; faults: what axe-core finds that
    is serious.
    """

    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    charts: int = 0
    width: int = 0
    inner: int = 0
    dark: bool = False
    wide: list[str] = field(default_factory=list)
    faint: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@contextmanager
def opened(browser: Any, url: str, width: int, dark: bool) -> Iterator[tuple[Any, Seen]]:
    """A page at a width in a colour scheme, its charts drawn, and what it did up to its end."""
    scheme = "dark" if dark else "light"
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page, seen = context.new_page(), Seen()
    page.on("console", lambda said: seen.errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("request", lambda request: seen.requests.append(request.url))
    page.goto(url, wait_until="load")
    page.wait_for_function(DRAWN)
    measure(page, seen)
    yield page, seen
    context.close()


def measure(page: Any, seen: Seen) -> None:
    """What a page looks like now."""
    seen.charts = page.evaluate("document.querySelectorAll('[data-spec]').length")
    seen.width = page.evaluate("document.documentElement.scrollWidth")
    seen.inner = page.evaluate("innerWidth")
    seen.dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    seen.wide, seen.faint = page.evaluate(WIDE), page.evaluate(FAINT)
    seen.faults = serious(page)


def serious(page: Any) -> list[str]:
    """What axe-core finds that is serious or critical; nothing where it is not installed."""
    if importlib.util.find_spec("axe_playwright_python") is None:
        return []
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in SERIOUS]


DRAWN = """
() => [...document.querySelectorAll("[data-spec]")].every((one) => one.querySelector("svg.marks"))
"""


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
