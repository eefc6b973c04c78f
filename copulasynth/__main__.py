"""`python -m copulasynth` is the command line."""

from copulasynth.cli.main import main

if __name__ == "__main__":
    main()
