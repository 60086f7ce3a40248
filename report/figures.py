"""Figures as files: SVG and PDF, drawn by vl-convert without a browser."""

from __future__ import annotations


def svg(spec: str) -> bytes:
    """A chart (Vega-Lite as JSON) as SVG; text is text."""
    import vl_convert

    text: str = vl_convert.vegalite_to_svg(spec, vl_version=version())
    return text.encode("utf-8")


def pdf(spec: str) -> bytes:
    """A chart (Vega-Lite as JSON) as a PDF of one page, fonts embedded."""
    import vl_convert

    content: bytes = vl_convert.vegalite_to_pdf(spec, vl_version=version())
    return content


def version() -> str:
    """The version of Vega-Lite that the installed altair writes for, as vl-convert names it."""
    import altair

    return ".".join(altair.SCHEMA_VERSION.lstrip("v").split(".")[:2])
