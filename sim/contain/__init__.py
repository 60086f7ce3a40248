"""Heuristics that nobody has read, decided in locked processes of their own."""
