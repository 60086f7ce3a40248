"""Alibaba's cluster of 2018: long-running containers and batch on shared machines."""

from traces.alibaba2018.reader import read

__all__ = ["read"]
