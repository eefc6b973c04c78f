"""Metrics of usefulness for a task."""
