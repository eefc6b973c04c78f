# %% [markdown]
# # For an analyst: a table to work with while the real one is away
#
# The real table stays where it is. You get rows with the same columns, the same kinds of values and
# nearly the same relations, to write code, build dashboards and try models on. The customers here
# are simulated; put your own table in their place: `customers = pd.read_csv("customers.csv")`.

# %%
import copulasynth as cs

columns = ["age", "plan", "tenure_months", "data_mb", "care_calls", "income", "churn"]
customers = cs.datasets.simulate_telecom(1200, rng=1)[columns]
train, holdout = cs.split(customers, rng=1)
customers.head()

# %% [markdown]
# ## Fit and draw
#
# `copula="auto"` tries several copulas and takes the one that imitates best; a Gaussian copula is
# the quickest. The same `rng` gives the same rows.

# %%
model = cs.fit(train, copula="gaussian", rng=1)
synthetic = model.sample(len(train), rng=7)
model

# %% [markdown]
# ## Is it good enough for what you do?
#
# Judge it by rows that the model never saw. Every score stands beside what real rows reach.

# %%
found = cs.evaluate(train, synthetic, holdout=holdout, metrics="quick", target="churn", rng=1)
found.summary()

# %% [markdown]
# ## Look before you trust
#
# Compare what you will use: here the mean usage of each plan.

# %%
means = {
    "real": train.groupby("plan", observed=True)["data_mb"].mean(),
    "synthetic": synthetic.groupby("plan", observed=True)["data_mb"].mean(),
}
{name: values.round(0).to_dict() for name, values in means.items()}

# %% [markdown]
# ## More of some rows
#
# Draw customers of one plan, or with an income above a number, as many as you need.

# %%
prepaid = model.sample(500, given={"plan": "prepaid"}, rng=3)
assert (prepaid["plan"] == "prepaid").all()
prepaid.head()
