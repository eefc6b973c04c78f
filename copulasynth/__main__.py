"""`python -m copulasynth` is the command line."""

import sys

from copulasynth.cli.ending import in_one_line

__all__ = ["main"]


def main() -> None:
    """Run the command line; whatever ends it is one line on stderr and an exit code."""
    with in_one_line():
        # loads for a while, and may be interrupted from here on
        from copulasynth.cli.main import app

        # not standalone: a wrong option is told in one line too, as every other error
        sys.exit(app(standalone_mode=False))


if __name__ == "__main__":
    main()
