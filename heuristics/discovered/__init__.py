"""Heuristics that searches of this project found (`docs/discovered.md`)."""
