"""The bytes of a file, plain or gzipped whatever its name, in chunks of bounded size."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from traces.csvfile import unreadable
from traces.errors import TraceError

CHUNK_BYTES = 1 << 18
_GZIP = b"\x1f\x8b"
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PAR1": "Parquet", b"PK\3\4": "zip"}
_BOM = b"\xef\xbb\xbf"


def chunks(path: Path, expected: str) -> Iterator[bytes]:
    """The file's bytes without a byte order mark, none of the chunks empty.

    expected: what the file should have been, as an error says it. Raises TraceError.
    """
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == _GZIP
            plain.seek(0)
            stream = cast(BinaryIO, gzip.GzipFile(fileobj=plain)) if packed else plain
            data = stream.read(CHUNK_BYTES)
            for mark, kind in _MARKS.items():
                if data.startswith(mark):
                    raise TraceError(file=path, found=f"{kind} data", expected=expected)
            data = data.removeprefix(_BOM)
            while data:
                yield data
                data = stream.read(CHUNK_BYTES)
    except EOFError:
        raise TraceError(
            file=path, found="a gzip stream that ends early", expected="a whole gzip file"
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise TraceError(
            file=path, found="broken gzip data", expected="a gzip file", hint=str(error)
        ) from None
    except OSError as error:
        raise unreadable(path, error, expected) from None


def head(path: Path, expected: str) -> bytes:
    """How the file begins, up to a chunk; empty for an empty file. Raises TraceError."""
    return next(chunks(path, expected), b"")
