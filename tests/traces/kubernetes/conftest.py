"""The loader of hand-made objects, for every test of this folder."""

from tests.traces.kubernetes.objects import load

__all__ = ["load"]
