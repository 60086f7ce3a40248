"""The machine whose free CPU and GPU look least like the request: their dot product is smallest.

Free and requested amounts are shares of the fleet's largest machine; the score is 100 times one
minus the mean of their products. `whole=1` cuts it to a whole number, as the paper's simulator does
(and on its trace those ties are worth a point); `whole=0` keeps the fraction.

Source: `dot_product_score.go` of hkust-adsl/kubernetes-scheduler-simulator (Weng et al., USENIX ATC
2023), options `merge` and `max`, after Tetris (Grandl et al., SIGCOMM 2014) and Panigrahy et al.,
Heuristics for Vector Bin Packing (Microsoft Research, 2011).
"""


def score(required, free, cell, *, whole=1):
    cpu = max(cell.largest.cpu, 1e-9)
    gpu = max(cell.largest.gpu, 1e-9)
    product = free.cpu / cpu * (required.cpu / cpu) + free.gpu / gpu * (required.gpu / gpu)
    value = 100.0 * (1.0 - product / 2.0)
    return int(value + 1e-9) if whole else value
