"""A table as Markdown, LaTeX and CSV, whatever its names contain."""

from __future__ import annotations

import csv
import io
import re

from report.intervals import Estimate
from report.table import APART, Table, shown

LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "[": "{[}",  # both would be read as the argument of the \\ in front
    "*": "{*}",
    "–": "--",
    "±": r"$\pm$",
    "×": r"$\times$",
    "µ": r"\textmu{}",
    "−": r"$-$",
}


def latex_escaped(text: str) -> str:
    """Text with LaTeX's special characters made plain, on one line."""
    return "".join(LATEX.get(c, c) for c in " ".join(text.split()))


def markdown_escaped(text: str) -> str:
    """Text for a Markdown table cell: no markup, no HTML, no column breaks, on one line."""
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")
    text = re.sub(r"([\\`*\[\]|~$])", r"\\\1", text)
    return re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", text)


def markdown(table: Table) -> str:
    """The table as a GitHub-flavoured Markdown table; the first row bold, its caption below.

    Rows that stand apart have a row above them that says so.
    """
    align = ["---:" if column.number else "---" for column in table.columns]
    lines = [
        "| " + " | ".join(markdown_escaped(column.title) for column in table.columns) + " |",
        "|" + "|".join(align) + "|",
    ]
    for i, row in enumerate(table.rows):
        if i == table.apart:
            lines.append("| " + " | ".join([f"*{APART}:*", *[" "] * (len(row) - 1)]) + " |")
        cells = [
            _markdown_cell(shown(cell, column))
            for cell, column in zip(row, table.columns, strict=True)
        ]
        if i == table.first:
            cells[0] = f"**{cells[0]}**"
        lines.append("| " + " | ".join(cells) + " |")
    caption = table.caption if table.note is None else f"{table.caption}. {table.note}"
    return "\n".join([*lines, "", markdown_escaped(caption), ""])


def _markdown_cell(text: str) -> str:
    return markdown_escaped(text) or " "


def latex(table: Table) -> str:
    r"""The table as a booktabs `tabular` to \input into a table environment of one's own."""
    align = "".join("r" if column.number else "l" for column in table.columns)
    lines = [
        *("% " + " ".join(text.split()) for text in (table.caption, table.note) if text),
        r"% needs \usepackage{booktabs}, and \usepackage{textcomp} on an old LaTeX",
        rf"\begin{{tabular}}{{{align}}}",
        r"\toprule",
        " & ".join(latex_escaped(column.title) for column in table.columns) + r" \\",
        r"\midrule",
    ]
    for i, row in enumerate(table.rows):
        if i == table.apart:
            lines += [r"\midrule", "% " + APART]
        cells = [
            latex_escaped(shown(cell, column))
            for cell, column in zip(row, table.columns, strict=True)
        ]
        if i == table.first:
            cells[0] = rf"\textbf{{{cells[0]}}}"
        lines.append(" & ".join(cells) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def comma_separated(table: Table) -> str:
    """The table as CSV in full precision; an interval takes the columns low, high, n beside it.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    spread = [
        any(isinstance(row[i], Estimate) for row in table.rows) for i in range(len(table.columns))
    ]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    header: list[str] = []
    for column, wide in zip(table.columns, spread, strict=True):
        header.append(_plain(column.title))
        if wide:
            header += [f"{column.title} {end}" for end in ("low", "high", "n")]
    writer.writerow(header)
    for row in table.rows:
        cells: list[object] = []
        for cell, wide in zip(row, spread, strict=True):
            if isinstance(cell, Estimate):
                low, high = cell.ci95 or ("", "")
                cells += [repr(cell.mean), low, high, "" if cell.n is None else cell.n]
                continue
            cells.append(_plain(cell) if isinstance(cell, str) else "" if cell is None else cell)
            cells += ["", "", ""] if wide else []
        writer.writerow(cells)
    return out.getvalue()


def _plain(text: str) -> str:
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t")) else text
