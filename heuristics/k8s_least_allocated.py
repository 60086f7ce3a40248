"""Kubernetes LeastAllocated: the machine with the most CPU and memory free after the placement.

Per resource the whole percentage that stays free, then their whole mean. Requests stand for
themselves (Kubernetes counts 100 milli-cores and 200 MB where a container states none).

Source: `pkg/scheduler/framework/plugins/noderesources/least_allocated.go` of Kubernetes, with the
default resources cpu and memory, weight 1 each.
"""


def score(required, free, total):
    cpu = int(100.0 * (free.cpu - required.cpu) / max(total.cpu, 1e-9) + 1e-6)
    mem = int(100.0 * (free.mem - required.mem) / max(total.mem, 1e-9) + 1e-6)
    return (cpu + mem) // 2
