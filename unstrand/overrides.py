"""The words of a command line: positionals split from overrides, and these made fit for Hydra.

Hydra's grammar wants paths with ``=``, brackets, commas or spaces quoted; that is done here for
the user. Names are checked here too, because Hydra would answer in many lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from unstrand import keys, schema
from unstrand.failure import ConfigurationError, nearest

_OVERRIDE = re.compile(
    r"^(?P<sign>\+\+|\+|~)?(?P<key>[A-Za-z_][\w./@:-]*)(?:=(?P<value>.*))?$", re.S
)
_PLAIN = re.compile(r"^[\w/.+%*@?|:-]+$", re.ASCII)

# A key that another command has, and what this one calls it.
ELSEWHERE = {
    ("saturate", "load"): "saturate offers work as a ratio of capacity by 'offered'; "
    "'load' belongs to replay",
    ("replay", "offered"): "replay sets its load by 'load'; 'offered' belongs to saturate",
    ("replay", "seeds"): "replay runs one seed, 'seed'; -m seed=0,1,2 runs several",
    ("compare", "offered"): "compare sets its load by 'load'; 'offered' belongs to saturate",
    ("evolve", "trace"): "a problem brings its trace: 'problem.trace.tasks' and so on",
    ("evolve", "seeds"): "evolve has one 'seed'; a problem has train.seeds, validation.seeds "
    "and test.seeds",
}

# A key that a command has for the sake of set-ups made for another, and that means nothing to it.
REFUSED = {
    ("tune", "heuristics"): "tune takes one, heuristic=NAME or heuristic.file=FILE",
    ("tune", "split"): "trials are scored on train, chosen on validation, compared on test",
}


@dataclass
class Line:
    """A command line, taken apart."""

    positionals: list[str] = field(default_factory=list)
    overrides: list[str] = field(default_factory=list)
    multirun: bool = False
    config_dirs: list[str] = field(default_factory=list)


def split(
    words: Iterable[str], *, positionals: bool, options: Mapping[str, str] | None = None
) -> Line:
    """Take a command line apart.

    ``options`` are those of the command itself, each with the override that it stands for.

    ``positionals`` says whether the command takes any; where it does, a word after ``--`` or one
    that holds no ``=`` or starts with ``/`` or ``.`` is one. Raises ConfigurationError for an
    option that is not known, or a positional where none is taken.
    """
    line = Line()
    rest = iter(words)
    for word in rest:
        if word == "--":
            line.positionals.extend(rest)
        elif options and word in options:
            line.overrides.append(options[word])
        elif word in ("-m", "--multirun"):
            line.multirun = True
        elif word == "--json":
            line.overrides.append("json=true")
        elif word in ("--config-dir", "-cd"):
            folder = next(rest, None)
            if folder is None:
                raise ConfigurationError(f"{word}: expected a folder after it")
            line.config_dirs.append(folder)
        elif word.startswith("--config-dir="):
            line.config_dirs.append(word.split("=", 1)[1])
        elif word.startswith("-") and word != "-":
            known = ("--help", "--multirun", "--config-dir", "--json", *(options or ()))
            raise ConfigurationError(f"unknown option {word!r}{nearest(word, known)}")
        elif word == "resume=":  # of a variable that is not set: a new search is not what was meant
            raise ConfigurationError("resume: found nothing, expected a run's folder")
        elif word.startswith("~") or ("=" in word and word[0] not in "/."):
            line.overrides.append(word)
        else:
            line.positionals.append(word)
    if line.positionals and not positionals:
        raise ConfigurationError(
            f"found {line.positionals[0]!r}, expected KEY=VALUE (--help lists the keys)"
        )
    return line


def prepare(command: str, line: Line) -> list[str]:
    """The overrides of a line as Hydra wants them: names checked, paths quoted.

    Raises ConfigurationError with the nearest names for a key that the command does not have.
    """
    rules = {known.name: known.rule for known in keys.keys(schema.SCHEMAS[command])}
    return [_prepared(command, word, rules, line) for word in line.overrides]


def _prepared(command: str, word: str, rules: dict[str, keys.Rule], line: Line) -> str:
    match = _OVERRIDE.match(word)
    if match is None:
        raise ConfigurationError(f"found {word!r}, expected KEY=VALUE")
    sign, name, value = match["sign"] or "", match["key"], match["value"]
    if (command, name) in REFUSED:
        raise ConfigurationError(f"{name}: found {value!r}, but {REFUSED[command, name]}")
    if name.split(".")[0].split("/")[0] == "hydra" or "/" in name or "@" in name:
        return word
    is_open = any(rule.open and name.startswith(f"{known}.") for known, rule in rules.items())
    if is_open:
        return word if sign else f"++{word}"
    if name in rules and rules[name].open and (value or "").startswith("{"):
        return f"++{name}={value}"
    groups = schema.GROUPS.get(command, ())
    if sign == "~" and name in rules:
        raise ConfigurationError(f"found {word!r}, but keys can't be removed, only set")
    if name in groups:
        if value in ("", "null", "''", '""') and name not in ("cell", "experiment"):
            raise ConfigurationError(f"{name}: found {value!r}, expected a name")
        return word
    if sign and line.config_dirs:
        return word  # a group of the user's own
    if name not in rules:
        if any(known.startswith(f"{name}.") for known in rules):
            return word  # a whole branch: mix={coverage:1}
        raise _unknown(command, name, [*rules, *groups])
    if rules[name].path and value is not None:
        return f"{sign}{name}={_quoted_path(value, sweeps=line.multirun)}"
    if value is not None and value.startswith("[") and value.endswith("]"):
        lists = re.split(r"(?<=\]),(?=\[)", value) if line.multirun else [value]
        return f"{sign}{name}={','.join(_quoted_items(one) for one in lists)}"
    return word


def _unknown(command: str, name: str, known: list[str]) -> ConfigurationError:
    for part in (name, name.split(".")[0]):
        if (command, part) in ELSEWHERE:
            return ConfigurationError(f"unknown key {name!r}: {ELSEWHERE[command, part]}")
    leaves = {full.rsplit(".", 1)[-1]: full for full in known}
    hint = nearest(name, known)
    if not hint and name in leaves:
        hint = f"; did you mean {leaves[name]!r}?"
    return ConfigurationError(
        f"unknown key {name!r}{hint or f' (unstrand {command} --help lists the keys)'}"
    )


def _quoted_path(value: str, *, sweeps: bool) -> str:
    if value == "":
        return "null"
    if sweeps and "," in value and not _is_quoted(value):
        return ",".join(quoted(part) for part in value.split(","))
    return quoted(value)


def _quoted_items(value: str) -> str:
    """A list whose items are plain texts, each quoted where the grammar needs it."""
    inner = value[1:-1]
    if any(mark in inner for mark in "{}\"'") or inner.strip() == "":
        return value
    return f"[{','.join(quoted(item.strip()) for item in inner.split(','))}]"


def quoted(text: str) -> str:
    """A text as Hydra's grammar takes it: as it is where that is plain, else in quotes."""
    if _is_quoted(text) or _PLAIN.match(text):
        return text
    escaped = re.sub(r"(\\*)'", lambda found: found[1] * 2 + r"\'", text)
    escaped = re.sub(r"(\\+)$", lambda found: found[1] * 2, escaped)
    return f"'{escaped.replace('${', chr(92) + '${')}'"


def _is_quoted(text: str) -> bool:
    return len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
