"""The picture of the README: 5,000 simulated customers and 1,000,000 drawn ones.

Run `python docs/figures/overview.py`; it writes docs/img/overview.svg from seed 7.
"""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

import copulasynth as cs

OBSERVED, SYNTHETIC = "#1f5fa8", "#e07b39"
SEED = 7

mpl.rcParams.update({"svg.hashsalt": "copulasynth", "font.family": "sans-serif", "font.size": 10})

real = cs.datasets.simulate_telecom(5000, rng=SEED)
drawn = cs.fit(real, copula="gaussian", rng=SEED).sample(1_000_000, rng=SEED)

figure = Figure(figsize=(11, 3.2), layout="constrained")
usage, churn, gaps = figure.subplots(1, 3)

edges = np.linspace(0, 5, 41)
for table, colour, name in ((real, OBSERVED, "5,000 rows"), (drawn, SYNTHETIC, "1,000,000 drawn")):
    values = np.log10(1 + table["data_mb"])
    share = np.histogram(values, edges)[0] / len(values)
    usage.stairs(100 * share, edges, color=colour, lw=1.8, label=name)
usage.set(title="Skewed usage, with zeros", xlabel="log10(1 + data MB)", ylabel="% of rows")
usage.set_ylim(0, 13)
usage.legend(frameon=False, loc="upper right")

plans = ["prepaid", "basic", "family", "premium"]
for k, (table, colour) in enumerate(((real, OBSERVED), (drawn, SYNTHETIC))):
    charge = table.groupby("plan", observed=True)["monthly_charge"].quantile([0.25, 0.5, 0.75])
    for i, plan in enumerate(plans):
        low, mid, high = charge[plan]
        x = i + 0.22 * (k - 0.5)
        churn.plot([x, x], [low, high], color=colour, lw=5, alpha=0.45, solid_capstyle="butt")
        churn.plot([x], [mid], "o", color=colour)
churn.set(title="Charge by plan (quartiles)", ylabel="monthly charge")
churn.set_xticks(range(4), plans)

ages = np.arange(18, 79, 6)
for table, colour in ((real, OBSERVED), (drawn, SYNTHETIC)):
    group = np.digitize(table["age"], ages[1:])
    share = table["income"].isna().groupby(group).mean()
    gaps.plot(ages[share.index] + 3, 100 * share, "o-", color=colour, lw=1.8, ms=4)
gaps.set(title="Income missing, by age", xlabel="age", ylabel="% missing")

for axis in (usage, churn, gaps):
    axis.spines[["top", "right"]].set_visible(False)
target = Path(__file__).parents[1] / "img" / "overview.svg"
figure.savefig(target, metadata={"Date": None})
