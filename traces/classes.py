"""Machines told apart by which tasks may run on them: what a model of the schema stands for.

Who may run where is given as masks, whole numbers whose bit i is machine i. Machines that no mask
tells apart, and that are of one kind, are one class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from traces.schema import MODELS_MAX

# One name is left for tasks that no class may take.
CLASSES_MAX = MODELS_MAX
NOWHERE = "nowhere"


class TooMany(Exception):
    """More classes than a trace can have."""


@dataclass(frozen=True)
class Classes:
    """The classes of some machines.

    of: (machines,) each one's class. names: each class's, None where no task needs it and the
    machine has no kind.
    """

    of: NDArray[np.int64]
    names: tuple[str | None, ...]

    def name(self, machine: int) -> str | None:
        """The class of a machine, by its name."""
        return self.names[int(self.of[machine])]

    def allowed(self, mask: int, also: Iterable[int] = ()) -> str | None:
        """The classes of a mask and of some machines beyond, `A|B`; None where all may be used."""
        codes = set(self.of[bits(mask, len(self.of))].tolist()) | {int(self.of[m]) for m in also}
        if len(codes) == len(self.names):
            return None
        return "|".join(str(self.names[code]) for code in sorted(codes)) or NOWHERE


def tell_apart(
    kinds: Sequence[str | None],
    titles: Sequence[str],
    masks: Iterable[int],
    also: Iterable[int] = (),
) -> Classes:
    """The classes that masks make of machines.

    kinds: what tells machines apart by itself, such as the GPU's name, or None; titles: what to
    call a class otherwise. also: machines that some task may use beyond its mask. Raises TooMany.
    """
    count = len(kinds)
    known = {kind: number for number, kind in enumerate(dict.fromkeys(kinds))}
    codes = np.array([known[kind] for kind in kinds], np.int64)
    everyone = (1 << count) - 1
    needed = np.zeros(count, bool)
    needed[list(also)] = True
    for mask in sorted({*masks} - {everyone}):
        may = bits(mask, count)
        needed |= may
        _, codes = np.unique(codes * 2 + may, return_inverse=True)
        if codes.max(initial=-1) >= CLASSES_MAX:
            raise TooMany
    if codes.max(initial=-1) >= CLASSES_MAX:
        raise TooMany
    codes = _by_appearance(codes)
    return Classes(codes, tuple(_names(codes, kinds, titles, needed)))


def bits(mask: int, count: int) -> NDArray[np.bool_]:
    """A mask as an array of truths."""
    data = np.frombuffer(mask.to_bytes((count + 7) // 8 or 1, "little"), np.uint8)
    return np.unpackbits(data, count=count, bitorder="little").astype(bool)


def _by_appearance(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same classes, numbered as they first come."""
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    rank = np.empty(first.size, np.int64)
    rank[np.argsort(first)] = np.arange(first.size)
    return rank[inverse]


def _names(
    codes: NDArray[np.int64],
    kinds: Sequence[str | None],
    titles: Sequence[str],
    needed: NDArray[np.bool_],
) -> list[str | None]:
    names: list[str | None] = []
    for code in range(int(codes.max(initial=-1)) + 1):
        members = np.flatnonzero(codes == code)
        kind = kinds[int(members[0])]
        if kind is None and not needed[members].any():
            names.append(None)
            continue
        title = kind or Counter(titles[int(m)] for m in members).most_common(1)[0][0]
        title = title.replace("|", "/") or "machine"
        name, number = title, 1
        while name in names or name == NOWHERE:
            number += 1
            name = f"{title}-{number}"
        names.append(name)
    return names
