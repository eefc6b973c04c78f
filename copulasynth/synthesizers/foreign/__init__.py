"""Generators of other packages behind the same interface."""
