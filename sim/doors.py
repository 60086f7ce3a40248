"""Operations that are compiled each by itself, and entered by an address.

What calls an operation has its code in it and is compiled with it, and so has whatever calls that:
most of what the compiler is at would be the same code again, a level higher, with all that a run
may not even do. The code behind a door stands once, and is compiled when a run first needs it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numba
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from sim import layout
from sim.compiled import OPTIONS, caching

TYPES = types.int64(types.int64, types.int64)


class Door:
    """An operation `(address of a run, number) -> number`, compiled where its address is asked."""

    def __init__(self, function: Callable[[int, int], int]) -> None:
        self.function = function

    @cached_property
    def _compiled(self) -> Any:
        options = {name: value for name, value in OPTIONS.items() if name != "nogil"}
        with caching() as folder:
            return numba.cfunc(TYPES, cache=folder is not None, **options)(self.function)

    @property
    def address(self) -> int:
        """Where its code begins."""
        return int(self._compiled.address)


@Door
def shut(run: int, number: int) -> int:
    """What stands behind doors that a run has no use for."""
    return -10 - layout.SHUT


@intrinsic
def _enter(typingctx: Any, address: Any, run: Any, number: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        word = ir.IntType(64)
        kind = ir.FunctionType(word, [word, word])
        target = builder.inttoptr(args[0], cgutils.voidptr_t)
        return builder.call(builder.bitcast(target, kind.as_pointer()), list(args[1:]))

    return types.int64(types.int64, run, types.int64), generate


enter: Any = _enter  # type checkers see its builder
"""`enter(address, run, number)`, in compiled code: what the operation at an address answers."""
