"""A Kubernetes cluster as kubectl prints it: nodes and pods at one moment."""

from traces.kubernetes.reader import read

__all__ = ["read"]
