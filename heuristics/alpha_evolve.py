"""AlphaEvolve's published function for Borg: the request must resemble the free part.

    score = -(c + m + m / c + c / m),  c = required.cpu / free.cpu,  m = required.mem / free.mem

The guard: c and m are kept at 1e-9 or above, and free.cpu and free.mem too, so that a task or a
machine without CPU or memory gives a large finite score; wherever nothing is zero, the value is the
published one. Straight-line arithmetic, so that it runs over many machines at once.

Source: Novikov et al., AlphaEvolve: a coding agent for scientific and algorithmic discovery (white
paper, 2025), section 3.3.1.
"""


def score(required, free):
    cpu_residual = max(required.cpu / max(free.cpu, 1e-9), 1e-9)
    mem_residual = max(required.mem / max(free.mem, 1e-9), 1e-9)
    mismatch = mem_residual / cpu_residual + cpu_residual / mem_residual
    return -1.0 * (cpu_residual + mem_residual + mismatch)
