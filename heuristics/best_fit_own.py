"""Best fit with leftovers as shares of each machine's own totals.

On mixed fleets this is another heuristic than `best_fit`: a small machine counts as full as a large
one does. Resources that a machine has not got are left out of the mean.

Source: the normalisation by the machine's own capacity of Tetris (Grandl et al., SIGCOMM 2014,
section 3.2), on the rule of Johnson et al. (SIAM Journal on Computing 3, 1974).
"""


def score(required, free, total, *, whole=0):
    left = 0.0
    present = 0.0
    for r in range(len(required)):
        left += (free[r] - required[r]) / max(total[r], 1e-9)
        present += 1.0 if total[r] > 0 else 0.0
    value = 100.0 * (1.0 - left / max(present, 1.0))
    return int(value + 1e-9) if whole else value
