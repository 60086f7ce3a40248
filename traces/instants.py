"""Times as text, ISO 8601: `2017-10-09 07:01:55`, `2017-10-09T07:01:55.123Z`, `2017-10-09`."""

from __future__ import annotations

import polars as pl

# Without (?-u), \d is a digit of any script.
_FORM = (
    r"(?-u)^(?<date>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?<time>\d\d:\d\d)(?::(?<second>\d\d)(?<part>\.\d{1,9})?)?)?"
    r" ?(?<zone>Z|[+-]\d\d:?\d\d)?$"
)


def seconds(column: str, dtype: pl.DataType) -> pl.Expr:
    """Seconds since 1970, Float64 to the microsecond, null where it is no time.

    Text without a zone is taken as it stands; Date and Datetime columns of Parquet are too.
    """
    source = pl.col(column)
    if dtype.is_temporal():
        return source.cast(pl.Datetime("us")).dt.epoch("us") / 1e6
    part = source.str.extract_groups(_FORM).struct
    clock = part.field("time").fill_null("00:00") + ":" + part.field("second").fill_null("00")
    moment = (part.field("date") + " " + clock).str.to_datetime(
        "%Y-%m-%d %H:%M:%S", time_unit="us", strict=False
    )
    after = part.field("part").cast(pl.Float64).fill_null(0.0)
    return moment.dt.epoch("us") / 1e6 + after.round(6) - _offset(part.field("zone"))


def _offset(zone: pl.Expr) -> pl.Expr:
    """Seconds that a zone such as +02:00 is ahead, 0 for Z and none."""
    digits = zone.str.replace(":", "")
    ahead = (
        digits.str.slice(1, 2).cast(pl.Float64, strict=False) * 3600
        + digits.str.slice(3, 2).cast(pl.Float64, strict=False) * 60
    )
    return pl.when(zone.str.starts_with("-")).then(-ahead).otherwise(ahead).fill_null(0.0)


def epoch(text: str) -> float | None:
    """Seconds since 1970 of one time, None where it is none."""
    frame = pl.DataFrame({"time": [text]})
    value: float | None = frame.select(seconds("time", pl.String())).item()
    return value
