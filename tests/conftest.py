"""What the tests share: the tables and reference values that may lie beside the repository."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# One commit gets one verdict in CI; every other run looks at new examples.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """Return a function from a name such as 'data/adult.csv.gz' to its path, or skip the test."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"{name} is not beside the repository")
        return path

    return find
