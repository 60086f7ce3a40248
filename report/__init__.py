"""Result folders in; tables, figures and one HTML page out.

The room reads what commands left behind (`summary.json` and its parquet) and knows nothing of how
it was made. `build` writes the page and its files, `terminal` prints the tables.
"""

from __future__ import annotations

from report.build import Report, build
from report.fields import ReportError
from report.terminal import terminal

__all__ = ["Report", "ReportError", "build", "terminal"]
