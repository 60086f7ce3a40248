"""Where everything stands in the flat arrays that the compiled cell and the scorers share.

`columns` holds one row of float64 a machine field, so that a scorer reads each field as one
contiguous run. With R resources:

    0 … R−1       free, in natural amounts (cores, GiB, devices)
    R … 2R−1      total, in natural amounts
    2R + …        the fields named below
    then          fragmentation before, after and gained (R rows each), and the slot;
                  these are filled in the scratch copy alone

`scalars` holds what is the same for every machine of one decision.
"""

from __future__ import annotations

from numba.extending import register_jitable

WHOLE = 1000.0
"""A whole device: free shares of devices are counted in thousandths."""

KINDS = ("share", "one", "two", "four", "eight")

# Rows of `columns`, counted from 2R.
TASKS, EXIT, MODEL, MACHINES, DISTINCT, KIN, FULL, LARGEST_SHARE, KIN_FIRST = range(9)
FIELDS = KIN_FIRST + len(KINDS)

# Entries of `scalars`, counted from R (the first R are the request).
LIFETIME, PRIORITY, WAITED, MODELS, PENDING, HOUR, NOW = range(7)
SCALARS = 7


def rows(resources: int) -> int:
    """Rows of the scratch columns for that many resources."""
    return 2 * resources + FIELDS + 3 * resources + 1


@register_jitable
def frag_row(resources: int, which: int) -> int:
    """First row of fragmentation before (0), after (1) or gained (2)."""
    return 2 * resources + FIELDS + which * resources


@register_jitable
def slot_row(resources: int) -> int:
    """Row of the slot."""
    return 2 * resources + FIELDS + 3 * resources


def scalar_count(resources: int) -> int:
    """Entries of `scalars`: request, task and cell fields, then free, total, largest."""
    return resources + SCALARS + 3 * resources


# Registers: the integers that an interrupted run needs to go on.
(
    CLOCK,
    LOG_HEAD,
    LIVE_FREE,
    LIVE_COUNT,
    HEAP_SIZE,
    ARRIVAL,
    ARRIVALS,
    QUEUE_HEAD,
    QUEUE_TAIL,
    QUEUE_READ,
    QUEUE_WRITE,
    PLACED,
    REJECTED,
    QUEUED,
    PHASE,
    DECIDED_MACHINE,
    DECIDED_SLOT,
    ERROR_MACHINE,
    ERROR_KIND,
    ERROR_SLOT,
    DECISIONS,
    PLACEMENTS,
    DELAYS,
    GROUPS,
    PASS,
    ROW_CLOCK,
    ROWS_USED,
    SERVE,
    EXHAUSTED,
    DAY_OFFSET,
    TALLIED,
    RESERVED_FOR,
    RESERVED_MACHINE,
    RESERVED_TICK,
    HIDDEN,
    SHORTEST,
    PASSING,
    PASSERS,
    PASSED,
    EVICTED,
    CLOSED,
    PREEMPTS,
    PREEMPTED,
    MEMBER,
    LARGEST_GANG,
    PATIENCE,
    GIVEN_UP,
    DOMAIN,
    DOMAINS,
    FAVOURITE,
    FIRST_TRIED,
    COMING,
    LIFTED,
    MOVED,
    TURN,
    SCHEDULERS,
    UNSEEN,
    OLDEST,
    ASKED,
    CONFLICTS,
) = range(60)
REGISTERS = 60

ANYWHERE = -1  # no machine or rack that the decision is kept to

# What register PHASE says is going on; plus DECIDED where Python has decided for the current task.
ARRIVING, SERVING, BACKFILLING, DECIDED = 1, 2, 3, 10

# What `advance` answers.
(
    DONE,
    MORE_ARRIVALS,
    GROW_LIVE,
    GROW_QUEUE,
    GROW_GROUPS,
    DRAIN,
    DECIDE,
    FAILED,
    GROW_TAPE,
    OFF_TAPE,
    GROW_UNSEEN,
    SHUT,
) = range(12)

# Operations that are compiled by themselves.
DECIDING, AGREEING, PREEMPTING, SEATING, LINING_UP, PASSING_BY = range(6)
DOORS = 6

# Kinds of failure of a scorer.
NOT_FINITE, RAISED = 1, 2

# What becomes of a tape, and what can be wrong with its next decision.
NO_TAPE, RECORD, FOLLOW = range(3)
ENDED, OUTSIDE, UNFIT, NO_DEVICE, REFUSED = range(1, 6)

# Fields of a waiting task or an arrival, rows of an int64 matrix.
SUBMIT, SHAPE, LIFE, PREDICTED, GROUP, RANK, NUMBER, SOURCE, PLACE, PLANNED, GANG, GANG_OF = range(
    12
)
TASK_FIELDS = 12

DAY = 86_400_000  # ticks

FOREVER = 1 << 62

# Priorities of events at one instant (lower first).
MACHINE_ADDED, DEPARTURE, MACHINE_REMOVED, ARRIVAL_PRIORITY, SAMPLE = range(5)
MOVING = MACHINE_REMOVED  # after those of machines, which are scheduled before

TIES_FIRST, TIES_RANDOM, TIES_ROUNDED = 0, 1, 2
REJECT, FIFO, SKIP, EASY = range(4)

NOT_SEEN = -3  # a machine that was not looked at
SHORT_LIFE = 10_000
"""Bounded slowdown counts a shorter life as this long (ticks)."""
