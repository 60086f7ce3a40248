"""The first machine in order that can take the task.

Source: Johnson et al., Worst-case performance bounds for simple one-dimensional packing algorithms
(SIAM Journal on Computing 3, 1974).
"""

TIES = "first"


def score():
    return 0.0
