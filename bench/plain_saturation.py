"""The saturation experiment in plain numpy: best fit and FGD, all machines at once a decision."""

from __future__ import annotations

import numpy as np

from sim.population import Machines
from sim.saturation import Experiment, sequence

WHOLE = 1000.0


class PlainSaturation:
    """One cell being filled. `rule` is best_fit or fgd; machines in the order of the seed."""

    def __init__(self, setup: Experiment, seed: int, rule: str) -> None:
        self.setup, self.rule = setup, rule
        order, self.tasks = sequence(setup, seed)
        self.machines: Machines = setup.machines.take(order)
        self.order = order
        self.shapes, self.per = setup.population.shapes, setup.population.per
        self.whole = self.machines.total.copy()
        self.free = self.whole / self.per
        self.largest = self.machines.total.max(axis=0) / self.per
        slots = np.arange(max(int(self.machines.devices.max()), 1))
        self.devices = WHOLE * (slots < self.machines.devices[:, None])

    def run(self, count: int | None = None) -> list[int]:
        """Offer the first `count` tasks (all by default); machines in trace order, −1 rejected."""
        placed = []
        for shape in self.setup.population.shape[self.tasks[:count]].tolist():
            machine = self.place(shape)
            placed.append(int(self.order[machine]) if machine >= 0 else -1)
        return placed

    def fits(self, shape: int) -> np.ndarray:
        s = self.shapes
        result = (self.free >= s.natural[shape]).all(axis=1)
        if s.share[shape] > 0:
            result &= self.devices.max(axis=1) >= np.rint(s.share[shape] * WHOLE)
        if s.devices[shape] > 0:
            result &= (self.devices == WHOLE).sum(axis=1) >= s.devices[shape]
        if s.models[shape]:
            result &= (s.models[shape] >> self.machines.model) & 1 == 1
        return np.flatnonzero(result)

    def place(self, shape: int) -> int:
        """Choose and take; the machine, or −1."""
        fit = self.fits(shape)
        if fit.size == 0:
            return -1
        share = np.rint(self.shapes.share[shape] * WHOLE)
        slot = -1
        if self.rule == "best_fit":
            machine = int(fit[np.argmax(self.best_fit(shape, fit))])
            if share > 0:
                left = self.devices[machine]
                slot = int(np.argmin(np.where(left >= share, left, np.inf)))
        else:
            machine, slot = self.fgd(shape, fit, share)
        self.whole[machine] -= self.shapes.whole[shape]
        self.free[machine] = self.whole[machine] / self.per
        self.take(self.devices[machine : machine + 1], shape, slot)
        return machine

    def take(self, devices: np.ndarray, shape: int, slot: int) -> None:
        """Take the devices of a request from machines (k, D), in place."""
        if slot >= 0:
            devices[:, slot] -= np.rint(self.shapes.share[shape] * WHOLE)
        elif self.shapes.devices[shape] > 0:
            full = devices == WHOLE
            devices[full & (np.cumsum(full, axis=1) <= self.shapes.devices[shape])] = 0.0

    def best_fit(self, shape: int, fit: np.ndarray) -> np.ndarray:
        """As heuristics/best_fit.py: memory left out where there are GPUs."""
        left = np.zeros(fit.size)
        names = self.setup.population.resources
        counted = [r for r, name in enumerate(names) if name != "mem" or "gpu" not in names]
        for r in counted:
            after = self.free[fit, r] - self.shapes.natural[shape, r]
            left += after / max(self.largest[r], 1e-9)
        return 100.0 * (1.0 - left / len(counted))

    def fgd(self, shape: int, fit: np.ndarray, share: float) -> tuple[int, int]:
        """As heuristics/fgd.py; a share is tried on each device that it fits on."""
        before = self.frag(fit, self.whole[fit], self.devices[fit])
        after_whole = self.whole[fit] - self.shapes.whole[shape]
        best = np.full(fit.size, -np.inf)
        slots = np.full(fit.size, -1)
        for slot in range(self.devices.shape[1]) if share > 0 else (-1,):
            devices = self.devices[fit]
            can = devices[:, slot] >= share if slot >= 0 else np.ones(fit.size, bool)
            if not can.any():
                continue
            self.take(devices, shape, slot)
            gain = before - self.frag(fit, after_whole, devices)
            scale = self.setup.mix.weight[0] * self.per[self.setup.population.gpu]
            score = np.floor(100.0 / (1.0 + np.exp(-gain / scale)) + 1e-9)
            wins = can & (score > best)
            best[wins], slots[wins] = score[wins], slot
        k = int(np.argmax(best))
        return int(fit[k]), int(slots[k])

    def frag(self, fit: np.ndarray, whole: np.ndarray, devices: np.ndarray) -> np.ndarray:
        """Expected GPU fragmentation (docs/metrics.md), thousandths times the mix's count."""
        mix = self.setup.mix
        left, largest = devices.sum(axis=1), devices.max(axis=1)
        full = (devices == WHOLE).sum(axis=1)
        lost = [(devices * (devices < level)).sum(axis=1) for level in mix.levels]
        result = np.zeros(fit.size)
        for m in range(mix.counts.size):
            fits = (whole >= mix.whole[m]).all(axis=1)
            if mix.models[m]:
                fits &= (mix.models[m] >> self.machines.model[fit]) & 1 == 1
            if mix.level[m] == mix.levels.size:
                result += mix.counts[m] * left
                continue
            fits &= (largest >= mix.share[m]) & (full >= mix.devices[m])
            result += mix.counts[m] * np.where(fits, lost[mix.level[m]], left)
        return result
