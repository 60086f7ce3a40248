"""The machine whose resources are used most evenly after the placement.

Minus the standard deviation of the used shares of the machine's resources; those it has not got are
left out.

Source: the idea of BalancedResourceAllocation (Kubernetes) over all resources of the trace.
"""

import math


def score(required, free, total):
    present = 0.0
    mean = 0.0
    for r in range(len(required)):
        here = 1.0 if total[r] > 0 else 0.0
        present += here
        mean += here - (free[r] - required[r]) / max(total[r], 1e-9)
    present = max(present, 1.0)
    mean = mean / present
    spread = 0.0
    for r in range(len(required)):
        here = 1.0 if total[r] > 0 else 0.0
        used = 1.0 - (free[r] - required[r]) / max(total[r], 1e-9)
        spread += here * (used - mean) ** 2
    return -math.sqrt(spread / present)
