"""A folder with a small table and run files for it."""

import pytest

import copulasynth as cs

QUICK = """\
[data]
path = "usage.csv"
[marginals]
"*" = "empirical"
[fit]
method = "gaussian"
knobs = {sweeps = 6, burn = 2}
[evaluate]
metrics = ["ks", "spearman", "dcr_share"]
[output]
report = false
"""


@pytest.fixture(scope="session")
def customers():
    table = cs.datasets.simulate_telecom(240, rng=1)
    return table[["age", "plan", "data_mb", "income", "churn", "signup_date"]]


@pytest.fixture
def folder(tmp_path, customers):
    """Return a folder with usage.csv."""
    customers.to_csv(tmp_path / "usage.csv", index=False)
    return tmp_path


@pytest.fixture
def spec(folder):
    """Return a function that writes spec.toml: by default a quick run."""

    def write(text=QUICK, name="spec.toml"):
        path = folder / name
        path.write_text(text, encoding="utf-8")
        return path

    return write
