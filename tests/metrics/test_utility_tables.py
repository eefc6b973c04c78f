"""Table utility against synthpop's numbers, and its behaviour on odd tables."""

import json

import numpy as np
import pandas as pd
import pytest

from copulasynth.metrics.table_statistics import table_statistics
from copulasynth.metrics.utility_tables import utility_tab, utility_tables

CODES = {"income": [-8]}
WAYS = {"oneway": 1, "twoway": 2, "threeway": 3}
FILES = {
    "cart": "SD2011_syn_cart",
    "parametric": "SD2011_syn_parametric",
    "sample": "SD2011_syn_sample",
    "cart_k2000": "SD2011_syn_cart_k2000",
}


def read(shared, name):
    return pd.read_csv(shared(f"reference/{name}.csv.gz"))


@pytest.mark.shared
def test_the_worked_table_equals_synthpop_cell_by_cell(shared):
    want = json.loads(shared("reference/ref_utility_tab_worked.json").read_text())
    levels = [
        [label if label is not None else "missing" for label in want["dimnames"][v]]
        for v in want["vars"]
    ]
    found, cells = utility_tab(
        read(shared, "SD2011_ods7"),
        read(shared, "SD2011_syn_cart"),
        want["vars"],
        missing_codes=CODES,
        compat="synthpop",
    )
    table = cells.set_index(want["vars"])
    for name, key in (("real", "tab_obs"), ("synthetic", "tab_syn"), ("z", "tab_zdiff")):
        for i, row in enumerate(want[key]):
            for j, cell in enumerate(row):
                expected = np.nan if cell is None else cell
                got = table.loc[(levels[0][i], levels[1][j]), name]
                np.testing.assert_allclose(got, expected, rtol=1e-8, atol=1e-12)
    for name, value in want["stats"].items():
        np.testing.assert_allclose(found[name], value, rtol=1e-8, err_msg=name)


@pytest.mark.shared
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("synthesis", FILES)
def test_every_statistic_equals_synthpop_on_every_table(shared, synthesis, way):
    want = json.loads(shared("reference/ref_utility_tables.json").read_text())
    want = want["tables"][synthesis][way]
    score = utility_tables(
        read(shared, "SD2011_ods7"),
        read(shared, FILES[synthesis]),
        order=WAYS[way],
        missing_codes=CODES,
        compat="synthpop",
        rng=0,
    )
    rows = {
        ":".join(part.split(".")[1] for part in name.split(":")): values
        for name, values in zip(want["rows"], want["values"], strict=True)
    }
    found = score.table.set_index("columns")
    assert set(found.index) == set(rows)
    for name, values in rows.items():
        np.testing.assert_allclose(
            found.loc[name, want["cols"]].to_numpy(float),
            values,
            rtol=1e-8,
            atol=1e-12,
            err_msg=name,
        )
