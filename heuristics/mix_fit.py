"""The machine that loses the smallest part of the tasks of the usual mix that it could still take.

For every shape of the mix: how many copies the machine takes before and after the placement, each
shape alone; the score is minus the weighted mean of the part that is lost. Copies of a share are
counted device by device, copies of a whole request over the devices that are wholly free. GPU
models are left aside: a shape that may not run on the machine counts like the others.

Source: this project; what FGD measures as fragments (Weng et al., USENIX ATC 2023, section 4) is
counted here in tasks.
"""


def score(required, free, gpus, slot, mix):
    whole = 0.0
    for share in gpus:
        whole += 1.0 if share > 0.9999 else 0.0
    taken = required.gpu if required.gpu > 0.9999 else 0.0
    lost = 0.0
    for m in range(len(mix.weight)):
        before = min(free.cpu / max(mix.cpu[m], 1e-6), free.mem / max(mix.mem[m], 1e-6))
        after = min(
            (free.cpu - required.cpu) / max(mix.cpu[m], 1e-6),
            (free.mem - required.mem) / max(mix.mem[m], 1e-6),
        )
        asked = mix.gpu[m]
        if asked > 0.9999:
            left = whole - taken
            if slot >= 0:
                left = left - (1.0 if gpus[slot] > 0.9999 else 0.0)
            before = min(before, whole / asked)
            after = min(after, left / asked)
        elif asked > 0:
            copies = 0.0
            for share in gpus:
                copies += int(share / asked + 1e-6)
            left = copies - taken * int(1.0 / asked + 1e-6)
            if slot >= 0:
                left = left - int(gpus[slot] / asked + 1e-6)
                left = left + int((gpus[slot] - required.gpu) / asked + 1e-6)
            before = min(before, copies)
            after = min(after, left)
        before = float(int(min(before, 1e9) + 1e-6))
        after = float(int(min(after, 1e9) + 1e-6))
        lost += mix.weight[m] * (before - after) / max(before, 1.0)
    return -lost
