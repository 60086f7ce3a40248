"""Kubernetes BalancedAllocation: CPU and memory in use as evenly as can be after the placement.

One minus the standard deviation of the two used shares (half their difference), as a whole
percentage.

Source: `pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go` of Kubernetes, with
the default resources cpu and memory.
"""


def score(required, free, total):
    cpu = min((total.cpu - free.cpu + required.cpu) / max(total.cpu, 1e-9), 1.0)
    mem = min((total.mem - free.mem + required.mem) / max(total.mem, 1e-9), 1.0)
    return int(100.0 * (1.0 - abs(cpu - mem) / 2.0) + 1e-6)
