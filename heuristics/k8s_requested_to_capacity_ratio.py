"""Kubernetes RequestedToCapacityRatio: used CPU and memory through a line bent at one point.

`low`, `middle` and `high` are percentages in use after the placement, the constants ending in
`_score` what they are worth, 0 to 10. By default the line is straight from 0 at 0 % to 10 at 100 %,
which packs; turned round it spreads. Resources that score 0 are left out of the mean, as there.

Source: `pkg/scheduler/framework/plugins/noderesources/requested_to_capacity_ratio.go` of
Kubernetes, with the resources cpu and memory, weight 1 each.
"""


def score(
    required,
    free,
    total,
    *,
    low=0,
    low_score=0,
    middle=50,
    middle_score=5,
    high=100,
    high_score=10,
):
    used_cpu = total.cpu - free.cpu + required.cpu
    used_mem = total.mem - free.mem + required.mem
    cpu = min(max(int(100.0 * used_cpu / max(total.cpu, 1e-9) + 1e-6), low), high)
    mem = min(max(int(100.0 * used_mem / max(total.mem, 1e-9) + 1e-6), low), high)
    rise = 10.0 * (middle_score - low_score) / max(middle - low, 1)
    further = 10.0 * (high_score - middle_score) / max(high - middle, 1)
    cpu_low = 10 * low_score + int(rise * (cpu - low))
    cpu_high = 10 * middle_score + int(further * (cpu - middle))
    mem_low = 10 * low_score + int(rise * (mem - low))
    mem_high = 10 * middle_score + int(further * (mem - middle))
    cpu_value = cpu_low if cpu < middle else cpu_high
    mem_value = mem_low if mem < middle else mem_high
    counted = (1 if cpu_value > 0 else 0) + (1 if mem_value > 0 else 0)
    value = max(cpu_value, 0) + max(mem_value, 0)
    return int(value / max(counted, 1) + 0.5)
