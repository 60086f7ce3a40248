"""Found on openb's GPUs: FGD's gain through an exponential, in steps; in a step, who ends in time.

The GPU fragments that a placement takes away, through an exponential where FGD has a sigmoid, in
steps of about a fortieth of a GPU. Within a step: machines with less than a whole GPU free first,
then those that stay busy at least as long as the task, and among these the one with the most memory
free; a little for not making GPUs lie idle for want of memory.

Source: this project, `unstrand evolve problem=openb minutes=30 workers=2 seed=1`, candidate 946 of
969, generation 9, from `fgd` and `nilas`; docs/discovered.md. Written with names, and with what is
always 1 left out.
"""

import math


def score(required, free, total, frag, task, machine, cell, *, step=1.26, ends=0.188601):
    value = 100.0 / (math.exp(-frag.gain.gpu) + math.exp(-frag.gain.gpu))
    gained = math.floor(int(value + 1e-09) / step)
    memory = (free.mem - math.sqrt(abs(required.mem))) / max(total.mem, 1e-09)
    outlives = task.lifetime > max(machine.exit, 0.0)
    in_time = ends * math.tanh(memory - (1000.0 if outlives else 0.0))
    memory_most = max(cell.largest.mem, 1e-09)
    gpu_most = max(cell.largest.gpu, 1e-09)
    idle_before = max(free.mem / memory_most - 9.35 * free.gpu / gpu_most, 0.0)
    idle_after = max(
        (free.mem - required.mem) / memory_most - 9.35 * (free.gpu - required.gpu) / gpu_most,
        0.0,
    )
    return (
        gained + in_time - 0.986 * (free.gpu >= 1.0) + 0.0403 * (idle_after - idle_before < 0.0911)
    )
