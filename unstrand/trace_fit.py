"""``unstrand trace fit``: a generator fitted to a trace, and how like the trace what it makes is.

With ``validate=true`` heuristics are compared on the trace and on synthetic ones, under the same
settings; a generator is good for what it was made for where their figures agree.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstrand import chosen, configuration, result, show, twins
from unstrand.compare import compared
from unstrand.failure import ConfigurationError
from unstrand.main import say_what_compiles
from unstrand.recognise import recognise
from unstrand.schema import Fit

if TYPE_CHECKING:
    from traces import Trace
    from traces.fitted import Likeness

WHAT = "fit a generator of synthetic traces to a trace, and tell how like they are"
USAGE = "trace fit"
POSITIONALS = "[PATH_OR_NAME]"
EXAMPLES = (
    "unstrand trace fit synthetic out=DIR",
    "unstrand trace fit experiment=openb validate=true 'heuristics=[fgd,cosine]' out=DIR",
    "unstrand trace convert trace=fitted trace.path=DIR/model.yaml trace.scale=10 out=BIG",
)
MODEL = "model.yaml"


def run(settings: Fit, positionals: list[str]) -> None:
    """Fit, and leave ``model.yaml``, ``summary.json`` and tables of how like it is."""
    from traces import fitted

    if len(positionals) > 1:
        raise ConfigurationError(f"trace fit: found {len(positionals)} paths, expected one")
    choice = recognise(positionals[0], settings.trace) if positionals else settings.trace
    clock = result.Clock()
    with result.folder("trace-fit", settings.out, overwrite=settings.overwrite) as (partial, place):
        with clock.timing("read"):
            trace = chosen.trace(choice, settings.cell, bare=not settings.validate)
        with clock.timing("fit"):
            fitted.write_model(fitted.fit(trace), partial / MODEL)
            # What is validated is what the file holds.
            model = fitted.read_model(partial / MODEL)
            synthetic = fitted.draw(model)
            like = fitted.likeness(trace, synthetic)
        entry = _entry(like, (partial / MODEL).stat().st_size)
        figures: list[twins.Figure] = []
        if settings.validate:
            with clock.timing("validate"):
                figures = _validated(settings, trace, model)
        summary = result.summary(
            "trace fit",
            clock,
            configuration.outcome(settings),
            trace=trace,
            seeds=range(settings.seed, settings.seed + settings.seeds) if figures else (),
            replayed=trace.replayed,
            simulated=("tasks", "machines") if trace.machine_count else ("tasks",),
            assumed=synthetic.assumed,
            results=[entry | {"heuristics": [one.said() for one in figures]}],
        )
        result.write(summary, partial)
        result.table(_columns(entry["marginals"]), partial / "marginals.parquet")
        lags = {"lag_h": list(range(1, len(like.arrivals["tasks"]) + 1)), **like.arrivals}
        result.table(lags, partial / "arrivals.parquet")
        if figures:
            result.table(_columns([one.row() for one in figures]), partial / "heuristics.parquet")
    if settings.json:
        show.json_line(summary)
    else:
        _show(trace, entry, figures, place)


def _validated(settings: Fit, trace: Trace, model: Any) -> list[twins.Figure]:
    """What each heuristic recovers on the trace, on its twins and on the trace drawn anew."""
    from traces import fitted

    baseline = chosen.baseline(settings)
    settings.heuristics = settings.heuristics or twins.eight(trace.resources, baseline.name)
    heuristics = [one for one in chosen.heuristics(settings, trace.resources) if one != baseline]
    if not heuristics:
        raise ConfigurationError(
            f"heuristics: found {baseline.name!r} alone, the baseline; expected another"
        )
    say_what_compiles()

    def on(some: Trace, what: str) -> list[Any]:
        return compared(settings, some, baseline, heuristics, what)

    return twins.figures(
        on(trace, "on the trace"),
        [
            on(fitted.draw(model, seed=seed), f"on twin {seed}, of {settings.twins}")
            for seed in range(settings.twins)
        ],
        [
            on(fitted.resampled(trace, seed), f"drawn anew {seed}, of {settings.resamples}")
            for seed in range(settings.resamples)
        ],
    )


def _entry(like: Likeness, size: int) -> dict[str, Any]:
    return {
        "model": MODEL,
        "model_bytes": size,
        "marginals": [asdict(one) for one in like.marginals],
        "mix": like.mix,
        "mix_by_luck": like.mix_by_luck,
        "mix_held": like.mix_held,
        "mix_held_by_luck": like.mix_held_by_luck,
        "farther": _farther(like),
        "arrivals_autocorrelation": {name: some[:24] for name, some in like.arrivals.items()},
    }


def _columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _show(trace: Trace, entry: dict[str, Any], figures: list[twins.Figure], place: Path) -> None:
    header = ["value", "unit", "mean", "synthetic", "KS", "by luck", "Wasserstein", "by luck"]
    rows = [
        [
            *(one["what"], one["unit"], one["mean"], one["mean_fitted"]),
            *(_small(one["ks"]), _small(one["ks_by_luck"])),
            *(_small(one["wasserstein"]), _small(one["wasserstein_by_luck"])),
        ]
        for one in entry["marginals"]
    ]
    for name, what in (("mix", "kinds, of tasks"), ("mix_held", "kinds, of what they hold")):
        tv = [_small(entry[name]), _small(entry[f"{name}_by_luck"])]
        rows.append([what, "TV", None, None, *tv, None, None])
    show.table(f"{trace.name} and what {MODEL} makes", header, rows)
    lags = (1, 2, 6, 12, 24)
    found = entry["arrivals_autocorrelation"]
    rows = [
        [f"{what}{of}", *(float(found[what + name][lag - 1]) for lag in lags)]
        for what in ("tasks", "jobs")
        for name, of in (("", ""), ("_fitted", ", synthetic"))
    ]
    show.table("autocorrelation of arrivals per hour", ["lag", *(f"{h} h" for h in lags)], rows)
    print(_verdict(entry["farther"]))
    if figures:
        twins.show(figures)
    show.place(place)


def _farther(like: Likeness) -> list[str]:
    """What of the synthetic trace is farther off than luck makes the trace drawn anew."""
    told = [
        one.what for one in like.marginals if one.ks_by_luck is not None and one.ks > one.ks_by_luck
    ]
    if like.mix > like.mix_by_luck:
        told.append("kinds, of tasks")
    if like.mix_held > like.mix_held_by_luck:
        told.append("kinds, of what they hold")
    return told


def _verdict(farther: list[str]) -> str:
    if not farther:
        return "Nothing is farther off than the trace is from itself with its jobs drawn anew."
    return (
        f"Farther off than the trace is from itself, jobs drawn anew: {', '.join(farther)}. Whether"
        " that matters to heuristics, validate=true tells."
    )


def _small(value: float | None) -> str | None:
    return None if value is None else f"{value:.3g}"
