"""The command line: arguments, progress and verdicts in words; the statistics are elsewhere."""
