"""The texts of ``--help``, made from the schema and the folders of ``conf/``."""

from __future__ import annotations

import re
import textwrap

from unstrand import __version__, configuration, keys, main, schema, sweep

WIDTH, WIDEST = 100, 40  # columns; of a key with its default, the others have a line of their own

_SWEEP = "-m sweeps over comma-separated values (heuristic=fgd,best_fit), a result folder a job."
_FOLDER = "--config-dir DIR adds a folder of configuration groups of your own."


def overview() -> str:
    """The help of ``unstrand`` itself."""
    width = max(map(len, main.COMMANDS))
    commands = "\n".join(f"  {name:<{width}}  {what}" for name, what in main.COMMANDS.items())
    return f"""\
unstrand {__version__}: place work on machines so that less of them is stranded

usage: unstrand COMMAND [positionals] [KEY=VALUE …]

{commands}

unstrand COMMAND --help shows a command's groups, keys and examples.
Exit codes: 0 done, 1 failure, 2 bad input, 3 candidate rejected, 130 interrupted; errors are one
line on stderr.
eval "$(unstrand --shell-completion install=bash)" has bash complete commands, groups and keys.
UNSTRAND_DATA is where named traces are looked for, else ../shared/traces.

try: unstrand saturate heuristics=[fgd,best_fit] seeds=5"""


def command(name: str) -> str:
    """The help of one command: usage, groups, keys with types and defaults, examples."""
    module = main.named(name)
    words = [
        f"unstrand {getattr(module, 'USAGE', name)}",
        getattr(module, "POSITIONALS", ""),
        "[KEY=VALUE …]",
    ]
    what = main.COMMANDS.get(name) or module.WHAT
    parts = [f"{what}\n\nusage: {' '.join(filter(None, words))}"]
    groups = schema.GROUPS.get(name, ())
    if groups:
        chosen = picked(name)
        lines = [
            f"  {group}={chosen.get(group, 'null')}: {' | '.join(configuration.options(group))}"
            for group in groups
        ]
        parts.append("groups:\n" + "\n".join(_folded(line) for line in lines))
    parts.append("keys:\n" + "\n".join(_keys(name)))
    if groups:
        parts.append("\n".join([_SWEEP, _FOLDER] if name in sweep.SWEPT else [_FOLDER]))
    parts.append("examples:\n" + "\n".join(f"  {line}" for line in module.EXAMPLES))
    return "\n\n".join(parts)


def _keys(name: str) -> list[str]:
    values = _values(name)
    last = {"out", "overwrite", "json"}
    listed = sorted(keys.keys(schema.SCHEMAS[name]), key=lambda one: one.name in last)
    rows = [
        (f"{one.name}={_default(values.get(one.name, one.default))}", one.rule.help, one.type)
        for one in listed
    ]
    width = max(len(row[0]) for row in rows if len(row[0]) <= WIDEST)
    lines = []
    for shown, what, kind in rows:
        if len(shown) > width:
            lines.append(f"  {shown}")
            shown = ""
        head, *rest = textwrap.wrap(f"{what} ({kind})", max(40, WIDTH - width - 4))
        lines.append(f"  {shown:<{width}}  {head}")
        lines += [f"  {'':<{width}}  {part}" for part in rest]
    return lines


def picked(name: str) -> dict[str, str]:
    """What a command's primary file picks in each group."""
    text = (configuration.folder() / f"{name}.yaml").read_text(encoding="utf-8")
    return dict(re.findall(r"^  - (\w+): (\w+)$", text, re.M))


def _values(name: str) -> dict[str, object]:
    """What the group files that a command picks by itself say of its keys."""
    import yaml

    found: dict[str, object] = {}
    for group, choice in picked(name).items():
        file = configuration.folder() / group / f"{choice}.yaml"
        if file.exists():
            _flatten(yaml.safe_load(file.read_text(encoding="utf-8")), group, found)
    return found


def _flatten(value: object, name: str, found: dict[str, object]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key != "defaults":
                _flatten(inner, f"{name}.{key}", found)
    else:
        found[name] = value


def _default(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return f"[{len(value)} of them, in conf/]"
    if isinstance(value, list):
        return f"[{','.join(map(str, value))}]"
    return str(value)


def _folded(line: str, width: int = WIDTH) -> str:
    """A line of choices folded between them."""
    lines = [""]
    for part in line.split(" | "):
        if len(lines[-1]) + len(part) + 3 > width:
            lines.append("    ")
        lines[-1] += part + " | "
    return "\n".join(line.rstrip() for line in lines).rstrip(" |")
