"""Hydra configuration, one group a choice that a user makes.

Types, defaults and help of every key are in ``unstrand/schema/``; the files here choose.
"""
