"""A table as others may have it: columns turned round, renamed, with gaps and rows of noise."""

import warnings

import numpy as np

import copulasynth as cs
from copulasynth.model.encoded import encode

CHANGES = ("as it is", "turned", "renamed", "parent gaps", "target gaps", "noise rows", "few rows")


def varied(df, change, target, parent, rng):
    """Return a table with a change, and what columns are called there."""
    names = {name: name for name in df}
    df = df.assign(beside=rng.normal(size=len(df)).round(2))
    if change == "turned":
        df = df[df.columns[::-1]]
    if change == "renamed":
        names = {name: f"{'zyx'[k % 3]} {name}" for k, name in enumerate(df)}
        df = df.rename(columns=names)
    gaps = {"parent gaps": parent, "target gaps": target}
    if change in gaps:
        df[gaps[change]] = df[gaps[change]].mask(rng.random(len(df)) < 0.05)
    if change == "noise rows":
        rows = rng.choice(len(df), len(df) // 200, replace=False)
        column = df[target].to_numpy(copy=True)
        column[rows] = rng.permutation(column)[: rows.size]
        df[target] = column
    return (df.head(400) if change == "few rows" else df), names


def rules_of(df, **choices):
    """Return the rules of a table as {words: share of the rows that obey}."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = encode(df, choices.get("schema"), choices.get("rules", ())).schema.rules
    return {r.words: None if r.told is None else r.obey / r.told for r in found}


def cheap(df, marginals="empirical", **choices):
    """Return a model whose columns are drawn independently of each other."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cs.fit(df, copula="independence", marginals=marginals, rng=1, **choices)


def written(names, formula):
    """Return a formula with the names that columns have."""
    for name, new in names.items():
        if new != name:
            formula = " ".join(f"`{new}`" if w == name else w for w in formula.split(" "))
    return formula


def generator(seed=1):
    return np.random.default_rng(seed)
