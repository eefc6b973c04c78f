"""Levels of several columns drawn as one: combinations and one-hot groups."""
