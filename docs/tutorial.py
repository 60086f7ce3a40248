"""Unstrand from Python, cell by cell: `python docs/tutorial.py`, in half a minute.

Each `# %%` begins a cell for editors that run them one by one. Whatever is printed here shows
itself in a notebook as a table.
"""

# %% A trace
# Tasks and machines in one schema, whatever file they came from. The synthetic one needs no file;
# `traces.read(folder)` reads your own, `traces.load("kubernetes", path="dump.json")` a dump.
import tempfile
from pathlib import Path

import rich

import heuristics
import report
import sim
import traces
from unstrand.main import main

trace = traces.load("synthetic")
print(trace)
rich.print(trace)

# %% A workload
# One cell of the trace's machines, and the tasks that come and go in it. All that is drawn comes
# from the seed. History comes before the window: a cell is measured as it would be found, full and
# worn.
work = sim.workload(trace, load=0.9, machines=60, hours=6, seed=0, weights={"gpu": 1})
rich.print(work)

# %% A heuristic
# One function that scores a machine which can take the task; the highest score wins. Keywords with
# a number as default are its constants.
mine = heuristics.parse(
    '''
"""Fill machines up, the GPU first."""


def score(required, free, total, *, gpu_weight=4.0):
    cpu = (free.cpu - required.cpu) / total.cpu
    gpu = (free.gpu - required.gpu) / (total.gpu + 1)
    return -(cpu + gpu_weight * gpu)
''',
    filename="mine.py",
    name="mine",
)
print(mine.name, mine.arguments, mine.params)

# %% A replay
# What becomes of the workload under one heuristic. Probes fill copies of the cell until nothing
# fits any more: what is free then is stranded.
run = sim.replay(work, mine, probes=4)
rich.print(run)

# %% A comparison
# What is recovered over a baseline, in pairs that draw the same, with an interval.
works = sim.series(
    trace, seeds=range(3), load=0.9, machines=60, hours=6, split="test", weights={"gpu": 1}
)
rows = sim.compare(
    works, [heuristics.get("fgd"), mine], baseline=heuristics.get("best_fit"), policies=()
)
for row in rows:
    rich.print(row)

# %% What its constants are worth
# Without departures, more and more is offered. Constants are set by name.
for one in sim.saturate(trace, [mine, mine.with_params(gpu_weight=0.5)], seeds=range(2)):
    rich.print(one)

# %% How few machines would do
# Cell compaction: the fewest of the fleet that hold what runs.
rich.print(sim.compact(work, mine, trials=3, put=heuristics.get("best_fit")))

# %% A search, and its page
# Commands are calls too. A search proposes programs, scores each in a locked process, and keeps
# the best of each behaviour; this problem and so few candidates are a taste. What it leaves is a
# folder with its journal, and a champion that is a heuristic as any other.
folder = Path(tempfile.mkdtemp(prefix="unstrand-"))
found = folder / "found"
code = main(["evolve", "problem=rehearsal", "candidates=6", "archive.finalists=1", f"out={found}"])
assert code == 0, code
champion = heuristics.load(found / "champion.py")
print(champion.name, champion.params)

made = report.build([found], folder / "page")
print(made.headlines[0])
print(made.page)
