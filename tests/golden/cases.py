"""The catalogue of golden cases: each name stands for a function that returns a DataFrame.

Only what `copulasynth` itself offers is used, so that the catalogue outlives every move of files.
No method but the Gaussian copula and the tree draws more than a block of 65,536 rows here: the
rows of the others are promised within one block.
"""

import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

import copulasynth as cs
from tests.golden.tables import TABLES, judged

__all__ = ["CASES", "SAME"]

Case = Callable[[], pd.DataFrame]

ROWS = 400
#: Of what is repeated to see how much it varies.
SEEDS = (1, 2, 3)
#: More rows than a block holds.
MANY = 70_000

KNOBS = ("independence", "gaussian", "student", "vine", "tree", "mixture", "blend")
COPULAS = (*KNOBS, *(f"{name} + calibration" for name in KNOBS))
SYNTHESIZERS: dict[str, Callable[[str], Any]] = {
    "Bootstrap": lambda _: cs.Bootstrap(),
    "IndependentMarginals": lambda _: cs.IndependentMarginals(),
    "Smote": lambda _: cs.Smote(),
    "Munge": lambda _: cs.Munge(),
    "KernelCopula": lambda _: cs.KernelCopula(),
    "Kde": lambda _: cs.Kde(),
    "SequentialCart": lambda _: cs.SequentialCart(),
    "SequentialParametric": lambda _: cs.SequentialParametric(),
    "InverseTree": lambda table: cs.InverseTree(target="plan" if table == "mixed" else "bent"),
    "CopulaSynthesizer": lambda _: cs.CopulaSynthesizer(),
}
#: The names by which `cs.compare` knows the methods that are no copulas.
NAMED = ("bootstrap", "independent", "smote", "munge", "cart", "parametric", "kde", "kernel")
TRACED = ("Bootstrap", "Smote", "Munge", "KernelCopula", "Kde")
METRICS = (
    "ks",
    "tv2",
    "spearman",
    "wasserstein",
    "c2st_forest",
    "dcr_share",
    "exact_copies",
    "utility_tables",
)


@cache
def fitted(method: str, table: str) -> Any:
    """Return the model that a method fits to a table; fitted once a process."""
    df = TABLES[table]()
    if method in SYNTHESIZERS:
        return SYNTHESIZERS[method](table).fit(df, rng=1)
    return cs.fit(df, copula=method, rng=1)


def automatic() -> pd.DataFrame:
    """Return rows of the copula that `fit` chooses by itself, of two columns to be quick."""
    df = TABLES["plain"]()[["normal", "skewed"]]
    return cs.fit(df, copula="auto", rng=1).sample(ROWS, rng=2)


def drawn(method: str, table: str, n: int = ROWS, **how: Any) -> pd.DataFrame:
    """Return rows of a fitted model, all with one seed."""
    return fitted(method, table).sample(n, rng=2, **how)


def loaded(method: str, table: str) -> pd.DataFrame:
    """Return rows of a model that went through a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.model.json")
        fitted(method, table).save(path)
        return cs.load(path).sample(ROWS, rng=2)


def batches(method: str, table: str, n: int, size: int) -> pd.DataFrame:
    """Return batches, one after the other."""
    parts = fitted(method, table).iter_batches(n, batch_size=size, rng=2)
    return pd.concat(parts, ignore_index=True)


def first_rows(method: str, table: str) -> pd.DataFrame:
    """Return the first rows of many."""
    return drawn(method, table, MANY).head(ROWS)


def with_origin(method: str, table: str) -> pd.DataFrame:
    """Return rows, and beside them the training rows that they were made of."""
    return pd.concat(drawn(method, table, return_origin=True), axis=1)


def without_origin(method: str, table: str) -> pd.DataFrame:
    """Return the rows alone where their origin was asked for too."""
    return drawn(method, table, return_origin=True)[0]


def written(method: str, table: str) -> pd.DataFrame:
    """Return the lines of a CSV file, byte by byte."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        fitted(method, table).write(path, ROWS, rng=2)
        return pd.DataFrame({"line": path.read_bytes().decode().split("\n")})


def stacked(tables: tuple[pd.DataFrame, ...]) -> pd.DataFrame:
    """Return several syntheses as one table with their number in front."""
    numbered = [t.assign(synthesis=i) for i, t in enumerate(tables)]
    return pd.concat(numbered, ignore_index=True)


def proper(copula: str, table: str) -> pd.DataFrame:
    """Return proper syntheses, each from its own draw of the parameters."""
    model = cs.fit(TABLES[table](), copula=copula, proper=True, draws=2, rng=1)
    return stacked(model.synthesise(2, 200, rng=2))


def syntheses(method: str, table: str) -> pd.DataFrame:
    """Return several syntheses of one model."""
    return stacked(fitted(method, table).synthesise(3, 150, rng=2))


def first_synthesis(method: str, table: str) -> pd.DataFrame:
    """Return the first of two syntheses, which is the sample with that seed."""
    return fitted(method, table).synthesise(2, ROWS, rng=2)[0]


def with_marginals(spec: str) -> pd.DataFrame:
    """Return rows of a Gaussian copula whose marginals were asked for."""
    return cs.fit(TABLES["mixed"](), copula="gaussian", marginals=spec, rng=1).sample(ROWS, rng=2)


def telecom(copula: str) -> pd.DataFrame:
    """Return rows of the table with the most quirks."""
    return cs.fit(cs.datasets.simulate_telecom(400, rng=1), copula=copula, rng=1).sample(400, rng=2)


def augmented(method: Any) -> pd.DataFrame:
    """Return a table whose rare classes have grown, and where each row comes from."""
    df = TABLES["mixed"]()
    more = cs.augment(df, target="plan", method=method, return_origin=True, rng=1)
    return pd.concat(more, axis=1)


def scores() -> pd.DataFrame:
    """Return the value of each metric, a row a seed, of tables that no model of ours drew."""
    rows = []
    for seed in SEEDS:
        found = cs.evaluate(
            judged(21), judged(22, 0.2), holdout=judged(23), metrics=METRICS, rng=seed
        )
        rows.append(found.table.set_index("name")["value"])
    return pd.DataFrame(rows).reset_index(drop=True).rename_axis(columns=None)


def compared() -> pd.DataFrame:
    """Return what `compare` says of the methods that it knows by name, a row a seed."""
    rows = []
    for seed in SEEDS:
        found = cs.compare(TABLES["plain"](), [*NAMED, "gaussian"], metrics=["ks"], rng=seed).table
        rows.append(found.loc[found["name"] == "KS"].set_index("method")["value"])
    return pd.DataFrame(rows).reset_index(drop=True).rename_axis(columns=None)


METHODS = [*COPULAS, *SYNTHESIZERS]

#: What is recorded.
CASES: dict[str, Case] = {
    **{f"{m}, {t}": partial(drawn, m, t) for t in TABLES for m in METHODS},
    "auto": automatic,
    **{f"{m}, past a block": partial(drawn, m, "plain", MANY) for m in ("gaussian", "tree")},
    **{
        f"{m}, given a level and a number": partial(
            drawn, m, "mixed", given={"plan": "family", "score": 55.0}
        )
        for m in ("gaussian", "student", "vine")
    },
    **{
        f"{m}, given a number": partial(drawn, m, "plain", given={"normal": 0.5})
        for m in ("gaussian", "student", "vine")
    },
    "gaussian, given a gap": partial(drawn, "gaussian", "mixed", given={"income": None}),
    "tree, given levels": partial(
        drawn, "tree", "mixed", given={"plan": "family", "contract": "monthly"}
    ),
    "gaussian, proper": partial(proper, "gaussian", "mixed"),
    "vine, proper": partial(proper, "vine", "plain"),
    "gaussian, syntheses": partial(syntheses, "gaussian", "mixed"),
    "Smote, syntheses": partial(syntheses, "Smote", "mixed"),
    **{f"{m}, with origin": partial(with_origin, m, "mixed") for m in TRACED},
    **{f"{m}, csv": partial(written, m, "mixed") for m in ("gaussian", "SequentialCart")},
    **{f"{s} marginals": partial(with_marginals, s) for s in ("parametric", "empirical")},
    "telecom table": lambda: cs.datasets.simulate_telecom(400, rng=1),
    "telecom pair": lambda: cs.datasets.simulate_telecom_pair(rng=1),
    "telecom, gaussian": partial(telecom, "gaussian"),
    "augment": lambda: augmented(None),
    "augment by SequentialCart": lambda: augmented(cs.SequentialCart()),
    "evaluate": scores,
    "compare": compared,
}

#: What draws exactly the rows of a recorded case: how, and the name of that case.
SAME: dict[str, tuple[Case, str]] = {
    **{f"{m}, saved and loaded": (partial(loaded, m, "plain"), f"{m}, plain") for m in METHODS},
    **{
        f"{m}, saved and loaded, mixed": (partial(loaded, m, "mixed"), f"{m}, mixed")
        for m in ("gaussian", "tree", *SYNTHESIZERS)
    },
    **{
        f"{m}, two workers": (partial(drawn, m, "plain", MANY, workers=2), f"{m}, past a block")
        for m in ("gaussian", "tree")
    },
    **{
        f"{m}, batches": (partial(batches, m, "plain", MANY, 30_001), f"{m}, past a block")
        for m in ("gaussian", "tree")
    },
    **{
        f"{m}, batches within a block": (partial(batches, m, "mixed", ROWS, 150), f"{m}, mixed")
        for m in ("vine", *SYNTHESIZERS)
    },
    **{
        f"{m}, first of many": (partial(first_rows, m, "plain"), f"{m}, plain")
        for m in ("gaussian", "tree")
    },
    **{
        f"{m}, first synthesis": (partial(first_synthesis, m, "mixed"), f"{m}, mixed")
        for m in ("gaussian", "SequentialCart")
    },
    **{
        f"{m}, origin left out": (partial(without_origin, m, "mixed"), f"{m}, mixed")
        for m in TRACED
    },
}
