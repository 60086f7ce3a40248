"""FunSearch's short rule for the OR instances: tight bins, the tightest if it is very tight.

Every bin loses what is free times what would be left; the tightest bin's score is then
multiplied by the item and loses the fourth power of what would be left.

Source: Romera-Paredes et al., Mathematical discoveries from program search with large language
models (Nature 625, 2024), figure 4; written anew from its formula.
"""

import numpy as np


def scores(required, free):
    left = free.size - required.size
    value = 1000.0 - free.size * left
    tightest = np.arange(len(free.size)) == np.argmin(free.size)
    return np.where(tightest, value * required.size - left**4, value)
