"""Settings of the group ``llm`` as the writer of a search wants them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstrand import configuration, keys, schema
from unstrand.configuration import expect_within
from unstrand.failure import ConfigurationError

if TYPE_CHECKING:
    from evolve.journal import Journal
    from evolve.judging.constitution import Constitution
    from evolve.llm.models import Model
    from evolve.llm.proposer import Asking, Writer
    from evolve.problem import Problem
    from heuristics.tree import Program

OF_A_RULE = ("name", "rule", "check")
OF_A_MODEL = {
    "model": str,
    "base_url": str,
    "api_key_env": str,
    "weight": float,
    "temperature": float,
    "effort": str,
    "max_tokens": int,
    "stream": bool,
    "prices": dict,
}
"""What an entry of ``llm.ensemble`` may say, and of which type."""
BOUNDED = {
    "weight": keys.Rule("its share to begin with", above=0.0, at_most=1e9),
    **{
        one.name: one.rule
        for one in keys.keys(schema.Llm)
        if one.name in ("temperature", "max_tokens")
    },
}
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


def writer(
    settings: schema.Evolve,
    problem: Problem,
    seeds: Mapping[str, Program],
    journal: Journal,
) -> Writer:
    """What asks models for programs, set up; what it may cost at most is said on stderr.

    Raises:
        ConfigurationError: an entry of the ensemble that is none, or a journal without answers.
        EndpointError: no key, or an endpoint that has not the one model that is not named.
    """
    from evolve.llm.proposer import Writer

    if settings.llm.journal is not None:
        _take_over(Path(settings.llm.journal), journal)
    say = partial(print, file=sys.stderr, flush=True)
    made = Writer(problem, seeds, asking(settings.llm, journal), journal, say)
    if not settings.llm.replay and settings.candidates is not None:
        say(made.estimate(settings.candidates - len(seeds)))
    return made


def asking(llm: schema.Llm, journal: Journal) -> Asking:
    """How models are asked; which they are, the journal keeps."""
    from evolve.llm.budget import Caps
    from evolve.llm.proposer import Asking

    found = models(llm)
    kept = journal.setting("models", None if llm.replay else [_name(one) for one in found])
    if kept is None:
        raise ConfigurationError("llm.replay: found no answers of models in the run's journal")
    if not isinstance(kept, list) or not all(isinstance(name, str) for name in kept):
        raise ConfigurationError(f"{journal.path}: found {kept!r}, expected the names of models")
    if len(kept) != len(found):
        raise ConfigurationError(
            f"llm.ensemble: found {len(found)} models, expected {len(kept)} as the run began"
        )
    for one, name in zip(found, kept, strict=True):
        if one.name not in ("", name):
            raise ConfigurationError(
                f"llm.ensemble: found {one.name!r}, expected {name!r} there as the run began"
            )
    if llm.budget.usd is not None:
        for at, one in enumerate(found):
            if not one.prices.known:
                where = f"llm.ensemble[{at}].prices" if llm.ensemble else "llm.prices"
                raise ConfigurationError(
                    f"llm.budget.usd: found {llm.budget.usd:g} and no {where} to count by, "
                    f"expected {where}.input and {where}.output, US dollars a million tokens"
                )
    named = tuple(replace(one, name=name) for one, name in zip(found, kept, strict=True))
    return Asking(
        models=named,
        templates=templates(),
        instructions=instructions(),
        caps=Caps(llm.budget.tokens, llm.budget.usd),
        share=llm.share,
        concurrent=llm.concurrent,
        a_minute=llm.per_minute,
        timeout_s=llm.timeout_s,
        patience_s=llm.patience_s,
        failures=llm.failures,
        repair=llm.repair,
        evolve=llm.instructions.evolve,
        every=llm.instructions.every,
        replay=llm.replay,
    )


def constitution(settings: schema.Constitution) -> Constitution:
    """The rules of a search.

    Raises:
        ConfigurationError: a rule that is none, or a check that there is none of.
    """
    from evolve.judging.checks import CHECKS
    from evolve.judging.constitution import Constitution
    from evolve.judging.rules import Rule

    rules = list[Rule]()
    for number, entry in enumerate(settings.rules):
        where = f"constitution.rules[{number}]"
        if not isinstance(entry, dict) or not {"name", "rule"} <= {*entry} <= {*OF_A_RULE}:
            raise ConfigurationError(
                f"{where}: found {entry!r}, expected keys name, rule and, where execution can "
                "tell, check"
            )
        rule = Rule(**{name: str(value) for name, value in entry.items()})
        if rule.check and rule.check not in CHECKS:
            raise ConfigurationError(
                f"{where}.check: found {rule.check!r}, expected one of {', '.join(CHECKS)}"
            )
        if any(rule.name == other.name for other in rules):
            raise ConfigurationError(f"{where}.name: found {rule.name!r} again, expected another")
        rules.append(rule)
    return Constitution(tuple(rules), templates(), settings.gate, settings.judge)


def templates() -> Any:
    """The installed templates of prompts."""
    from evolve.llm.prompt import Templates

    return Templates((configuration.folder() / "prompt",))


def instructions() -> tuple[str, ...]:
    """The texts that prompts ask for to begin with."""
    import yaml

    file = configuration.folder() / "prompt" / "instructions.yaml"
    return tuple(yaml.safe_load(file.read_text(encoding="utf-8")))


def models(llm: schema.Llm) -> list[Model]:
    """The model, or those of the ensemble, each with what it does not say itself from the keys."""
    whole = {f.name: getattr(llm, f.name) for f in fields(llm) if f.name in OF_A_MODEL}
    if not llm.ensemble:
        return [_model({**whole, "weight": 1.0}, "llm")]
    found = []
    for number, entry in enumerate(llm.ensemble):
        where = f"llm.ensemble[{number}]"
        if not isinstance(entry, dict) or "model" not in entry:
            # What there is instead is not shown: it may hold a key.
            raise ConfigurationError(f"{where}: found no model in it, expected keys with model")
        for name, value in entry.items():
            kind = OF_A_MODEL.get(name)
            if kind is None:
                raise ConfigurationError(
                    f"{where}: found key {name!r}, expected {', '.join(OF_A_MODEL)}"
                )
            fits = (int, float) if kind is float else kind
            wrong = not isinstance(value, fits) or (kind is not bool and isinstance(value, bool))
            if value is not None and wrong:
                raise ConfigurationError(
                    f"{where}.{name}: found {value!r}, expected a {kind.__name__}"
                )
            if name in BOUNDED:
                expect_within(f"{where}.{name}", BOUNDED[name], value)
            if name == "prices" and value is not None:
                _expect_prices(f"{where}.prices", value)
        found.append(_model({"weight": 1.0, **whole, **entry}, where))
    names = [one.name for one in found]
    if len({*names}) < len(names):
        raise ConfigurationError(f"llm.ensemble: found {names}, expected each model once")
    return found


def _expect_prices(where: str, prices: Mapping[str, Any]) -> None:
    known = {of.name: of.rule for of in keys.keys(schema.Prices)}
    for name, value in prices.items():
        if name not in known:
            raise ConfigurationError(f"{where}: found key {name!r}, expected {', '.join(known)}")
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise ConfigurationError(f"{where}.{name}: found {value!r}, expected a number")
        expect_within(f"{where}.{name}", known[name], value)


def _model(said: Mapping[str, Any], where: str) -> Model:
    """A model. Raises ConfigurationError for an address that holds a key: it would be kept."""
    from evolve.llm.address import is_address, may_hold_a_key
    from evolve.llm.models import Model, Prices

    url, variable = said["base_url"] or "http://localhost", said["api_key_env"]
    if may_hold_a_key(url):
        raise ConfigurationError(
            f"{where}.base_url: found a user, key or query in the address, expected none, and the "
            "key in the variable that api_key_env names"
        )
    if variable is not None and not VARIABLE.fullmatch(variable):
        # Not shown: it may be the key itself.
        raise ConfigurationError(
            f"{where}.api_key_env: found what no variable is called, expected the name of the one "
            "that holds the key, such as OPENAI_API_KEY, or null"
        )
    if not is_address(url):
        raise ConfigurationError(
            f"{where}.base_url: found {url!r}, expected an address as http://127.0.0.1:8000/v1"
        )
    prices = said["prices"]
    of = prices if isinstance(prices, dict) else vars(prices)
    return Model(
        name=said["model"] or "",
        base_url=said["base_url"],
        key_env=variable,
        weight=float(said["weight"]),
        temperature=said["temperature"],
        effort=said["effort"],
        most_tokens=said["max_tokens"],
        prices=Prices(of.get("input"), of.get("output")),
        stream=said["stream"],
    )


def _name(model: Model) -> str:
    """Its name; of one that is not named, what its endpoint calls the only one that it has."""
    from evolve.llm.endpoint import only_model

    return model.name or only_model(model)


def _take_over(place: Path, journal: Journal) -> None:
    """The answers of another run, as if they had been asked for in this one."""
    if not (place / "run.sqlite").is_file():
        raise ConfigurationError(f"llm.journal: found no run.sqlite in {place}")
    if os.path.realpath(place) == os.path.realpath(journal.path.parent):
        raise ConfigurationError("llm.journal: found the run itself; resume goes on with it")
    journal.take_over(place)
