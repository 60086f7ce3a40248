"""Kubernetes MostAllocated: the machine with the most CPU and memory in use after the placement.

Per resource the whole percentage in use, then their whole mean. Requests stand for themselves,
as in `k8s_least_allocated`.

Source: `pkg/scheduler/framework/plugins/noderesources/most_allocated.go` of Kubernetes, with the
default resources cpu and memory, weight 1 each.
"""


def score(required, free, total):
    used_cpu = total.cpu - free.cpu + required.cpu
    used_mem = total.mem - free.mem + required.mem
    cpu = int(100.0 * used_cpu / max(total.cpu, 1e-9) + 1e-6)
    mem = int(100.0 * used_mem / max(total.mem, 1e-9) + 1e-6)
    return (cpu + mem) // 2
