"""A heuristic's declared constants tuned: trials on train, chosen on validation, told on test."""

from evolve.tuning.pairs import Pair, Pairs, pairs, worth_of
from evolve.tuning.space import Range, ranges
from evolve.tuning.study import Plan, Study, StudyError, opened
from evolve.tuning.tune import Finalist, Tuned, tune
from evolve.tuning.verdict import Verdict, verdict

__all__ = [
    "Finalist",
    "Pair",
    "Pairs",
    "Plan",
    "Range",
    "Study",
    "StudyError",
    "Tuned",
    "Verdict",
    "opened",
    "pairs",
    "ranges",
    "tune",
    "verdict",
    "worth_of",
]
