"""The machine on which the most is left over: the opposite of best fit.

The score is 0 for nothing left over, 100 for a whole empty machine of the largest kind.
`memory` and `whole` are as in `best_fit`.

Source: Johnson, Fast algorithms for bin packing (Journal of Computer and System Sciences 8,
1974).
"""


def score(required, free, cell, *, memory=0, whole=0):
    after_cpu = 1 if cell.largest.cpu > 0 else 0
    skips = cell.largest.gpu > 0 and cell.largest.mem > 0 and memory == 0
    skipped = after_cpu if skips else -1
    left = 0.0
    counted = 0.0
    for r in range(len(required)):
        weight = 0.0 if r == skipped else 1.0
        left += weight * (free[r] - required[r]) / max(cell.largest[r], 1e-9)
        counted += weight
    value = 100.0 * left / counted
    return int(value + 1e-9) if whole else value
