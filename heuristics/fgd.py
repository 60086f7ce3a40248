"""Fragmentation Gradient Descent: the machine and device whose fragmentation grows least.

The fall of the machine's expected GPU fragmentation, in devices, through a sigmoid, on a scale of 0
to 100. `whole=1` cuts it to a whole number, as the paper's simulator does; `whole=0` keeps the
fraction.

Source: Weng et al., Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation
Gradient Descent (USENIX ATC 2023), section 5; `fgd_score.go` of its simulator.
"""

import math


def score(frag, slot, *, whole=1):
    value = 100.0 / (1.0 + math.exp(-frag.gain.gpu))
    return int(value + 1e-9) if whole else value
