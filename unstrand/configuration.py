"""A command's settings, composed by Hydra from ``conf/`` and the overrides of the command line.

One run is composed in process, quickly and quietly; ``-m`` hands over to Hydra's own multirun, so
that sweepers and launchers installed as Hydra plugins work.
"""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from unstrand import keys, schema
from unstrand.failure import ConfigurationError, nearest
from unstrand.overrides import quoted

LAUNCHERS = {
    **dict.fromkeys(
        ("joblib", "submitit_local", "submitit_slurm"), "pip install 'unstrand[sweep]'"
    ),
}
"""Launchers of sweeps that are plugins, and how one gets them."""


def folder() -> Path:
    """The absolute path of the ``conf`` installed with this package: no ``./conf`` shadows it."""
    return Path(__file__).resolve().parents[1] / "conf"


def options(group: str) -> list[str]:
    """The names that the installed configuration offers in a group, sorted."""
    return sorted(path.stem for path in (folder() / group).glob("*.yaml"))


def plain(group: str, name: str) -> dict[str, Any]:
    """What an installed file of a group says, as plain data."""
    from omegaconf import OmegaConf

    loaded = OmegaConf.load(folder() / group / f"{name}.yaml")
    return OmegaConf.to_container(loaded)  # type: ignore[return-value]


def compose(command: str, overrides: list[str], config_dirs: list[str]) -> Any:
    """One run's settings, as an instance of the command's schema.

    Raises ConfigurationError, of one line, for an unknown name, a wrong type, a value out of its
    bounds, or an override that Hydra can't read.
    """
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir

    _register()
    with _in_one_line(overrides), initialize_config_dir(str(folder()), version_base=None):
        composed = hydra_compose(command, [*overrides, *_search_path(config_dirs)])
    return settings(command, composed)


def multirun(
    command: str,
    overrides: list[str],
    config_dirs: list[str],
    sweep: Path,
    job: Callable[[Any], None],
) -> None:
    """Hand a sweep to Hydra, whose launcher calls ``job(composed)`` for each of its jobs.

    It may do so in other processes, so `job` is something that can be pickled.
    Raises ConfigurationError before the first job where any job's settings can't be composed.
    """
    import hydra

    _register()
    arguments = [
        "--multirun",
        *overrides,
        *_search_path(config_dirs),
        f"hydra.sweep.dir={quoted(str(sweep))}",
        "hydra.sweep.subdir=.",
        "hydra.output_subdir=null",
        "hydra/hydra_logging=none",
        "hydra/job_logging=none",
    ]
    before = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv = [f"unstrand {command}", *arguments]
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come as exceptions, ours to put in one line
    try:
        with _in_one_line(overrides):
            hydra.main(version_base=None, config_path=str(folder()), config_name=command)(job)()
    finally:
        sys.argv = before[0]
        if before[1] is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = before[1]


def settings(command: str, composed: Any) -> Any:
    """A composed configuration as an instance of the command's schema, its bounds checked."""
    from omegaconf import OmegaConf

    with _in_one_line([]):
        made = OmegaConf.to_object(composed)
    for known in keys.keys(schema.SCHEMAS[command]):
        value = made
        for part in known.name.split("."):
            value = getattr(value, part)
        rule = known.rule
        if isinstance(value, str) and rule.choices and value not in rule.choices:
            raise ConfigurationError(
                f"{known.name}: found {value!r}, expected {known.type}"
                f"{nearest(value, rule.choices)}"
            )
        expect_within(known.name, rule, value, known.type)
    return made


def outcome(made: Any) -> dict[str, Any]:
    """What of the settings decides the results, as nested dicts: kept and hashed with them."""
    kept: dict[str, Any] = {}
    for entry in fields(made):
        value = getattr(made, entry.name)
        if entry.metadata["rule"].outcome:
            kept[entry.name] = outcome(value) if is_dataclass(value) else value
    if kept.get("heuristics"):
        del kept["heuristic"]  # was not used
    elif isinstance(made, schema.Run) and (made.heuristic.file or made.heuristic.compose):
        kept["heuristic"]["name"] = None  # a default, put aside by the file
    return kept


def restored(command: str, kept: dict[str, Any]) -> Any:
    """Settings as :func:`outcome` kept them, as an instance of the command's schema."""
    from omegaconf import OmegaConf

    with _in_one_line([]):
        schemed = OmegaConf.structured(schema.SCHEMAS[command])
        made = OmegaConf.merge(schemed, _uninterpolated(kept))
    return settings(command, made)


def _uninterpolated(kept: Any) -> Any:
    """Values such that OmegaConf takes each as the text that it is: `${oc.env:KEY}` stays that."""
    if isinstance(kept, dict):
        return {name: _uninterpolated(value) for name, value in kept.items()}
    if isinstance(kept, list):
        return [_uninterpolated(value) for value in kept]
    if isinstance(kept, str):
        return re.sub(r"(\\*)\$\{", lambda found: 2 * found[1] + "\\${", kept)
    return kept


def expect_within(name: str, rule: keys.Rule, value: Any, expected: str = "") -> None:
    """Raise ConfigurationError for a number outside of its bounds. expected: the type in words."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    inside = (
        math.isfinite(value)
        and (rule.above is None or value > rule.above)
        and (rule.at_least is None or value >= rule.at_least)
        and (rule.at_most is None or value <= rule.at_most)
    )
    if not inside:
        expected = expected or f"a number {rule.bounds}"
        raise ConfigurationError(f"{name}: found {value!r}, expected {expected}")


def _register() -> None:
    from hydra.core.config_store import ConfigStore

    store = ConfigStore.instance()
    for command, kind in schema.SCHEMAS.items():
        store.store(name=f"{command}_schema", node=kind)


def _search_path(config_dirs: list[str]) -> list[str]:
    for name in config_dirs:
        if not Path(name).is_dir():
            raise ConfigurationError(f"--config-dir: found {name!r}, expected a folder")
    if not config_dirs:
        return []
    listed = ",".join(quoted(f"file://{Path(name).resolve()}") for name in config_dirs)
    return [f"hydra.searchpath=[{listed}]"]


@contextmanager
def _in_one_line(overrides: list[str]) -> Iterator[None]:
    """Turn what Hydra and OmegaConf raise, in many lines, into a ConfigurationError of one."""
    from hydra.errors import HydraException, MissingConfigException, OverrideParseException
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    try:
        yield
    except MissingConfigException as error:
        raise ConfigurationError(_missing(error)) from error
    except OverrideParseException as error:
        raise ConfigurationError(
            f"found {error.override!r}, expected KEY=VALUE in Hydra's grammar "
            "(quote a value that holds = , [ ] { } or spaces: KEY='\"a b\"')"
        ) from error
    except HydraException as error:
        raise ConfigurationError(_unfit(error, overrides)) from error
    except OmegaConfBaseException as error:
        raise ConfigurationError(_mistyped(error, overrides)) from error
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{mark.name}:{mark.line + 1}: " if mark else ""
        said = getattr(error, "problem", None) or str(error)
        raise ConfigurationError(f"{where}found no YAML: {said}") from error


def _missing(error: Any) -> str:
    group, _, name = (error.missing_cfg_file or "").rpartition("/")
    if not group:
        return f"no configuration named {name!r}"
    if name.endswith(".py"):
        return f"unknown {group} {name!r}; a file of one's own is {group}.file={name}"
    if group == "hydra/launcher" and name in LAUNCHERS:
        return f"{group}={name} needs a package that is not here: {LAUNCHERS[name]}"
    known = error.options or options(group)
    return f"unknown {group} {name!r}{nearest(name, known) or _listing(group, known)}"


def _unfit(error: BaseException, overrides: list[str]) -> str:
    from omegaconf.errors import OmegaConfBaseException

    text = str(error).splitlines()[0]
    file = re.match(r"In '([^']+)': ", text)
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OmegaConfBaseException):
            return (file[0] if file else "") + _mistyped(cause, overrides)
        cause = cause.__cause__ or cause.__context__
    if text.startswith("Ambiguous value for argument"):
        word = text.split("'", 1)[1].rstrip("'")
        return f"{word}: found a list of choices, expected one (-m sweeps over choices)"
    return text


def _mistyped(error: Any, overrides: list[str]) -> str:
    """A wrong type as ``KEY: found X, expected Y``; anything else by its first line."""
    text = str(error).splitlines()[0]
    name = getattr(error, "full_key", None) or ""
    if "is not in struct" in text or " not in '" in text:
        name = name or text.split("'")[1]
        if name in _types():
            return f"unknown key {name!r}: this command does not have it, another one does"
        return f"unknown key {name!r}{nearest(name, _types())}"
    name = re.sub(r"\[\d+\]$", "", name)  # an item of a list: told by the list
    given = dict(word.lstrip("+").split("=", 1) for word in overrides if "=" in word)
    found = given.get(name, text.split("'")[1] if text.count("'") > 1 else None)
    if name in _types() and found is not None:
        return f"{name}: found {found!r}, expected {_types()[name]}"
    if name.rpartition(".")[0] in _types() and found is not None:
        return f"{name}: found {found!r}, expected a number"
    inner = [known for known in _types() if known.startswith(f"{name}.")]
    if inner and found is not None:
        return f"{name}: found {found!r}, expected its keys, such as {inner[0]}"
    return f"{name}: {text}" if name else text


def _types() -> dict[str, str]:
    """Every key of every command with its type in words."""
    types: dict[str, str] = {}
    for kind in schema.SCHEMAS.values():
        types = {known.name: known.type for known in keys.keys(kind)} | types
    return types


def _listing(group: str, known: list[str]) -> str:
    return f"; expected one of {', '.join(known)}" if known else f" (group {group} is empty)"
