"""A search while it goes on: its journal read as it grows, on a page and in a terminal.

Nothing of a run is written to, and what a candidate or a model wrote is shown as text.
"""

from __future__ import annotations

from report.live.index import Index

__all__ = ["Index"]
