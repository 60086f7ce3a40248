"""Found on Weibull items: fill a bin to the brim, else leave as much as another item may well fill.

An exact fit first. Otherwise, in steps, a room of about three quarters of the largest bin is best,
one of less than a tenth of the bin costs most, and what is left once as many more items of this
size are in counts a little; within a step, the emptier bin.

Source: this project, `unstrand evolve problem=bin_packing candidates=2000 workers=2 seed=1`,
candidate 1605 of 2,000, generation 15, from `best_fit` and `worst_fit`; docs/discovered.md. Its
terms are as found, written with names.
"""

import math


def score(
    required,
    free,
    total,
    machine,
    cell,
    *,
    even=19.9395,
    room=-56.2855,
    left=-37.7321,
    small=-40.3721,
):
    over = free.size - required.size
    remainder = over % max(required.size, 1e-09) / cell.largest.size
    share = over / max(total.size, 1e-09)
    stepped = math.floor(
        0.208247 * remainder
        + 5.71 * remainder
        + 0.0213 * (machine.machines / 1000.0)
        + even * (total.size / cell.largest.size)
        + room * (over / cell.largest.size - 0.749) ** 2
        + left * share
        + small * (share < 0.101)
    )
    exact = math.floor(6.77848 * (over < 0.791143))
    return exact + 0.5 * math.tanh(stepped - 0.0145 / (free.size / max(total.size, 1e-09)))
