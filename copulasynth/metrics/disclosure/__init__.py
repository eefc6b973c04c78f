"""Metrics of closeness to the rows that the synthesizer saw."""
