"""Borg's hybrid, as we read it: strand little, and pay for fullness as E-PVM does.

What a machine strands is what lies free beyond its scarcest resource: the mean over resources
of the free share less the smallest free share. The score is minus `stranding` times what the
placement adds to that, minus `load` times E-PVM's marginal cost (scaled to 1 for an empty
machine filled up). Resources that a machine has not got are left out. The paper names both
parents and the aim (fewer stranded resources) but gives no formula; this is a reading.

Source: Verma et al., Large-scale cluster management at Google with Borg (EuroSys 2015), section
3.2; Amir et al. (IEEE TPDS 11, 2000).
"""

import math


def score(required, free, total, *, stranding=1.0, load=0.1, base=100.0):
    rate = math.log(base)
    present = 0.0
    before = 0.0
    after = 0.0
    scarce_before = 1.0
    scarce_after = 1.0
    cost = 0.0
    for r in range(len(required)):
        here = 1.0 if total[r] > 0 else 0.0
        had = free[r] / max(total[r], 1e-9)
        has = (free[r] - required[r]) / max(total[r], 1e-9)
        present += here
        before += here * had
        after += here * has
        scarce_before = min(scarce_before, had if total[r] > 0 else 1.0)
        scarce_after = min(scarce_after, has if total[r] > 0 else 1.0)
        cost += here * (math.exp(rate * (1.0 - has)) - math.exp(rate * (1.0 - had)))
    present = max(present, 1.0)
    added = after / present - scarce_after - (before / present - scarce_before)
    return -stranding * added - load * cost / (present * max(base - 1.0, 1e-9))
