"""Where a search scores a heuristic: one cell, one split, some draws."""
