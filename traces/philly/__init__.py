"""Microsoft's Philly clusters of GPUs: the table of jobs, or the log that was published."""

from traces.philly.reader import read

__all__ = ["read"]
