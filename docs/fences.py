"""A word after a fence's language (``bash run``) is for the tests; the site's Markdown has none."""

from __future__ import annotations

import re
from typing import Any

_FENCE = re.compile(r"^(```\w+) \w+$", re.MULTILINE)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Called by mkdocs with the text of each page."""
    return _FENCE.sub(r"\1", markdown)
