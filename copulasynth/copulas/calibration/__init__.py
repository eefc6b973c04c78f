"""Calibration of any copula's draws to the pair tables of the data."""
