"""E-PVM: the machine on which the task costs least, cost growing exponentially with use.

Minus the marginal cost, the sum over resources of base ** used after - base ** used before. It
spreads load and keeps room for peaks. The paper's base grows with the number of machines; here
it is a constant.

Source: Amir et al., An Opportunity Cost Approach for Job Assignment in a Scalable Computing
Cluster (IEEE Transactions on Parallel and Distributed Systems 11, 2000), section 3.
"""

import math


def score(required, free, total, *, base=100.0):
    rate = math.log(base)
    cost = 0.0
    for r in range(len(required)):
        size = max(total[r], 1e-9)
        used = 1.0 - free[r] / size
        cost += math.exp(rate * (used + required[r] / size)) - math.exp(rate * used)
    return -cost
