"""The machine on which the least is left over, as a share of the fleet's largest machine.

The score is 100 for nothing left over, 0 for a whole empty machine of the largest kind, the mean
over the resources of the trace. Where the fleet has GPUs, memory is left out, as in the paper's
simulator (on its trace memory costs 0.7 points of GPU); `memory=1` counts it there too. `whole=1`
cuts the score to a whole number, as Kubernetes' scores are; `whole=0` keeps the fraction.

Source: `best_fit_score.go` of hkust-adsl/kubernetes-scheduler-simulator (Weng et al., USENIX ATC
2023); the rule is Johnson et al. (SIAM Journal on Computing 3, 1974).
"""


def score(required, free, cell, *, memory=0, whole=0):
    after_cpu = 1 if cell.largest.cpu > 0 else 0
    skips = cell.largest.gpu > 0 and cell.largest.mem > 0 and memory == 0
    skipped = after_cpu if skips else -1
    left = 0.0
    counted = 0.0
    for r in range(len(required)):
        weight = 0.0 if r == skipped else 1.0
        left += weight * (free[r] - required[r]) / max(cell.largest[r], 1e-9)
        counted += weight
    value = 100.0 * (1.0 - left / counted)
    return int(value + 1e-9) if whole else value
