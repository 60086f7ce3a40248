"""Any machine that can take the task, drawn by lot; a share task takes any device that fits.

Source: the `random` policy of Weng et al., Beware of Fragmentation (USENIX ATC 2023), section 6.1.
"""

TIES = "random"


def score(slot):
    return 0.0
