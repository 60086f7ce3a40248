"""The chart library that a page holds: Vega, Vega-Lite and vega-embed as one script."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from importlib.metadata import version as installed
from pathlib import Path

from report.figures import version

EXPOSE = "window.vegaEmbed=vegaEmbed;"


def library() -> str:
    """The script, of the version that altair writes for.

    vl-convert takes seconds to put it together, so it is kept in the user's cache folder, where
    that can be written. Raises RuntimeError where the script would end its own element.
    """
    kept = _kept()
    with suppress(OSError, UnicodeDecodeError):
        text = kept.read_text(encoding="utf-8")
        digest, _, bundle = text.partition("\n")
        if digest == _digest(bundle):
            return bundle
    bundle = _bundled()
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        own = kept.with_name(f".{kept.name}.{os.getpid()}")
        own.write_text(f"{_digest(bundle)}\n{bundle}", encoding="utf-8")
        own.replace(kept)
    return bundle


def _bundled() -> str:
    import vl_convert

    bundle: str = vl_convert.javascript_bundle(EXPOSE, vl_version=version())
    if "</script" in bundle.lower() or "<!--" in bundle:
        raise RuntimeError("vl-convert's bundle holds </script or <!--, expected neither")
    return bundle.replace("\r", "")


def _kept() -> Path:
    """Where it is kept, by all that decides what it holds."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    what = f"{installed('vl-convert-python')} {version()} {EXPOSE}"
    return home / "unstrand" / f"charts-{_digest(what)[:16]}.js"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
