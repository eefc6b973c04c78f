# %% [markdown]
# # For a statistician: a regression from synthetic tables, and what its errors mean
#
# A survey of 1,000 people with a missing code; a model of their joint distribution; the regression
# on the original and on five syntheses, combined by a stated rule.

# %%
import numpy as np
import pandas as pd

import copulasynth as cs
from copulasynth.inference import compare_fits, fit_original, fit_synthetic

rng = np.random.default_rng(1)
n = 1000
sex = rng.choice(["FEMALE", "MALE"], n)
age = rng.integers(18, 80, n)
income = np.round(np.exp(7 + 0.25 * (sex == "MALE") + 0.006 * age + rng.normal(0, 0.4, n)))
income = np.where(rng.random(n) < 0.1, -8.0, income)  # no answer
survey = pd.DataFrame({"sex": sex, "age": age, "income": income})

# %% [markdown]
# ## What the columns are
#
# -8 is no income. The schema says so once, and everything after it knows.

# %%
schema = cs.Schema.infer(survey, missing_codes={"income": [-8]})
model = cs.fit(survey, copula="vine", schema=schema, rng=1)
model.copula.summary().numbers

# %% [markdown]
# ## The same regression twice
#
# The result says how many rows were left out, and why.

# %%
formula = "np.log(income) ~ sex + age"
original = fit_original(formula, survey, schema=schema)
print(original)

# %%
syntheses = model.synthesise(m=5, rng=7)
fit = fit_synthetic(formula, syntheses, rule="population", n_original=n, schema=schema)
print(fit)

# %% [markdown]
# ## How far apart are they?
#
# `std_difference` is in standard errors of the original; `overlap` is 1 where the intervals agree.

# %%
comparison = compare_fits(original, fit)
assert comparison.table["std_difference"].abs().max() < 4
print(comparison)

# %% [markdown]
# More syntheses take away the error that the drawing adds (`synthesis_se`), and never the error of
# the 1,000 rows, nor that of a model that does not contain the regression.
