"""Found on openb's GPUs: fragments and GPUs without cores, in steps; then device remainders.

The GPU fragments that a placement takes away, as FGD has them, less a part of the GPUs that it
leaves with fewer than ten free cores each; in steps of six hundredths of a GPU. One and a half
steps off where a device is left with more than 0.08 that one more frequent share of the mix, the
one that fits it best, would not fill; within a step, machines that stay busy as long as the task.

Source: this project, `unstrand evolve problem=openb proposer=outside seed=1`, candidate 77 of 81,
an answer to a prompt that asked to explore; docs/discovered.md. Written with names, and without a
constant that all scores had.
"""

import math


def score(
    required,
    free,
    gpus,
    slot,
    frag,
    mix,
    task,
    machine,
    *,
    step=0.06,
    starve=0.3,
    cores=10.0,
    rest=1.5,
    most=0.08,
    ends=0.2,
    often=0.01,
):
    left = 0.0
    if slot >= 0:
        room = gpus[slot] - required.gpu
        left = room
        for m in range(len(mix.weight)):
            if mix.weight[m] > often and mix.gpu[m] > 0 and mix.gpu[m] < room + 1e-06:
                left = min(left, room - mix.gpu[m])
    starved_before = max(free.gpu - free.cpu / cores, 0.0)
    starved_after = max(free.gpu - required.gpu - (free.cpu - required.cpu) / cores, 0.0)
    gained = math.floor((frag.gain.gpu - starve * (starved_after - starved_before)) / step)
    late = 1.0 if task.lifetime > machine.exit else 0.0
    return gained - rest * (left > most) - ends * late
