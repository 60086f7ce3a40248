"""A candidate held against written rules: by execution, and by a model where one is asked."""
