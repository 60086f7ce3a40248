"""Why a data set is not fetched, in one line."""

from __future__ import annotations


class FetchError(Exception):
    """What was asked for can't be: terms not accepted, no address, a file that is another one."""


class FetchFailure(FetchError):
    """It could not be had: no network, an error of the server, wrong bytes, a full disk."""
