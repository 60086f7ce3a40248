"""The trace and the heuristics that settings name, read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstrand import configuration, contain, schema
from unstrand.failure import ConfigurationError, nearest

if TYPE_CHECKING:
    import sim
    from traces import Trace

RESOURCES = {"cpu", "mem", "gpu"}
RECORDED = "recorded"


def trace(
    choice: schema.TraceChoice, cell: schema.Cell | None = None, *, bare: bool = False
) -> Trace:
    """Read the chosen trace and put it on the chosen cell, if there is one.

    Raises ``traces.TraceError``, and ConfigurationError for a trace without machines where no cell
    is chosen, unless ``bare`` says that it may have none.
    """
    import traces

    read = _read(choice)
    if cell is not None and cell.machines:
        return traces.furnish(read, cell.machines)
    if read.machine_count == 0 and not bare:
        from traces.verdict import USUAL

        amounts = ",".join(f"{name}:{USUAL.get(name, 1)}" for name in read.resources)
        known = [
            f"cell={name}"
            for name in configuration.options("cell")
            if set(read.resources) <= set(configuration.plain("cell", name)["machines"][0])
        ]
        shipped = ", ".join(known)
        raise ConfigurationError(
            f"cell: found none, and trace {read.name} has no machines; expected "
            f"{shipped + ', or ' if known else ''}machines of your own, as "
            f"cell.machines=[{{count:100,{amounts}}}] (unstrand trace check proposes a count)"
        )
    return read


def _read(choice: schema.TraceChoice) -> Trace:
    import traces

    options = asdict(choice)
    name = options.pop("name")
    if name == "canonical" and choice.path is None:
        raise ConfigurationError("trace.path: found none, expected the canonical folder")
    if name in ("synthetic", "fitted") and choice.tasks is not None:
        if not choice.tasks.isdecimal():
            raise ConfigurationError(f"trace.tasks: found {choice.tasks!r}, expected a number")
        options["tasks"] = int(choice.tasks)
    return traces.load(name, **options)


def heuristics(settings: schema.Run, reading: Sequence[str] | None = None) -> list[Any]:
    """The chosen heuristics, in the order given; a composition is one.

    ``all`` are the shipped ones that score a machine by itself, those that read some resource of
    ``reading``, where it is given; ``recorded`` are the trace's own placements. Raises
    ``heuristics.HeuristicError``, or ConfigurationError where two have the same name, or where
    one is described besides that ``heuristics`` puts aside.
    """
    chosen = settings.heuristic
    if settings.heuristics:
        _expect_no_other(chosen)
        made = [_one(word, settings) for word in _listed(settings.heuristics, reading)]
    elif chosen.compose:
        made = [_composed(chosen.compose, settings)]
    elif chosen.file:
        made = [_file(chosen.file, settings, chosen.params)]
    elif chosen.name:
        made = [_one(chosen.name, settings, chosen.params)]
    else:
        raise ConfigurationError(
            "heuristic: found none, expected heuristic=NAME, heuristic.file=FILE, "
            "heuristic.compose=[…] or heuristics=[…]"
        )
    names = [one.name for one in made]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigurationError(
            f"heuristics: found {twice[0]!r} more than once, expected names that tell them apart"
        )
    return made


def known(heuristic: Any, settings: schema.Run) -> dict[str, Any]:
    """What goes with a heuristic's results: the hash of its source, what held it where it is not
    the product's own, and a mark where any Python was allowed."""
    levels = getattr(heuristic, "levels", (heuristic,))
    source, held = "".join(level.source for level in levels), contain.held(heuristic, settings)
    return {
        "source_sha256": hashlib.sha256(source.encode()).hexdigest(),
        "contained": held,
        "marks": ["contain=off"] if held == "off" else [],
    }


def baseline(settings: schema.Compare) -> Any:
    """What is compared with."""
    if not settings.baseline:
        raise ConfigurationError("baseline: found none, expected a name, a .py file, or recorded")
    return _one(settings.baseline, settings)


def workload(settings: schema.Steady, heuristics: Sequence[Any]) -> dict[str, Any]:
    """What the settings say of a workload, as ``sim.series`` takes it.

    Recorded placements are those of the trace's own order, which they bring with them.
    """
    order = settings.order
    if order is None and any(getattr(one, "recorded", False) for one in heuristics):
        order = "trace"
    return {
        "load": settings.load,
        "machines": settings.machines,
        "split": settings.split,
        "hours": settings.hours,
        "history_h": settings.history,
        "order": order,
        "lifetimes": settings.workload.lifetimes,
        "lifetime_cap_h": settings.workload.lifetime_cap,
        "weights": settings.weights or None,
        "periods": settings.periods or None,
        "rules": rules(settings),
        "shake_s": settings.shake,
    }


def rules(settings: schema.Steady) -> sim.Rules:
    """How the cell is run besides."""
    import sim

    return sim.Rules(
        outages=_outages(settings.outages),
        preemption=_preemption(settings.preemption),
        gangs=_gangs(settings.gangs),
        predictions=predictions(settings.workload),
        migration=_migration(settings.migration),
        stale=_stale(settings),
        oversubscribe=dict(settings.oversubscribe),
    )


def predictions(lifetimes: schema.Lifetimes) -> sim.Predictions:
    """What a heuristic is told of lifetimes."""
    import sim

    return sim.Predictions(lifetimes.predicted, lifetimes.sigma)


def _migration(rule: schema.MigrationRule) -> sim.Migration | None:
    import sim

    budget = rule.moves_per_hour
    return None if budget is None else sim.Migration(budget, rule.looks)


def _stale(settings: schema.Steady) -> sim.Stale:
    """How old what schedulers know may be.

    Raises ConfigurationError beside what takes the state to be known.
    """
    import sim

    views = sim.Stale(settings.stale.schedulers, settings.stale.decisions)
    beside = {
        f"queue={settings.queue}": settings.queue.startswith("easy"),
        "preemption": settings.preemption.enabled,
        "migration.moves_per_hour": settings.migration.moves_per_hour is not None,
    }
    for name, there in beside.items():
        if views and there:
            raise ConfigurationError(
                f"stale: found {name} beside it, which takes the state to be known; expected one "
                "of the two"
            )
    return views


def _gangs(rule: schema.GangRule) -> sim.Gangs:
    import sim

    return sim.Gangs(rule.topology, rule.timeout_h)


def _preemption(rule: schema.PreemptionRule) -> sim.Preemption | None:
    """Who may evict whom, None where nobody does."""
    import sim

    if not rule.enabled:
        return None
    pairs = all(isinstance(band, list) and len(band) == 2 for band in rule.bands)
    if not pairs or not all(isinstance(end, int) for band in rule.bands for end in band):
        raise ConfigurationError(
            f"preemption.bands: found {rule.bands}, expected pairs of priorities, [[9,11]]"
        )
    return sim.Preemption(tuple((low, high) for low, high in rule.bands))


def _outages(model: schema.OutageModel) -> sim.Outages | None:
    """The model of failures, None where nothing fails."""
    import sim

    made = sim.Outages(**{f.name: getattr(model, f.name) for f in fields(model)})
    return made or None


def _expect_no_other(chosen: schema.HeuristicChoice) -> None:
    """Raise ConfigurationError where one heuristic is described that a list puts aside."""
    for name in ("file", "params", "compose"):
        if getattr(chosen, name):
            raise ConfigurationError(
                f"heuristic.{name}: found {getattr(chosen, name)!r} beside heuristics=[…], which "
                "takes the place of heuristic; expected one of them (a list holds names, .py files)"
            )


def _listed(words: Sequence[str], reading: Sequence[str] | None) -> list[str]:
    """The names and files of a list, with ``all`` and ``discovered`` spelled out: what stands
    beside them is not twice."""
    import heuristics as shipped

    groups = {"all": shipped.names, "discovered": shipped.discoveries}
    listed: list[str] = []
    for word in words:
        every = readable(groups[word](), reading) if word in groups else [word]
        listed += [one for one in every if one == word or one not in {*words, *listed}]
    return listed


def readable(every: Sequence[str], reading: Sequence[str] | None) -> list[str]:
    """Those of some shipped heuristics that score a machine by itself and read some of these
    resources, or none; all of them where ``reading`` is None."""
    import heuristics as shipped

    names = []
    for name in every:
        one = shipped.get(name)
        read = {path.rsplit(".", 1)[-1] for path in one.fields} & RESOURCES
        if one.form == "score" and (reading is None or not read or read & set(reading)):
            names.append(name)
    return names


def _one(word: str, settings: schema.Run, params: dict[str, Any] | None = None) -> Any:
    if word == RECORDED:
        if not isinstance(settings, schema.Steady):
            raise ConfigurationError(
                "heuristic: found recorded, the trace's own placements, which replay and compare "
                "follow; expected a rule"
            )
        import sim

        return sim.recorded(_named(settings.recorded, params or {}))
    if word.endswith(".py"):
        return _file(word, settings, params or {})
    return _named(word, params or {})


def _named(name: str, params: dict[str, Any]) -> Any:
    import heuristics as shipped

    return shipped.get(name, **params)


def _file(path: str, settings: schema.Run, params: dict[str, Any]) -> Any:
    import heuristics as shipped

    return shipped.load(Path(path), contain=settings.contain != "off", **params)


def _composed(layers: list[Any], settings: schema.Run) -> Any:
    """Heuristics in lexicographic order, each rounded to its step before the next one speaks."""
    import sim

    parts, steps = [], []
    for place, layer in enumerate(layers, 1):
        where = f"heuristic.compose, entry {place}"
        known = ("name", "file", "step", "params")
        if not isinstance(layer, dict):
            raise ConfigurationError(f"{where}: found {layer!r}, expected {{name:NAME,step:1.0}}")
        for name in layer:
            if name not in known:
                raise ConfigurationError(f"{where}: unknown key {name!r}{nearest(name, known)}")
        step = layer.get("step", 0)
        if isinstance(step, bool) or not isinstance(step, int | float) or not step >= 0:
            raise ConfigurationError(f"{where}: found step {step!r}, expected a number at least 0")
        if ("name" in layer) == ("file" in layer):
            raise ConfigurationError(f"{where}: expected a name or a file, and one of them")
        for key, kind, said in (
            ("name", str, "a text"),
            ("file", str, "a text"),
            ("params", dict, "names with values"),
        ):
            if not isinstance(layer.get(key, kind()), kind):
                raise ConfigurationError(f"{where}: found {key} {layer[key]!r}, expected {said}")
        params = layer.get("params", {})
        if "file" in layer:
            parts.append(_file(layer["file"], settings, params))
        else:
            parts.append(_named(layer["name"], params))
        steps.append(float(step))
    return sim.compose(parts, steps)
