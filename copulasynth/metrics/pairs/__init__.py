"""Metrics of two columns at a time."""
