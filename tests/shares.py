"""How many examples of a property are tried: a share of what a campaign tries."""

from __future__ import annotations

import os

USUAL = 30
EXAMPLES = int(os.environ.get("UNSTRAND_EXAMPLES", USUAL))


def share(usual: int) -> int:
    """As many as usual, or as many more as $UNSTRAND_EXAMPLES says."""
    return max(1, usual * EXAMPLES // USUAL)
