"""A heuristic compiled apart from the cell: a small C function that scores a run of options."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba import types

import heuristics
from heuristics import Heuristic, HeuristicError
from sim import layout
from sim import state as st
from sim.compiled import OPTIONS, caching
from sim.state import Scorer
from sim.translate import SIGNATURE, changes, translate

FLOATS = types.CPointer(types.float64)
WORDS = types.CPointer(types.int64)
TYPES = types.void(
    types.int64, WORDS, FLOATS, types.int64, FLOATS, types.int64, WORDS, FLOATS, FLOATS,
    types.int64, FLOATS,
)  # fmt: skip


KEEP = 64
MOST_MACHINES = 1 << 32  # a bound for the compiler, since a kernel serves cells of any size
_kept: dict[Any, Kernel] = {}


@dataclass(frozen=True)
class Kernel:
    """What the cell needs of one level of a scorer.

    `address` is 0 where the heuristic is asked in Python; `compiled` keeps the code alive.
    """

    heuristic: Heuristic
    address: int
    rows: tuple[int, ...] = ()
    frag: tuple[int, ...] = ()
    paths: frozenset[str] = frozenset()
    may_raise: bool = False
    slot_pure: bool = True
    seconds: float = 0.0
    compiled: Any = field(default=None, repr=False, compare=False)


def _source(kernel: str, resources: int) -> str:
    """The kernel's module: its pointers are seen as arrays, sizes are numbers."""
    head = f"def _kernel({SIGNATURE}):\n"
    views = (
        f"    _columns = _carray(_columns, (_stride * {layout.rows(resources)},))\n"
        "    _option = _carray(_option, (_count,))\n"
        "    _out = _carray(_out, (_count,))\n"
        f"    _scalars = _carray(_scalars, ({layout.scalar_count(resources)},))\n"
        f"    _mix = _carray(_mix, (_shapes * {resources + 2},))\n"
        f"    _shares = _carray(_shares, (_width * {MOST_MACHINES},))\n"
        f"    _devices = _carray(_devices, ({MOST_MACHINES},))\n"
    )
    return "from numba import carray as _carray\n" + kernel.replace(head, head + views)


def _module(source: str, name: str, folder: Path | None) -> tuple[dict[str, Any], bool]:
    """The names that a kernel's module defines, and whether it is a file that numba can cache.

    Kernels of shipped heuristics are kept as files, candidates' are not.
    """
    if folder is not None:
        digest = hashlib.sha256(source.encode()).hexdigest()[:16]
        path = folder / f"unstrand_kernel_{digest}.py"
        try:
            if not path.exists():
                own = path.with_suffix(f".{os.getpid()}")
                own.write_text(source, encoding="utf-8")
                own.replace(path)
            spec = importlib.util.spec_from_file_location(path.stem, path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[spec.name] = module  # numba's cache asks for a kernel's module by name
            spec.loader.exec_module(module)
            return module.__dict__, True
        except OSError:
            pass
    space: dict[str, Any] = {}
    exec(compile(source, f"<kernel of {name}>", "exec"), space)
    return space, False


def expect_readable(heuristic: Heuristic, resources: Sequence[str]) -> None:
    """Raise HeuristicError where a heuristic reads what the trace has not; nothing is compiled."""
    if heuristic.form != "scores" and heuristic.checked:
        translate(heuristic, resources)


def readable(names: Sequence[str], resources: Sequence[str]) -> list[str]:
    """Of heuristics of the product those that read nothing that a trace has not."""
    found = []
    for name in names:
        try:
            expect_readable(heuristics.get(name), resources)
        except HeuristicError:
            continue
        found.append(name)
    return found


def compile_kernel(heuristic: Heuristic, resources: Sequence[str]) -> Kernel:
    """Compile a heuristic for a trace's resources; the last few compiled are kept.

    Heuristics in the array form, and those that no compiler can take (`contain=off` allows any
    Python), come back with address 0.

    Raises:
        HeuristicError: the heuristic reads what the trace has not.
    """
    if heuristic.form == "scores" or not heuristic.checked:
        return Kernel(heuristic, 0)
    key = (heuristic.source, tuple(sorted(heuristic.params.items())), tuple(resources))
    if key not in _kept:
        while len(_kept) >= KEEP:
            _kept.pop(next(iter(_kept)))
        _kept[key] = _compiled(heuristic, resources)
    return _kept[key]


def _compiled(heuristic: Heuristic, resources: Sequence[str]) -> Kernel:
    began = time.perf_counter()
    text, reads = translate(heuristic, resources)
    source = _source(text, len(resources))
    options = {**OPTIONS, "boundscheck": reads.may_raise}
    with caching() as folder:
        keep = folder if heuristic.shipped else None
        space, kept = _module(source, heuristic.name, keep)
        try:
            if "_score" in space:
                space["_score"] = numba.jit(cache=kept, **options)(space["_score"])
            options.pop("nogil")
            function = numba.cfunc(TYPES, cache=kept, **options)(space["_kernel"])
        except numba.core.errors.NumbaError as error:
            first = str(error).strip().splitlines()[0]
            raise HeuristicError(
                "syntax", f"can't be compiled: {first}", file=heuristic.filename
            ) from None
        address = function.address
    assert address is not None
    return Kernel(
        heuristic=heuristic,
        address=address,
        rows=tuple(sorted(reads.rows)),
        frag=tuple(sorted(reads.frag)),
        paths=frozenset(reads.paths),
        may_raise=reads.may_raise,
        slot_pure=reads.slot_pure,
        seconds=time.perf_counter() - began,
        compiled=function,
    )


def scorer(
    kernels: Sequence[Kernel],
    steps: Sequence[float],
    ties: int,
    seed: int,
    resources: int,
    *,
    recorded: bool = False,
    tape: int = layout.NO_TAPE,
) -> Scorer:
    """The arrays by which the cell knows one heuristic, or several in lexicographic order."""
    paths = frozenset().union(*(k.paths for k in kernels))
    external = any(k.address == 0 for k in kernels)
    frag = sorted({r for k in kernels for r in k.frag})
    per_machine = set(range(layout.frag_row(resources, 0)))
    fields = sorted({r for k in kernels for r in k.rows} & per_machine)
    special = bool({"slot", "machine.kin"} & paths) or bool(frag)
    uses_slot = any("slot" in k.heuristic.arguments for k in kernels)
    flags = np.zeros(st.FLAGS, np.int64)
    flags[st.EXTERNAL] = external
    flags[st.USES_SLOT] = uses_slot
    flags[st.USES_FRAG] = bool(frag)
    flags[st.KEPT] = len(kernels) == 1 and not external and not any(map(changes, paths))
    flags[st.GATHER] = not special and not uses_slot
    flags[st.MAY_RAISE] = any(k.may_raise for k in kernels)
    if flags[st.GATHER] and "gpus" not in paths and not flags[st.MAY_RAISE]:
        flags[st.DENSE] = 1 if any(p.startswith("mix.") for p in paths) else 2
    flags[st.SLOT_PURE] = all(k.slot_pure for k in kernels)
    flags[st.USES_EXIT] = "machine.exit" in paths or external
    flags[st.USES_KIN] = "machine.kin" in paths
    flags[st.TIES] = ties
    flags[st.SEED] = seed
    flags[st.RECORDED] = recorded
    flags[st.TAPE] = tape
    return Scorer(
        address=np.array([k.address for k in kernels], np.int64),
        step=np.array(steps, np.float64),
        fields=np.array(fields, np.int64),
        frag=np.array(frag, np.int64),
        flags=flags,
    )


class quiet:
    """Keep what a kernel raises from being printed; the cell sees the entry it left unwritten."""

    def __enter__(self) -> None:
        self.before = sys.unraisablehook
        sys.unraisablehook = lambda _: None

    def __exit__(self, *_: object) -> None:
        sys.unraisablehook = self.before
