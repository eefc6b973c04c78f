"""Metrics of one column at a time."""
