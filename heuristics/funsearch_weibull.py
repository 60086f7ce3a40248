"""FunSearch's bin-packing rule for Weibull sizes: each bin against the bin before it.

A value grows with what is free and with the distance from the emptiest bin; it is turned round
where the item leaves something over; then each bin loses the value of the bin before it.

Source: Romera-Paredes et al., Mathematical discoveries from program search with large language
models (Nature 625, 2024), online bin packing, the rule found on the Weibull instances; written
anew.
"""

import numpy as np


def scores(required, free):
    item = required.size
    emptiest = np.max(free.size)
    value = (free.size - emptiest) ** 2 / item + free.size**2 / item**2 + free.size**2 / item**3
    value = np.where(free.size > item, -value, value)
    first = np.arange(len(free.size)) == 0
    return value - np.where(first, 0.0, np.roll(value, 1))
