"""The machine whose free part has the direction of the request: the cosine of their angle.

Amounts are shares of the fleet's largest machine, over all resources. A request or a machine of
which nothing is left counts as a cosine of 0.

Source: the alignment of Tetris (Grandl et al., SIGCOMM 2014, section 3.2), normalised by length, as
`cosine_similarity_score.go` of hkust-adsl/kubernetes-scheduler-simulator does.
"""

import math


def score(required, free, cell):
    product = 0.0
    asked = 0.0
    left = 0.0
    for r in range(len(required)):
        size = max(cell.largest[r], 1e-9)
        product += required[r] / size * (free[r] / size)
        asked += (required[r] / size) ** 2
        left += (free[r] / size) ** 2
    return product / max(math.sqrt(asked * left), 1e-12)
