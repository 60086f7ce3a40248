"""Found on DLRM's CPU nodes: CPU and memory used alike, in steps, then what memory is left over.

The balance of Kubernetes' balanced allocation, how far the used shares of CPU and memory are apart,
once coarsely in whole steps and once finely; against both, the memory that is left, and the
remainder that no further task of this size fills; for both, fragmentation of CPU taken away.

Source: this project, `unstrand evolve problem=dlrm minutes=14 workers=2 seed=1`, candidate 1570 of
1637, generation 12, from `k8s_balanced_allocation` and others; docs/discovered.md. Written with
names.
"""

import math


def score(required, free, total, frag, cell, *, step=2.44):
    cpu = (total.cpu - free.cpu + required.cpu) / max(total.cpu, 1e-09)
    mem = (total.mem - free.mem + required.mem) / max(total.mem, 1e-09)
    apart = abs(cpu - mem)
    left = (free.mem - required.mem) / max(total.mem, 1e-09)
    rest = (free.mem - required.mem) % max(required.mem, 1e-09) / cell.largest.mem
    gained = frag.gain.cpu / cell.largest.cpu
    fine = int(77.8175 * (0.603783 - apart / 1.2295) + 1e-06)
    fine = fine - 0.300399 * left + 0.92293 * gained - 9.43835 * rest
    coarse = int(91.5527 * (0.41341 - apart / 1.42332) + 1e-06)
    coarse = coarse - 0.196131 * left + 1.22083 * gained - 4.28 * rest
    return fine + step * math.floor(len(required) * coarse)
