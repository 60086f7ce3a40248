"""The loader of hand-made tables, for every test of this folder."""

from tests.traces.slurm.tables import load

__all__ = ["load"]
