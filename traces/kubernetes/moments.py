"""Times of a dump: RFC 3339, as `2019-08-28T01:31:11Z`."""

from __future__ import annotations

import re
from datetime import datetime

from traces.errors import shown
from traces.kubernetes.part import Part

_FORM = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_MOST = 253370764800.0  # the year 9999
_SEEN = ("lastTransitionTime", "lastHeartbeatTime", "lastProbeTime", "lastUpdateTime")


def moment(part: Part, name: str) -> float | None:
    """A field that is a time, in seconds since 1970. Raises TraceError."""
    text = part.text(name)
    if text is None:
        return None
    if _FORM.fullmatch(text):
        try:
            seconds = datetime.fromisoformat(text.upper()).timestamp()
        except (ValueError, OverflowError):
            seconds = _MOST + 1.0
        if seconds <= _MOST:
            return seconds
    path = f"{part.path}.{name}" if part.path else name
    raise part.item.wrong(path, shown(text), "a time such as 2019-08-28T01:31:11Z")


def latest(status: Part | None) -> float | None:
    """The latest time that the status of an object tells. Raises TraceError."""
    if status is None:
        return None
    times = [moment(status, "startTime")]
    for condition in status.parts("conditions"):
        times += [moment(condition, name) for name in _SEEN]
    for containers in ("initContainerStatuses", "containerStatuses"):
        for container in status.parts(containers):
            state = container.object("state")
            for name in state.value if state else ():
                one = state.object(name) if state and isinstance(name, str) else None
                if one is not None:
                    times += [moment(one, "startedAt"), moment(one, "finishedAt")]
    return max((time for time in times if time is not None), default=None)
