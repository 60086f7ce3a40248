"""What both forms of the trace give: jobs by their times and GPUs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from traces.rows import Rows


@dataclass(frozen=True)
class Jobs:
    """Jobs in the order of their file.

    rows: columns id, submit (s since 1970, local), lifetime (s, null: not known), gpus (whole,
    from 1), machine (where all of it ran, null: on several or not known). count: how many there
    were before some were dropped. used: the most GPUs that a job had on a machine, by its name.
    """

    rows: Rows
    count: int
    dropped: Mapping[str, int] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
    used: Mapping[str, int] = field(default_factory=dict)
