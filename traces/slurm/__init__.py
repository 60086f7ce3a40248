"""A Slurm cluster's jobs and nodes, as sacct and scontrol print them."""

from traces.slurm.reader import read

__all__ = ["read"]
