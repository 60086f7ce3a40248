"""``unstrand export RUN``: a run's journal as training data, in the forms that TRL reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstrand import __version__, answering, asking, problems, result, runs, schema, show
from unstrand.failure import ConfigurationError

if TYPE_CHECKING:
    from evolve.llm.export import Data

POSITIONALS = "RUN"
EXAMPLES = (
    "unstrand export results/mine out=results/mine-data",
    "unstrand export results/mine test_share=0.2 seed=1",
)
KINDS = {
    "proposals": "prompt and completion of everything that was proposed, with what became of it",
    "sft": "of those, the programs that were kept (conversational prompt-completion, for "
    "SFTTrainer)",
    "preferences": "two answers to one prompt, the better first, with a margin in points "
    "(conversational, explicit prompt, for DPOTrainer and RewardTrainer)",
    "steps": "a line of descent, program by program: labels say what was better than the one "
    "before, rewards by how much (stepwise supervision, for PRMTrainer)",
}


def _expect_elsewhere(place: Path, out: str | None) -> None:
    """Raise ConfigurationError where what is exported would be replaced by what comes of it."""
    if out is not None and place.resolve().is_relative_to(Path(out).resolve()):
        raise ConfigurationError(f"out: found {out}, which holds the run, expected another folder")


def run(settings: schema.Export, positionals: list[str]) -> None:
    """Write a file a kind and split, and a card that says what is in them."""
    from evolve.journal import Journal
    from evolve.llm.export import Run

    place = answering.place_of("export", positionals)
    if len(positionals) > 1:
        raise ConfigurationError(f"export: found {positionals[1]!r}, expected one run")
    begun = runs.begun_with(place)
    _expect_elsewhere(place, settings.out)
    made = problems.made(begun.problem)
    runs.expect_same_data(place, made.trace.sha256)
    with result.folder("export", settings.out, overwrite=settings.overwrite) as (partial, to):
        with closing(Journal(place)) as journal:
            data = Run(made.problem, journal, asking.templates()).data(
                settings.test_share, settings.seed
            )
        counts = {
            f"{kind}.{split}.jsonl": _put(partial / f"{kind}.{split}.jsonl", records)
            for split, kinds in data.records.items()
            for kind, records in kinds.items()
        }
        result.put(partial / "README.md", _card(place, begun, settings, data, counts))
    if settings.json:
        show.json_line({"folder": str(to), "records": counts})
        return
    for name, count in counts.items():
        print(f"{count:6,}  {name}")
    show.place(to)


def _put(file: Path, records: Iterable[Mapping[str, Any]]) -> int:
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    result.put(file, "".join(f"{line}\n" for line in lines))
    return len(lines)


def _card(
    place: Path,
    begun: schema.Evolve,
    settings: schema.Export,
    data: Data,
    counts: Mapping[str, int],
) -> str:
    """The data card."""
    rows = "\n".join(f"| `{name}` | {count:,} |" for name, count in counts.items())
    kinds = "\n".join(f"- `{kind}`: {what}" for kind, what in KINDS.items())
    candidates = " and ".join(f"{count:,} for {split}" for split, count in data.candidates.items())
    return f"""\
# Programs of a search, as training data

From the run `{place.name}`: `{begun.problem.name}`, proposer `{begun.proposer}`, seed
{begun.seed}; written by unstrand {__version__} with
`unstrand export {place.name} test_share={settings.test_share:g} seed={settings.seed}`.

| file | records |
|---|--:|
{rows}

{kinds}

Rewards and margins are points of what the search maximised, on the train split, over the first
parent, on the draws that both had. Where a model was asked, prompt and answer are as they were; of
other proposers the prompt is what a model would have been asked for a change of the same parents.
`judged` is what the constitution's judges found, null where it was not asked.

Split by ancestry: candidates are {candidates}. All that descends from a program of the test split
is in the test split, and no prompt for training shows one; pairs across both are left out; a line
of descent that reaches into the test split is in it.

What it is not: programs were scored in a simulator, on one cell and one trace; what recovers
compute there need not do so elsewhere. Seeds are published heuristics, their sources are named in
the product's documentation.
"""
