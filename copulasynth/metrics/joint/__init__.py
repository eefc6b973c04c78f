"""Metrics of whole rows."""
