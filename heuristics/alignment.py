"""The machine whose free part goes most the way of the request: their dot product is largest.

Free and requested amounts are shares of the machine's own totals, over all resources.

Source: Grandl et al., Multi-Resource Packing for Cluster Schedulers (Tetris, SIGCOMM 2014), section
3.2, without its terms for remote data and for short jobs.
"""


def score(required, free, total):
    product = 0.0
    for r in range(len(required)):
        size = max(total[r], 1e-9)
        product += free[r] / size * (required[r] / size)
    return product
