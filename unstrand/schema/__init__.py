"""What each command can be told: its keys, their types, defaults, bounds and one line of help.

These dataclasses are Hydra's structured configs (types are enforced when a configuration is
composed), the source of ``--help``, and the settings that a command's ``run`` receives. The YAML
files in ``conf/`` only choose among groups, so that a default is written in one place: here.

Nothing but the standard library is imported, because ``--help`` must come at once.
"""

from __future__ import annotations

from typing import Any

from unstrand.schema.cells import Compact, Saturate
from unstrand.schema.comparing import (
    Compare,
    ExecutorChoice,
    Fit,
    Probes,
    TrainPairs,
    Tune,
    ValidationPairs,
)
from unstrand.schema.results import (
    Answering,
    Ask,
    Export,
    Mcp,
    Report,
    ServeProposer,
    Tell,
    Track,
    Watch,
)
from unstrand.schema.run import MOST_SEED, Cell, HeuristicChoice, Mix, Output, Run, TraceChoice
from unstrand.schema.searches import (
    Archive,
    Constitution,
    Evolve,
    Instructions,
    Llm,
    LlmBudget,
    Prices,
    Problem,
    Scene,
    Test,
    Try,
    Validation,
)
from unstrand.schema.steady import (
    MOST_PROBES,
    QUEUES,
    Decisions,
    Explain,
    GangRule,
    Lifetimes,
    MigrationRule,
    OutageModel,
    PreemptionRule,
    Probe,
    Replay,
    StaleViews,
    Steady,
)
from unstrand.schema.traces import DatasetChoice, Download, List, Trace

__all__ = [
    "GROUPS",
    "MOST_PROBES",
    "MOST_SEED",
    "QUEUES",
    "SCHEMAS",
    "STEADY",
    "Answering",
    "Archive",
    "Ask",
    "Cell",
    "Compact",
    "Compare",
    "Constitution",
    "DatasetChoice",
    "Decisions",
    "Download",
    "Evolve",
    "ExecutorChoice",
    "Explain",
    "Export",
    "Fit",
    "GangRule",
    "HeuristicChoice",
    "Instructions",
    "Lifetimes",
    "List",
    "Llm",
    "LlmBudget",
    "Mcp",
    "MigrationRule",
    "Mix",
    "OutageModel",
    "Output",
    "PreemptionRule",
    "Prices",
    "Probe",
    "Probes",
    "Problem",
    "Replay",
    "Report",
    "Run",
    "Saturate",
    "Scene",
    "ServeProposer",
    "StaleViews",
    "Steady",
    "Tell",
    "Test",
    "Trace",
    "TraceChoice",
    "Track",
    "TrainPairs",
    "Try",
    "Tune",
    "Validation",
    "ValidationPairs",
    "Watch",
]

SCHEMAS: dict[str, type[Any]] = {
    "saturate": Saturate,
    "replay": Replay,
    "compact": Compact,
    "explain": Explain,
    "compare": Compare,
    "tune": Tune,
    "evolve": Evolve,
    "try": Try,
    "report": Report,
    "trace": Trace,
    "trace-fit": Fit,
    "list": List,
    "version": List,
    "ask": Ask,
    "tell": Tell,
    "mcp": Mcp,
    "export": Export,
    "serve-proposer": ServeProposer,
    "track": Track,
    "watch": Watch,
}
STEADY = ("trace", "cell", "heuristic", "outages", "preemption", "experiment")
GROUPS: dict[str, tuple[str, ...]] = {
    "saturate": ("trace", "cell", "heuristic", "experiment"),
    "replay": STEADY,
    "compact": ("trace", "cell", "heuristic", "experiment"),
    "explain": STEADY,
    "compare": (*STEADY, "executor"),
    "tune": (*STEADY, "executor"),
    "evolve": ("problem", "llm", "constitution", "executor"),
    "try": ("problem",),
    "trace": ("trace", "cell", "fetch"),
    "trace-fit": ("trace", "cell", "heuristic", "experiment", "executor"),
}
