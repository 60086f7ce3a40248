"""The embedded proposer: programs changed as syntax trees, and no model needed."""
