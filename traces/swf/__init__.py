"""Logs of parallel machines in the Standard Workload Format."""

from traces.swf.reader import read

__all__ = ["read"]
