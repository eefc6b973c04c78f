"""Mixtures of Gaussian copulas: a compact parametric law with clusters."""
