"""Many names in little memory: their text in one piece, and where each begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from sim.state import Ints

if TYPE_CHECKING:
    import polars as pl


class Names(Sequence[str]):
    """Names by number. A tuple of as many texts takes some ten times the memory.

    text: UTF-8, all names one after the other; ends: (n + 1,) bytes at which they begin and end.
    """

    def __init__(self, text: bytes, ends: Ints) -> None:
        self.text, self.ends = text, ends

    @classmethod
    def of(cls, names: pl.Series) -> Names:
        """The names of a column without blanks."""
        sizes = names.str.len_bytes().to_numpy().astype(np.int64)
        text = names.str.join("").to_list()[0] if len(names) else ""
        return cls(text.encode(), np.concatenate([[0], np.cumsum(sizes)]))

    def __len__(self) -> int:
        return self.ends.size - 1

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        number = range(len(self))[at]
        return self.text[self.ends[number] : self.ends[number + 1]].decode()

    def __iter__(self) -> Iterator[str]:
        return (self[number] for number in range(len(self)))
