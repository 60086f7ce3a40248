"""The commands of Unstrand: arguments in, calls to the other packages, result folders out."""

__version__ = "0.1.0"
