"""What jobs ask for, in Slurm's words: `cpu=4,mem=16G,gres/gpu=2`, `4Gc`, `16Gn`, `16G`.

Amounts of memory are MiB, Slurm's own unit; what is written finer (`1.21G`) is rounded up to it.
"""

from __future__ import annotations

import polars as pl

from traces.rows import Rule

_SIZE = r"[0-9]{1,15}(?:\.[0-9]{1,9})?[KMGTPE]?"
_FORM = rf"^[A-Za-z][^=,|]*={_SIZE}(?:,[A-Za-z][^=,|]*={_SIZE})*$"
_MEMORY = rf"^{_SIZE}B?[cn]?$"
_MIB = {"K": 1 / 1024, "M": 1.0, "G": 1024.0, "T": 1024.0**2, "P": 1024.0**3, "E": 1024.0**4}
_TYPED = r"(?:^|,)gres/gpu:([^=,]+)=([0-9]+)"
# Counted, or of no node in particular.
_KNOWN = r"^(?:cpu|mem|node|billing|energy|vmem|pages|fs/.*|ic/.*|bb/.*|gres/gpu(?::.*)?)$"

RULES = (
    Rule(
        "ReqTRES",
        ~pl.col("ReqTRES").str.contains(_FORM),
        "resources such as cpu=4,mem=16G,node=1,gres/gpu=2",
    ),
    Rule(
        "ReqMem",
        ~pl.col("ReqMem").str.contains(_MEMORY),
        "memory such as 16G, 4000M, 4Gc (a core) or 16Gn (a node)",
    ),
)


def count(name: str) -> pl.Expr:
    """How many of a resource ReqTRES asks for, null where it names none."""
    found = pl.col("ReqTRES").str.extract(rf"(?:^|,){name}=([0-9]+)(?:,|$)")
    return found.cast(pl.Int64, strict=False)


def gpus() -> pl.Expr:
    """Devices: `gres/gpu`, else the sum of `gres/gpu:TYPE`, which are parts of it; else 0."""
    typed = (
        pl.col("ReqTRES")
        .str.extract_all(_TYPED)
        .list.eval(pl.element().str.extract(r"=([0-9]+)$").cast(pl.Int64, strict=False))
    )
    return pl.coalesce(count("gres/gpu"), typed.list.sum(), pl.lit(0))


def gpu_type() -> pl.Expr:
    """The one sort of devices that it names, null for none or several."""
    typed = (
        pl.col("ReqTRES")
        .str.extract_all(_TYPED)
        .list.eval(pl.element().str.extract(r"gres/gpu:([^=,]+)="))
    )
    return pl.when(typed.list.len() == 1).then(typed.list.first())


def memory() -> pl.Expr:
    """MiB of the whole job: ReqTRES's, else ReqMem's, a core's (c) or a node's (n) times those."""
    tres = pl.col("ReqTRES").str.extract(rf"(?:^|,)mem=({_SIZE})(?:,|$)")
    per = pl.col("ReqMem").str.extract("([cn])$")
    times = pl.when(per == "c").then("cpu").when(per == "n").then("nodes").otherwise(1)
    whole = _mib(pl.col("ReqMem").str.strip_chars_end("cn").str.strip_suffix("B")) * times
    return pl.coalesce(_mib(tres), whole, pl.lit(0.0)).ceil()


def not_counted(tres: pl.Series) -> list[tuple[str, int]]:
    """Resources that a cell does not have, and how many jobs ask for each."""
    names = tres.drop_nulls().str.split(",").explode().str.split("=").list.first()
    others = names.filter(~names.str.contains(_KNOWN)).value_counts(sort=True)
    return list(others.iter_rows())


def _mib(size: pl.Expr) -> pl.Expr:
    """A size in MiB, which one without a letter is."""
    letter = size.str.extract("([KMGTPE])$").fill_null("M")
    number = size.str.strip_chars_end("KMGTPE").cast(pl.Float64, strict=False)
    return number * letter.replace_strict(_MIB, return_dtype=pl.Float64)
