"""FunSearch's bin-packing rule for the OR instances, by steps of what would be left over.

Nearly full bins score from 4 down to 1; between, what would be left over hardly matters, and
more is slightly better than less. Amounts are in the trace's own units, where whole sizes fill
bins of 150.

Source: Romera-Paredes et al., Mathematical discoveries from program search with large language
models (Nature 625, 2024), online bin packing, the rule for OR1 to OR4 in the supplementary code;
written anew from its steps.
"""

import numpy as np


def scores(required, free):
    left = free.size - required.size
    far = np.where(left <= 15, 0.97, np.where(left <= 21, 0.98, 0.99))
    middle = np.where(left <= 9, 0.9, np.where(left <= 12, 0.95, far))
    near = np.where(left <= 5, 2.0, np.where(left <= 7, 1.0, middle))
    return np.where(left <= 2, 4.0, np.where(left <= 3, 3.0, near))
