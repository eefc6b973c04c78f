"""The command line: arguments, progress and verdicts in words; the statistics are elsewhere."""

from copulasynth.cli.main import main

__all__ = ["main"]
