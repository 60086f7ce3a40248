"""How much of a cell counted tasks can use at most: a linear or an integer programme's upper bound.

The variables are how many tasks of a shape go to a type of machine. The linear programme's answer
does not rest on the solver's tolerances: it is computed from the solver's prices of the capacities
by weak duality. Each shape pays for what it takes and goes where it gains most, and for any prices
that are not negative

    Σ_r w_r·used_r/total_r  ≤  Σ_t,r price_tr·capacity_tr + Σ_m max(low_m·d_m, high_m·d_m),
    d_m = max over types of (Σ_r w_r·need_mr/total_r − Σ_r price_tr·need_mr).

The integer programme's is the solver's dual bound (less its tolerance), never the counts it found,
or what its linear relaxation leaves, if that is more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sim.state import Floats, Ints

SOLVED = "optimal"
STOPPED = "stopped in time: dual bound"
RELAXED = "no dual bound: linear relaxation"
UNSOLVED = "not solved: what is free or what is offered"
WORST_LAST = (SOLVED, STOPPED, RELAXED, UNSOLVED)
GAP = 5e-4  # of what is used: an integer programme ends where no better bound is further than this
SLACK = 1e-7  # of the largest gain of a task, a task: by how much HiGHS lets reduced costs be out


@dataclass(frozen=True)
class Programme:
    """Counts of M shapes on T types of machine; P pairs of a type and a shape that may use it.

    need (M, R); capacity (T, R), whole units; low, high (M,) fewest and most tasks of a shape;
    of, shape, most (P,) type, shape, and how many tasks the type's capacity holds of it alone.
    """

    need: Floats
    capacity: Floats
    low: Floats
    high: Floats
    of: Ints
    shape: Ints
    most: Floats

    @cached_property
    def taken(self) -> Floats:
        """(P, R) the part of its type's capacity that one task takes."""
        capacity = self.capacity[self.of]
        return np.divide(
            self.need[self.shape], capacity, out=np.zeros(capacity.shape), where=capacity > 0
        )

    def within(self, scale: Floats) -> tuple[Any, Floats, Floats]:
        """Rows and right-hand sides of ≤: capacities, then most, then fewest tasks of a shape.

        The variables are counts of the pairs divided by `scale` (P,). Each row is divided by its
        largest entry, which comes third.
        """
        from scipy.sparse import csr_array

        resources = self.need.shape[1]
        pair, resource = np.nonzero(self.taken)
        every = np.arange(self.of.size)
        tight = np.flatnonzero(self.low > 0)
        fewest = np.searchsorted(tight, self.shape)
        bounded = np.flatnonzero(self.low[self.shape] > 0)
        first = self.capacity.size
        second = first + self.high.size
        rows = np.concatenate(
            [self.of[pair] * resources + resource, first + self.shape, second + fewest[bounded]]
        )
        columns = np.concatenate([pair, every, bounded])
        values = np.concatenate([self.taken[pair, resource], np.ones(every.size + bounded.size)])
        values[-bounded.size or values.size :] *= -1.0
        values *= scale[columns]
        right = np.concatenate([np.ones(first), self.high, -self.low[tight]])
        largest = np.zeros(right.size)
        np.maximum.at(largest, rows, np.abs(values))
        largest[largest == 0] = 1.0
        matrix = csr_array(
            (values / largest[rows], (rows, columns)), shape=(right.size, self.of.size)
        )
        return matrix, np.asarray(right / largest), largest

    @cached_property
    def relaxed(self) -> tuple[Any, Floats, Floats]:
        """The rows of the linear programme: a variable of 1 is all that the type alone holds."""
        return self.within(self.most)

    def most_used(self, gain: Floats) -> tuple[float, str]:
        """An upper bound on Σ gain·used, gain (R,) a unit, and how the solver ended."""
        from scipy.optimize import linprog

        simple = gain * self.capacity  # every resource at its worth: what there is
        bounds = [self.dual(gain, simple), self.dual(gain, np.zeros_like(simple))]
        if self.of.size == 0:
            return min(bounds), SOLVED
        matrix, right, largest = self.relaxed
        worth = (self.need @ gain)[self.shape] * self.most
        top = worth.max()
        if top <= 0:
            return min(bounds), SOLVED
        result = linprog(-worth / top, A_ub=matrix, b_ub=right, method="highs")
        if result.status != 0:
            return min(bounds), UNSOLVED
        rows = self.capacity.size
        prices = np.maximum(-result.ineqlin.marginals[:rows], 0.0) * top / largest[:rows]
        return min(*bounds, self.dual(gain, prices.reshape(self.capacity.shape))), SOLVED

    def dual(self, gain: Floats, price: Floats) -> float:
        """What weak duality gives at prices (T, R) ≥ 0 of the whole capacities of each type."""
        margin = (self.need @ gain)[self.shape] - (self.taken * price[self.of]).sum(axis=1)
        best = np.full(self.low.size, -np.inf)
        np.maximum.at(best, self.shape, margin)
        best[np.isneginf(best)] = 0.0  # fits nowhere, or isn't wanted
        spent = np.where(self.capacity > 0, price, 0.0).sum()
        return float(spent + np.maximum(self.low * best, self.high * best).sum())

    def most_used_whole(self, gain: Floats, relaxed: float, limit_s: float) -> tuple[float, str]:
        """The same with whole counts; `relaxed` is what the linear programme gave."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        worth = (self.need @ gain)[self.shape]
        top = worth.max(initial=0.0)
        if top <= 0:
            return relaxed, SOLVED
        matrix, right, _ = self.within(np.ones(self.of.size))
        result = milp(
            -worth / top,
            integrality=np.ones(self.of.size, np.int64),
            bounds=Bounds(0.0, self.most),
            constraints=LinearConstraint(matrix, -np.inf, right),
            options={"time_limit": limit_s, "mip_rel_gap": GAP},
        )
        found = result.get("mip_dual_bound")
        if found is None or not np.isfinite(found):
            return relaxed, RELAXED
        used = float(-found + SLACK * self.high.sum()) * top
        return min(relaxed, used), SOLVED if result.status == 0 else STOPPED
