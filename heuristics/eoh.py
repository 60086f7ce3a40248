"""EoH's bin-packing rule: exact fits far ahead, else bins that stay roomy and are well used.

What would be left over decides: an exponential term rewards nearly nothing left; the used part
times the root of what is left, and more where over three items fit in it, does the rest.
Amounts are in the trace's own units, sizes of 1 and more.

Source: Liu et al., Evolution of Heuristics: Towards Efficient Automatic Algorithm Design Using
Large Language Model (ICML 2024), online bin packing; written anew from its formula.
"""

import numpy as np


def scores(required, free):
    left = free.size - required.size
    used = required.size / free.size
    tight = free.size * np.exp(-left) / (np.exp(left) + 0.7)
    roomy = np.where(left > 3 * required.size, 0.8, 0.3)
    return tight + used * np.sqrt(left) + roomy
