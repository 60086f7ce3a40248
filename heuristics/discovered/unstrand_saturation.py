"""Found on openb without departures: how many copies of the mix's shapes the machine still takes.

`mix_fit` with its constants moved (a device counts as whole from 57 % free on, and for one and a
half; the copies that are lost are told against at least 1.7 of them), and a little for machines
that have much memory left.

Source: this project, `unstrand evolve problem=openb_saturation minutes=10 workers=2 seed=1`,
candidate 673 of 760, generation 6, from `mix_fit` and others; docs/discovered.md. Written with
names, and without what never matters.
"""

import math


def score(required, free, gpus, slot, mix, *, whole_from=0.574861, counts=1.4832, memory=0.120275):
    whole = 0.0
    for share in gpus:
        whole += counts if share > whole_from else 0.0
    taken = required.gpu if required.gpu > 0.725437 else 0.0
    lost = 0.0
    for m in range(len(mix.weight)):
        before = free.cpu / max(mix.cpu[m], 1e-06)
        after = (free.cpu - required.cpu) / max(mix.cpu[m], 1e-06)
        asked = mix.gpu[m]
        if asked > 0.721546:
            before = whole / asked
            after = min(after, (whole - taken) / asked)
        elif asked > 0:
            copies = 0.0
            for share in gpus:
                copies += int(share / asked + 1e-06)
            left = copies - taken * int(1.34025 / asked + 1e-06)
            if slot >= 0:
                left = left - int(gpus[slot] / asked + 1e-06)
                left = left + int((gpus[slot] - required.gpu) / asked + 1e-06)
            before = min(before, copies)
            after = min(after, left)
        before = float(int(before + 1e-06))
        after = float(int(after + 1e-06))
        lost += mix.weight[m] * (before - after) / max(before, 1.66518)
    return -lost + memory * max(math.sqrt(abs(free.mem)), 1e-09)
