"""Speed and memory, as ratios to a plain program in the same run: `python -m bench`."""
