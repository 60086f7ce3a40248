"""Protean's packing, as we read it: machines in use before empty ones, then the tightest fit.

Leftovers are shares of the fleet's largest machine, each resource weighed by how scarce it is
in the cell now (its used share, and `floor` at least). Fit is cut into `steps` steps, as
Protean's rules round their scores so that the next rule has a say; among equals the tie rule
speaks. An empty machine comes after all machines in use. Protean's other rules (fault domains,
health, caching of placements) have no counterpart here.

Source: Hadary et al., Protean: VM Allocation Service at Scale (OSDI 2020), section 4.
"""


def score(required, free, machine, cell, *, steps=100, floor=0.05):
    left = 0.0
    weights = 0.0
    for r in range(len(required)):
        used = 1.0 - cell.free[r] / max(cell.total[r], 1e-9)
        weight = max(used, floor)
        left += weight * (free[r] - required[r]) / max(cell.largest[r], 1e-9)
        weights += weight
    fit = 1.0 - left / max(weights, 1e-9)
    in_use = 2.0 if machine.tasks > 0 else 0.0
    return in_use * steps + int(steps * fit + 1e-9)
