"""LAVA, as we read it: short-lived tasks into the gaps of machines that live longer anyway.

Tasks and machines have lifetime classes: under 1 h, 10 h, 100 h, more. A machine that is nearly
full (less than `gap` of its scarcest resource free) takes tasks of shorter classes first, the
nearest class before the others; one that is filling up takes its own class; then come tasks
that would raise the machine's class, by how much; empty machines last. Within a rank the
tightest fit decides. In the paper machines carry a state (empty, open, recycling) that the
allocator keeps; here it is read from what is free and from the machine's last predicted end.

Source: Ling et al., LAVA: Lifetime-Aware VM Allocation with Learned Distributions and
Adaptation to Mispredictions (MLSys 2025), the section on LAVA.
"""

import math


def score(required, free, total, task, machine, cell, *, gap=0.3, unknown=31536000.0, weight=1000):
    left = 0.0
    scarce = 1.0
    for r in range(len(required)):
        left += (free[r] - required[r]) / max(cell.largest[r], 1e-9)
        scarce = min(scarce, free[r] / max(total[r], 1e-9) if total[r] > 0 else 1.0)
    fit = 100.0 * (1.0 - left / len(required))
    lives = min(max(task.lifetime, 1.0), unknown) / 3600.0
    stays = min(max(machine.exit, 1.0), unknown) / 3600.0
    task_class = min(max(math.ceil(math.log10(lives)), 0), 3)
    machine_class = min(max(math.ceil(math.log10(stays)), 0), 3)
    above = machine_class - task_class
    filling = 0 if above == 0 else 2 + abs(above)
    recycling = above - 1 if above > 0 else 3 - above
    rank = recycling if scarce < gap else filling
    rank = rank if machine.tasks > 0 else 8
    return fit - weight * rank
