"""NILAS: machines that the task does not keep busy for longer, then the tightest fit.

The temporal cost is by how much the task's predicted end lies after the machine's last predicted
end, in classes: not at all, under 1 h, 10 h, 100 h, more. Within a class the tightest fit decides,
leftovers as shares of the fleet's largest machine. An unknown lifetime counts as `unknown` seconds
(a year). The classes of ten are those of LAVA's lifetimes; the paper's own boundaries are its
deployment's.

Source: Ling et al., LAVA: Lifetime-Aware VM Allocation with Learned Distributions and Adaptation to
Mispredictions (MLSys 2025), the section on NILAS.
"""

import math


def score(required, free, task, machine, cell, *, unknown=31536000.0, weight=1000):
    left = 0.0
    for r in range(len(required)):
        left += (free[r] - required[r]) / max(cell.largest[r], 1e-9)
    fit = 100.0 * (1.0 - left / len(required))
    longer = min(task.lifetime, unknown) - min(max(machine.exit, 0.0), unknown)
    hours = max(longer, 1e-9) / 3600.0
    cost = min(max(math.ceil(math.log10(hours)), 0), 3) + 1
    return fit - weight * (cost if longer > 0 else 0)
