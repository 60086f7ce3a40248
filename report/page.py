"""The page: one HTML file with everything in it, escaped, that may fetch nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from report.definitions import FACTS, chosen, told
from report.library import library
from report.phrases import joined
from report.section import NULL_ARM, Section
from report.table import APART, Cell, Column, Table, shown


def html(sections: Sequence[Section], overviews: Sequence[Table]) -> str:
    """The page, with the chart library in it. The same sections give the same text.

    Scripts are allowed by their hash alone, so what came from files could not run even where
    an escape was missed.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    folder = files("report") / "templates"
    script = (folder / "page.js").read_text(encoding="utf-8")
    bundle = library()
    specs = [
        (f"spec-{figure.name}", Markup(embedded(figure.draw(True))))
        for section in sections
        for figure in section.all_figures
    ]
    definitions = chosen(metrics(sections, overviews))
    explained = {definition.key for definition in definitions}
    page: str = environment.get_template("page.html.j2").render(
        title=title(sections),
        sections=sections,
        overviews=overviews,
        definitions=definitions,
        facts_metrics={term: key for term, key in FACTS.items() if key in explained},
        specs=specs,
        css=Markup((folder / "page.css").read_text(encoding="utf-8")),
        bundle=Markup(bundle),
        script=Markup(script),
        hashes=Markup(f"{_hash(bundle)} {_hash(script)}"),
        apart=APART,
        headed=_headed,
        shown=shown,
        numbered=_numbered,
        told=told,
    )
    return page.lstrip()


def title(sections: Sequence[Section]) -> str:
    """The page's first line: the answer where there is one, else what came of each comparison.

    Null arms stand beside an answer and are none.
    """
    sections = [section for section in sections if section.kind != NULL_ARM] or sections
    first = [section for section in sections if section.outcome is not None]
    if len(sections) == 1 or len(first) == 1:
        return sections[0].headline
    if first:
        outcomes = Counter(section.outcome for section in first)
        said = [f"{outcome} in {n}" for outcome, n in outcomes.items()]
        return f"{len(first)} comparisons: {'; '.join(said)}"
    kinds = Counter(section.kind for section in sections)
    counted = [f"{n} {kind}{_plural(kind) if n > 1 else ''}" for kind, n in kinds.items()]
    return joined(counted)


def _plural(kind: str) -> str:
    return "es" if kind.endswith("ch") else "s"


def metrics(sections: Sequence[Section], overviews: Sequence[Table]) -> list[str]:
    """The keys of the definitions that the page's columns, figures and sentences need."""
    tables = [*overviews, *(table for section in sections for table in section.all_tables)]
    keys = [column.metric for table in tables for column in table.columns if column.metric]
    for section in sections:
        keys += section.metrics
        keys += [tile.metric for tile in section.tiles]
        keys += [figure.metric for figure in section.all_figures if figure.metric]
    return keys


def embedded(spec: Mapping[str, Any]) -> str:
    """A chart as JSON that can stand in a script element whatever its names contain."""
    bare = {key: value for key, value in spec.items() if key != "$schema"}
    text = json.dumps(bare, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _headed(name: str) -> Any:
    """A name that heads a row, to be folded after its underscores where it must be."""
    from markupsafe import Markup

    return Markup("_<wbr>").join(name.split("_"))


def _numbered(cell: Cell, column: Column) -> Any:
    """A number's cell: the mean, its interval below it in small print."""
    from markupsafe import Markup

    mean, _, interval = shown(cell, column).partition(" [")
    small = Markup("<small>[{}</small>") if interval else Markup("{}")
    return Markup("{}{}").format(mean, small.format(interval))
