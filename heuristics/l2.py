"""The machine whose free part is nearest to the request: norm-based greedy.

Minus the mean square of what is left over, as shares of the fleet's largest machine; every resource
weighs the same.

Source: Panigrahy et al., Heuristics for Vector Bin Packing (Microsoft Research, 2011), section 2.2.
"""


def score(required, free, cell):
    distance = 0.0
    for r in range(len(required)):
        distance += ((free[r] - required[r]) / max(cell.largest[r], 1e-9)) ** 2
    return -distance / len(required)
