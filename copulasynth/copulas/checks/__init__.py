"""Does a copula fit? Diagnostics and goodness-of-fit tests."""
