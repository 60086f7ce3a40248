"""One metric's definition, and the sources that several share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Definition:
    """One metric: its key (the link's target), its name, what it is, and where it comes from.

    `formula` is the same in symbols, where there is one; `words` are those that lead here where
    they stand in a sentence of the page.
    """

    key: str
    name: str
    text: str
    source: str
    formula: str = ""
    words: tuple[str, ...] = ()


ALPHAEVOLVE = "AlphaEvolve white paper, 2025, section 3.3.1"
FGD = "Weng et al., Beware of Fragmentation (FGD), USENIX ATC 2023"
INFLATION = "Verma, Korupolu and Wilkes, Evaluating job packing, IEEE CLUSTER 2014"
LAVA = "Ling et al., LAVA, MLSys 2025"
STUDENT = "Student, The Probable Error of a Mean, Biometrika 1908"
UNSTRAND = "a convention of this project"
