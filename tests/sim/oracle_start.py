"""The population that a cell starts with, as chances and means that anyone can check by hand.

A task is found running at an instant by its length; how far it is, is uniform (Cox, *Renewal
Theory*, 1962). Lives are whole ticks here and what is left of them real numbers.
"""

from __future__ import annotations

from fractions import Fraction


def length_biased(lives: list[int]) -> list[Fraction]:
    """The chance of each task of a pool to be the one found running at an instant."""
    return [Fraction(life, sum(lives)) for life in lives]


def residual_at_most(lives: list[int], ticks: Fraction) -> Fraction:
    """The chance that a task found running ends within so many ticks, where lives are continuous.

    Drawn by its length, and its age uniform: Σ_i (life_i / Σ life) · min(ticks / life_i, 1).
    """
    chances = length_biased(lives)
    return sum(
        (p * min(ticks / life, Fraction(1)) for p, life in zip(chances, lives, strict=True)),
        Fraction(0),
    )


def mean_residual(lives: list[int]) -> Fraction:
    """The mean of what is left of a task found running: Σ life² / (2 Σ life)."""
    return Fraction(sum(life * life for life in lives), 2 * sum(lives))


def survivors(deployment: list[int], age: Fraction) -> list[Fraction]:
    """What is left of the tasks of a deployment of that age that still run."""
    return [life - age for life in deployment if life > age]


def deployment_chances(deployments: list[list[int]]) -> list[Fraction]:
    """The chance of each deployment to be the one found running: by its longest life."""
    return length_biased([max(lives) for lives in deployments])


def survivors_in_the_mean(deployments: list[list[int]]) -> Fraction:
    """How many tasks of a deployment found running still run: ages uniform over its longest life.

    Which is Σ of all lives / Σ of the longest lives.
    """
    mean = Fraction(0)
    for chance, lives in zip(deployment_chances(deployments), deployments, strict=True):
        mean += chance * sum((Fraction(life, max(lives)) for life in lives), Fraction(0))
    return mean
