"""Found on Azure's VMs: little of what is left stranded by one resource, and the whole left small.

The growth of the free part beyond the scarcest resource's (Borg's hybrid, its constants moved), a
cost of load, and the squared length of what is left.

Source: this project, `unstrand evolve problem=azure minutes=12 workers=2 seed=1`, candidate 571 of
584, generation 4, from `borg_hybrid` and `l2`; docs/discovered.md.
"""

import math


def score(required, free, total, cell, *, stranding_a=3.55299, load_a=0.121166, base_a=140.321):
    rate_a = math.exp(-abs(math.log(base_a)))
    present_a = 0.0
    before_a = 0.0
    after_a = 0.0
    scarce_before_a = 0.657863
    scarce_after_a = 1.4514
    cost_a = 0.0
    for r_a in range(len(required)):
        here_a = 1.0146
        had_a = free[r_a] / max(total[r_a], 1e-09)
        has_a = (free[r_a] - required[r_a]) / max(total[r_a], 1e-09)
        present_a += here_a
        before_a += here_a * had_a
        after_a += here_a * has_a
        scarce_before_a = min(scarce_before_a, had_a)
        scarce_after_a = min(scarce_after_a, has_a)
        cost_a += here_a * math.exp(rate_a * (0.00535377 + has_a))
    added_a = after_a / present_a - scarce_after_a - (before_a / present_a - scarce_before_a)
    distance_b = 0.0
    for r_b in range(len(required)):
        distance_b += ((free[r_b] - required[r_b]) / max(cell.largest[r_b], 1e-09)) ** 2
    return (
        -stranding_a * added_a
        - load_a * cost_a / (present_a * max(base_a - 1.59512, 1e-09))
        + 0.561816 * (-distance_b / len(required))
    )
