"""One word that stands for all arrays of a run, so that compiled operations are cheap to call.

A compiled operation that takes named tuples of arrays takes hundreds of machine arguments, each
call copies them, and the compiler spends minutes on them. A handle is the address of a table of
(address, dimensions) a field; `run.cell.free` reads the table where it is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.datamodel import models
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    register_model,
    typeof_impl,
    unbox,
)
from numba.np import arrayobj
from numba.np.numpy_support import from_dtype

from sim import state
from sim.state import Ints

WORDS = 3  # address and two dimensions


class Field(NamedTuple):
    """Where a field stands in the table, and what its arrays are."""

    at: int
    array: types.Array


def _fields() -> Iterator[tuple[str, str, Field]]:
    at = 0
    for group, members in state.GROUPS.items():
        for name, (dtype, dimensions) in members.items():
            yield group, name, Field(at, types.Array(from_dtype(np.dtype(dtype)), dimensions, "C"))
            at += WORDS


TABLE = {(group, name): field for group, name, field in _fields()}


class Handle(types.Type):
    """The numba type of a handle: to the whole run, or to one group of it."""

    def __init__(self, group: str) -> None:
        self.group = group
        super().__init__(name=f"Handle({group})")


@register_model(Handle)
class HandleModel(models.PrimitiveModel):
    """A handle is one 64-bit word."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, ir.IntType(64))


@infer_getattr
class HandleAttributes(AttributeTemplate):
    """`run.cell` is a handle again, `cell.free` an array."""

    key = Handle

    def generic_resolve(self, handle: Handle, name: str) -> Any:  # type: ignore[override]
        if handle.group == "run":
            return Handle(name) if name in state.GROUPS else None
        field = TABLE.get((handle.group, name))
        return field.array if field else None


@lower_getattr_generic(Handle)
def read_attribute(context: Any, builder: Any, kind: Any, value: Any, name: str) -> Any:
    """Build the array from its words in the table."""
    if kind.group == "run":
        return value
    field = TABLE[kind.group, name]
    word = ir.IntType(64)
    table = builder.inttoptr(value, word.as_pointer())

    def entry(k: int) -> Any:
        return builder.load(builder.gep(table, [ir.Constant(word, field.at + k)]))

    array = context.make_array(field.array)(context, builder)
    shape = [entry(1 + k) for k in range(field.array.ndim)]
    size = context.get_abi_sizeof(context.get_data_type(field.array.dtype))
    itemsize = ir.Constant(word, size)
    strides = [itemsize] if len(shape) == 1 else [builder.mul(shape[1], itemsize), itemsize]
    arrayobj.populate_array(
        array,
        data=builder.inttoptr(entry(0), array.data.type),
        shape=shape,
        strides=strides,
        itemsize=itemsize,
        meminfo=None,
    )
    return array._getvalue()


class View:
    """What Python hands to compiled operations: the table of a run, seen whole or by a group."""

    def __init__(self, group: str, table: Ints, kept: Any) -> None:
        self.group = group
        self.address = int(table.ctypes.data)
        self.table = table
        self.kept = kept

    def __getattr__(self, group: str) -> Any:
        if group not in state.GROUPS:
            raise AttributeError(group)
        return View(group, self.table, self.kept)


def view(run: state.Run, before: Any = None, changed: Iterable[str] = state.GROUPS) -> Any:
    """A view of a run, to be handed to compiled operations as a `Run`; it keeps the arrays alive.

    before: a view of a run that has the same arrays but for the groups that are `changed`.

    Raises:
        TypeError: an array of another kind, shape or layout than its field has.
    """
    table = np.zeros(len(TABLE) * WORDS, np.int64) if before is None else before.table.copy()
    for group in changed:
        arrays = getattr(run, group)
        for name, (dtype, dimensions) in state.GROUPS[group].items():
            array = getattr(arrays, name)
            if array.dtype != dtype or array.ndim != dimensions or not array.flags.c_contiguous:
                raise TypeError(
                    f"{group}.{name}: expected {np.dtype(dtype)} of {dimensions} dimensions, "
                    f"C order, found {array.dtype} of {array.ndim}"
                )
            at = TABLE[group, name].at
            table[at : at + 1 + dimensions] = (array.ctypes.data, *array.shape)
    return View("run", table, run)


@intrinsic
def _run_at(typingctx: Any, address: Any) -> Any:
    """The run whose table stands at an address, for compiled operations that work on several."""
    return Handle("run")(types.int64), lambda context, builder, signature, args: args[0]


run_at: Any = _run_at  # type checkers see its builder
"""`run_at(address)`, in compiled code: the run whose table stands there."""


@typeof_impl.register(View)
def _type_of(value: View, _: Any) -> Handle:
    return Handle(value.group)


@unbox(Handle)
def _unbox(_: Any, value: Any, c: Any) -> Any:
    number = c.pyapi.object_getattr_string(value, "address")
    word = c.pyapi.long_as_longlong(number)
    c.pyapi.decref(number)
    return NativeValue(word, is_error=c.pyapi.c_api_error())
