"""What runs on this machine, as the kernel tells it."""

from __future__ import annotations

from pathlib import Path


def stat(pid: int) -> list[str]:
    """State, parent, group, session …; nothing where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def is_up(pid: int) -> bool:
    """Whether a process runs still."""
    return stat(pid)[:1] not in ([], ["Z"])


def children(pid: int) -> list[int]:
    """The processes that one has forked and that run still, oldest first."""
    parents = ((int(p.name), stat(int(p.name))) for p in Path("/proc").glob("[0-9]*"))
    found = [child for child, said in parents if said[1:2] == [str(pid)] and said[0] != "Z"]
    return sorted(found, key=lambda child: [int(ticks) for ticks in stat(child)[19:20]])


def descendants(pid: int) -> list[int]:
    """All of them, those that were forked last at the end."""
    found = []
    for child in children(pid):
        found += [child, *descendants(child)]
    return found
