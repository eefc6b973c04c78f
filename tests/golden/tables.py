"""The small tables that the golden rows are drawn from: plain NumPy, with fixed seeds."""

import numpy as np
import pandas as pd

__all__ = ["TABLES", "judged", "mixed", "plain"]


def mixed(n: int = 300) -> pd.DataFrame:
    """Return one column of every kind: zeros, gaps, levels, counts, dates, and a derived fee."""
    g = np.random.default_rng(11)
    z = g.standard_normal((n, 4))
    z[:, 1] = 0.6 * z[:, 0] + 0.8 * z[:, 1]
    usage = np.round(np.exp(3 + 0.8 * z[:, 0]), 1)
    usage[g.random(n) < 0.25] = 0.0
    calls = g.poisson(np.exp(0.5 + 0.4 * z[:, 1]))
    income = np.round(30 + 8 * z[:, 1] + 3 * z[:, 2], 2)
    income[g.random(n) < 0.12] = np.nan
    plans = np.select([z[:, 0] < -0.6, z[:, 0] < 0.7], ["basic", "family"], "premium")
    terms = pd.Index(["monthly", "one year", "two years"])
    days = g.integers(0, 2000, n).astype("m8[D]")
    return pd.DataFrame(
        {
            "usage": usage,
            "score": np.round(50 + 10 * z[:, 1], 3),
            "calls": calls,
            "plan": plans.tolist(),
            "contract": pd.Categorical.from_codes(
                np.digitize(z[:, 2], [-0.3, 0.9]), terms, ordered=True
            ),
            "paperless": z[:, 3] + 0.5 * z[:, 0] > 0,
            "start": np.datetime64("2020-01-01", "s") + days.astype("m8[s]"),
            "income": income,
            "fee": 5.0 + 2 * calls,
        }
    )


def plain(n: int = 260) -> pd.DataFrame:
    """Return three continuous columns: normal, skewed, and one that bends with the first."""
    g = np.random.default_rng(12)
    z = g.standard_normal((n, 3))
    return pd.DataFrame(
        {
            "normal": z[:, 0],
            "skewed": np.exp(0.7 * z[:, 0] + 0.5 * z[:, 1]),
            "bent": z[:, 2] + 0.4 * z[:, 0] ** 2,
        }
    )


def judged(seed: int, shift: float = 0.0, n: int = 120) -> pd.DataFrame:
    """Return numbers and a level for the metrics; no model of ours has drawn them."""
    g = np.random.default_rng(seed)
    z = g.standard_normal((n, 2)) + shift
    level = np.select([z[:, 0] < -0.5, z[:, 0] < 0.6], ["low", "middle"], "high")
    return pd.DataFrame({"x": z[:, 0], "y": z[:, 0] + z[:, 1], "level": level.tolist()})


TABLES = {"mixed": mixed, "plain": plain}
