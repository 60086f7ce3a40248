"""Calling a kernel by its address.

The engine is compiled once and knows no heuristic; it is handed the address of one. (numba's
first-class functions would be unboxed at each call, which costs ten times the decision.)
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

ARGUMENTS = 12


@intrinsic
def call_kernel(
    typingctx: Any,
    address: Any,
    count: Any,
    option: Any,
    columns: Any,
    stride: Any,
    shares: Any,
    devices: Any,
    device_count: Any,
    scalars: Any,
    mix: Any,
    mix_count: Any,
    out: Any,
) -> Any:
    """Call `void kernel(11 × int64)`; array arguments are addresses."""
    signature = types.void(types.int64, *(types.int64 for _ in range(ARGUMENTS - 1)))

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        word = ir.IntType(64)
        kind = ir.FunctionType(ir.VoidType(), [word] * (ARGUMENTS - 1))
        target = builder.inttoptr(args[0], cgutils.voidptr_t)
        target = builder.bitcast(target, kind.as_pointer())
        builder.call(target, list(args[1:]))
        return context.get_dummy_value()

    return signature, generate
