"""The tables of the dependence study, from beside the repository or shipped by statsmodels."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import statsmodels.api as sm

__all__ = ["TABLES", "Task", "load"]

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

SD2011 = [
    *("sex", "age", "agegr", "placesize", "region", "edu", "socprof", "income", "marital", "ls"),
    *("depress", "trust", "sport", "nofriend", "smoke", "nociga", "alcabuse", "englang"),
    *("height", "weight"),
]


class Task(NamedTuple):
    """A prediction task: the column, and how it is read ("level", "above" 0 / median, "value")."""

    target: str
    reading: str


def _csv(name: str) -> pd.DataFrame:
    return pd.read_csv(SHARED / f"{name}.csv.gz")


def _adult() -> pd.DataFrame:
    return _csv("adult").drop(columns="split")


def _telco() -> pd.DataFrame:
    df = _csv("ibm_telco").drop(columns="customerID")
    return df.assign(TotalCharges=pd.to_numeric(df["TotalCharges"], errors="coerce"))


def _credit() -> pd.DataFrame:
    return _csv("credit_default").drop(columns="ID")


TABLES: dict[str, tuple[Callable[[], pd.DataFrame], Task]] = {
    "fair": (lambda: sm.datasets.fair.load_pandas().data, Task("affairs", "above 0")),
    "randhie": (lambda: sm.datasets.randhie.load_pandas().data, Task("mdvis", "above median")),
    "adult": (_adult, Task("income", "level")),
    "ibm_telco": (_telco, Task("Churn", "level")),
    "SD2011": (lambda: _csv("SD2011")[SD2011], Task("income", "above median")),
    "credit_default": (_credit, Task("default.payment.next.month", "level")),
    "iranian_churn": (lambda: _csv("iranian_churn"), Task("Churn", "level")),
    "diamonds": (lambda: _csv("diamonds"), Task("price", "value")),
}


def load(name: str, seed: int, rows: int = 5000) -> tuple[pd.DataFrame, pd.DataFrame, Task]:
    """Return a random half of at most `rows` rows to train on, the other half, and the task."""
    make, task = TABLES[name]
    df = make()
    df = df.sample(n=min(rows, len(df)), random_state=seed).reset_index(drop=True)
    half = len(df) // 2
    return (
        df.iloc[:half].reset_index(drop=True),
        df.iloc[half : 2 * half].reset_index(drop=True),
        task,
    )
