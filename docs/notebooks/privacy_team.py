# %% [markdown]
# # For a privacy team: may this table leave the house?
#
# A synthetic table is not private because it is synthetic. Here it is treated, judged by attacks
# beside controls, and held against a policy. Nothing below proves privacy; it shows what failed.

# %%
import copulasynth as cs

columns = ["age", "plan", "region", "data_mb", "income", "churn"]
customers = cs.datasets.simulate_telecom(1000, rng=1)[columns]
train, holdout = cs.split(customers, rng=1)

# %% [markdown]
# ## Treat what few rows have
#
# Rare levels are merged and the outermost numbers cut off before anything is fitted; the record
# says what was done without giving away what it hid.

# %%
treated = cs.privacy.treat(train, k_min=10)
print(treated.record.to_string())

# %% [markdown]
# ## What a model says of its table
#
# A model file of a Gaussian copula holds no rows, but parameters rest on rows too.

# %%
model = cs.fit(train, copula="gaussian", rng=1)
synthetic = model.sample(len(train), rng=7)
model.disclose()

# %% [markdown]
# ## The gate
#
# Each step passes, fails or was NOT RUN; a step that was not run is no pass.

# %%
verdict = cs.privacy.gate(train, synthetic, holdout=holdout, rng=1)
print(verdict)
