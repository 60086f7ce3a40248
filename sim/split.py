"""Train, validation and test pools: a hash of the job decides, before any seed is drawn."""

from __future__ import annotations

import hashlib

import numpy as np

from sim.errors import SimError
from sim.population import Population
from sim.state import Floats, Ints

SPLITS = ("train", "validation", "test")
DEAL = (0, 0, 0, 0, 1, 1, 2, 2)


def pool(population: Population, split: str) -> Ints:
    """Indices of the tasks of one split, or of all.

    Jobs are ordered by resource-time (the largest share of any resource's whole that they ask
    for over their lifetimes); of each eight neighbours, in the order of a hash of their names,
    four go to train and two each to validation and test.

    Raises:
        SimError: an unknown split, or one that holds no task.
    """
    if split == "all":
        return np.arange(len(population))
    if split not in SPLITS:
        raise SimError(f"split={split}: expected one of all, {', '.join(SPLITS)}")
    jobs = len(population.job_names)
    size = resource_time(population)
    heavy = np.zeros(jobs)
    np.add.at(heavy, population.job, size)
    lots = np.array([_lot(name) for name in population.job_names], np.uint64)
    order = np.lexsort((lots, heavy))
    part = np.empty(jobs, np.int64)
    for first in range(0, jobs, len(DEAL)):
        some = order[first : first + len(DEAL)]
        dealt = some[np.argsort(lots[some], kind="stable")]
        part[dealt] = DEAL[: len(dealt)]
    tasks = np.flatnonzero(part[population.job] == SPLITS.index(split))
    if tasks.size == 0:
        raise SimError(
            f"split={split}: its pool is empty, the trace has {jobs} jobs, dealt by eights; "
            "expected split=all"
        )
    return tasks


def resource_time(population: Population) -> Floats:
    """What each task holds over its life, as a share of what all ask for: the largest resource.

    A life that outlives the trace counts as far as the trace saw it.
    """
    whole = population.shapes.whole
    asked = whole[population.shape].sum(axis=0)
    share = (whole / np.where(asked > 0, asked, 1.0)).max(axis=1)
    life = population.seen.astype(np.float64)
    return np.asarray(share[population.shape] * life)


def _lot(name: str) -> int:
    digest = hashlib.blake2b(name.encode(), digest_size=8, person=b"unstrand").digest()
    return int.from_bytes(digest, "big")
