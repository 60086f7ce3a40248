"""Resources by their Kubernetes names: which are GPUs, what others are called here, their units.

Amounts are whole numbers: thousandths of cores and of GPUs, bytes, single pieces. As in the
scheduler what is finer is rounded up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from traces.kubernetes import quantity
from traces.schema import UNITS, is_resource, machine_columns, task_columns

GIB = 2**30
_MIB = 2**20
CARD_COUNT, CARD_MILLI = "alibabacloud.com/gpu-count", "alibabacloud.com/gpu-milli"
_KNOWN = {"cpu": "cpu", "memory": "mem", "ephemeral-storage": "disk"}
_TAKEN = {"gpu", "pods", "end", *(c.name for c in (*task_columns(()), *machine_columns(())))}


def is_gpu(name: str) -> bool:
    """Whether an extended resource is a whole GPU, as `nvidia.com/gpu` is."""
    return name.endswith("/gpu")


def is_card(name: str) -> bool:
    """Whether it is one of the two that a GPU share is asked for by (Alibaba's gpushare)."""
    return name in (CARD_COUNT, CARD_MILLI)


def is_bytes(name: str) -> bool:
    """Whether amounts are bytes."""
    return name in ("memory", "ephemeral-storage") or name.startswith("hugepages-")


def whole(name: str, nano: int) -> int:
    """An amount in thousand-millionths in whole units: thousandths of cores, bytes, pieces."""
    return quantity.up(nano, 1000 if name == "cpu" else 1)


def named(names: Iterable[str]) -> dict[str, str]:
    """What resources are called here, names that heuristics can use, each once.

    `hugepages-2Mi` is hugepages_2Mi, `example.com/dongle` dongle, or example_com_dongle where two
    would be the same.
    """
    asked = sorted(names)
    short = {name: _identifier(name.rsplit("/", 1)[-1]) for name in asked}
    given: dict[str, str] = {}
    for name in asked:
        if name in _KNOWN:
            given[name] = _KNOWN[name]
            continue
        word = short[name]
        alone = sum(short[other] == word for other in asked) == 1
        if not alone or word in _TAKEN or word in _KNOWN.values():
            word = _identifier(name)
        while word in given.values() or word in _TAKEN or word in _KNOWN.values():
            word += "_"
        given[name] = word
    return given


def _identifier(name: str) -> str:
    word = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
    return word if is_resource(word) else f"r_{word}"


def unit(name: str, amounts: Sequence[int]) -> float:
    """The natural amount of one unit, so coarse that all of these amounts are whole.

    Bytes are counted in MiB, or in the largest power of two of bytes that divides them all.
    """
    if not is_bytes(name):
        return UNITS["cpu"] if name == "cpu" else 1.0
    together = _MIB
    for amount in amounts:
        together |= amount
    return (together & -together) / GIB


def natural(name: str, amount: int) -> float:
    """Whole units in natural amounts: cores, GiB, pieces."""
    if name == "cpu":
        return amount / 1000
    return amount / GIB if is_bytes(name) else float(amount)


def gpu_thousandths(amounts: Mapping[str, int]) -> int:
    """GPUs asked for, in thousandths of a device; a share of each of several cards is their sum."""
    if any(is_card(name) for name in amounts):
        return cards(amounts.get(CARD_COUNT), amounts.get(CARD_MILLI))
    return sum(quantity.up(nano, 1000) for name, nano in amounts.items() if is_gpu(name))


def cards(count: int | None, milli: int | None) -> int:
    """So many cards, of each so many thousandths; all of a card where only one is said."""
    cards = quantity.up(count, 1) if count is not None else 1
    share = quantity.up(milli, 1) if milli is not None else 1000
    return cards * share
