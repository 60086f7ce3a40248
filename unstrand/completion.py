"""``unstrand --shell-completion install=bash``: what TAB offers, from the schema and ``conf/``.

The option is Hydra's. Its own completion wants an application with one configuration and loads all
of it at each TAB; this one knows commands and positionals, and loads what ``--help`` does.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from unstrand import configuration, help, keys, main, schema, sweep
from unstrand.failure import ConfigurationError

LAUNCHER = "hydra/launcher"
INSTALL, UNINSTALL, QUERY = "install=bash", "uninstall=bash", "query=bash"
_HEURISTICS = ("heuristics", "baseline", "recorded", "put")
"""Keys whose value, or each of whose items, is a heuristic's name."""

SCRIPT = """\
_unstrand() {
    local word reply before=
    word=${COMP_LINE:0:COMP_POINT}
    word=${word##*[[:space:]]}
    # What stands before = or : is no part of the word that bash replaces.
    [[ $COMP_WORDBREAKS == *[=:]* ]] && before=${word%"${word##*[=:]}"}
    COMPREPLY=()
    while IFS= read -r reply; do
        COMPREPLY+=("${reply#"$before"}")
    done < <("$1" --shell-completion query=bash "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    if [[ $word == *\\[* || ${COMPREPLY[*]} == *[=.] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o default -F _unstrand unstrand
"""


def run(words: list[str]) -> None:
    """Print the script for bash, what takes it back, or the completions of a line.

    words: what stands after the option. Raises ConfigurationError for another shell.
    """
    asked = words[0] if words else "nothing"
    if asked == INSTALL:
        print(SCRIPT, end="")
    elif asked == UNINSTALL:
        print("complete -r unstrand; unset -f _unstrand")
    elif asked == QUERY:
        print("".join(f"{one}\n" for one in completions(" ".join(words[1:]))), end="")
    else:
        raise ConfigurationError(
            f"--shell-completion: found {asked}, expected {INSTALL} or {UNINSTALL}"
        )


def completions(line: str) -> list[str]:
    """What the last word of a line may become, each a whole word; the line names the program."""
    words = _words(line)[1:]
    if not words:
        return []
    *before, word = words
    if not before:
        return _begun(word, (*main.COMMANDS, "help", "--help", "--version"))
    command, *before = before
    if command == "help":
        return [] if before else _begun(word, main.COMMANDS)
    if command not in main.COMMANDS or before[-1:] in (["--config-dir"], ["-cd"]):
        return []
    if word.startswith("-"):
        swept = ("--multirun",) if command in sweep.SWEPT else ()
        own = tuple(getattr(main.named(command), "OPTIONS", {}))
        return _begun(word, ("--help", *swept, "--config-dir", "--json", *own))
    said = [one for one in before if "=" not in one and not one.startswith("-")]
    verbs = () if said else _verbs(command)
    command = main.VERBS.get((command, *said[:1]), command)  # type: ignore[arg-type]
    if command not in schema.SCHEMAS:
        return []
    sign = word[: len(word) - len(word.lstrip("+~"))]
    name, given, value = word[len(sign) :].partition("=")
    if given:
        return [f"{sign}{name}={one}" for one in _values(command, name, value, before)]
    return [*_begun(word, verbs), *(sign + one for one in _keys(command, name, before))]


def _words(line: str) -> list[str]:
    """A line's words, the last one, which may be empty, as it was typed."""
    done, blank, last = line.rpartition(" ")
    try:
        return [*shlex.split(done), last] if blank else [last]
    except ValueError:  # a quote that is still open: what stands in it is the user's
        return []


def _begun(word: str, known: Iterable[str]) -> list[str]:
    return sorted({one for one in known if one.startswith(word)})


def _verbs(command: str) -> tuple[str, ...]:
    """The words that a command takes first, where it names them: ``[a|b|c]``."""
    said = getattr(main.named(command), "POSITIONALS", "")
    parts = said.replace("[", " ").replace("]", " ").replace("|", " ").split()
    return tuple(part for part in parts if part.isidentifier() and part.islower())


def _keys(command: str, word: str, before: list[str]) -> list[str]:
    """Keys and groups that begin so, as far as their next dot."""
    names = {known.name for known in keys.keys(schema.SCHEMAS[command])}
    groups = _groups(command)
    if command in sweep.SWEPT and {"-m", "--multirun"} & {*before}:
        groups.add(LAUNCHER)
    found = {f"{group}=" for group in groups if group.startswith(word)}
    if "heuristic.params" in names:
        names |= {f"heuristic.params.{name}" for name in _constants(command, before)}
    for name in names:
        if name.startswith(word):
            rest, dot, _ = name[len(word) :].partition(".")
            found.add(word + rest + (dot or "="))
    return sorted(found)


def _values(command: str, name: str, value: str, before: list[str]) -> Iterator[str]:
    """What a key's value may become: names of a group, choices, items of a list."""
    known = {one.name: one for one in keys.keys(schema.SCHEMAS[command])}
    is_list = name in known and known[name].type.startswith("a list")
    lead = value[: max(value.rfind(","), value.rfind("[")) + 1] or "[" * is_list
    part = value[len(lead) :] if value.startswith(lead) else value
    offered: Iterable[str]
    if name in _groups(command):
        offered = _choices(name, before)
    elif name == LAUNCHER:
        offered = ("basic", *configuration.LAUNCHERS)
    elif name.rpartition(".")[2] in _HEURISTICS:
        more = ("all", "discovered") if is_list else ()
        offered = [*configuration.options("heuristic"), *more, "recorded"]
    elif name in known:
        rule = known[name].rule
        offered = rule.choices or ("true", "false") * ("true or" in known[name].type)
    else:
        offered = ()
    return (f"{lead}{one}" for one in _begun(part, offered))


def _groups(command: str) -> set[str]:
    """The groups that a command picks from, with those that it says no more of."""
    return {*schema.GROUPS.get(command, ()), *help.picked(command)}


def _choices(group: str, before: list[str]) -> set[str]:
    """The names of a group, with those in folders of the user's own on this line."""
    found = set(configuration.options(group))
    for option, folder in pairwise(before):
        if option in ("--config-dir", "-cd"):
            found |= {path.stem for path in (Path(folder) / group).glob("*.yaml")}
    return found


def _constants(command: str, before: list[str]) -> Iterable[str]:
    """The constants of the heuristic that a line names."""
    import heuristics

    chosen = [one.partition("=")[2] for one in before if one.startswith("heuristic=")]
    try:
        return heuristics.get(chosen[-1]).params if chosen else ()
    except heuristics.HeuristicError:
        return ()
