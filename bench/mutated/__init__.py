"""Mutated rows: every reader gives a trace that accounts for each row, or one line, never else.

`sheets` and `forms` are files whose rows can be changed, `vms`, `gpus`, `batch`, `google`, `own`
and `dumps` make valid ones, `changes` changes rows, `judging` reads and holds a reader to its own
account, `trials` does so with one file after another from a seed. docs/traces.md has the figures.
"""
