"""Table utility against synthpop's numbers, and its behaviour on odd tables."""

import json

import numpy as np
import pandas as pd
import pytest

from copulasynth.errors import DataError
from copulasynth.metrics.pairs.utility_tables import utility_tab, utility_tables

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


def usage(n, seed):
    g = np.random.default_rng(seed)
    z = g.normal(size=n)
    zeros = np.where(z > 0.8, np.exp(z), 0.0)
    return pd.DataFrame({"usage": zeros, "g": np.where(z > 1, "a", "b"), "x": g.normal(size=n)})


def test_several_syntheses_are_averaged_on_shared_bins():
    real, one, two = (usage(300, s) for s in range(3))
    both = utility_tables(real, [one, two], rng=0).table.set_index("columns")
    assert len(both) == 3
    same = utility_tables(real, [one, one], rng=0).table.set_index("columns")
    alone = utility_tables(real, one, rng=0).table.set_index("columns")
    assert same.loc["usage:g", "df"] == alone.loc["usage:g", "df"]
    assert both["S_pMSE"].notna().all()


def test_a_column_of_zeros_is_not_one_single_bin():
    """Quantile edges alone put 80 % zeros and all the rest into one interval."""
    real, fresh = usage(2000, 1), usage(2000, 2)
    no_zeros = fresh.assign(usage=np.where(fresh["usage"] == 0, 0.5, fresh["usage"]))
    bad, _ = utility_tab(real, no_zeros, ["usage"])
    good, _ = utility_tab(real, fresh, ["usage"])
    assert bad["S_pMSE"] > 100 > 10 > good["S_pMSE"]


def test_order_beyond_the_number_of_columns_is_refused():
    with pytest.raises(DataError, match="order is 4"):
        utility_tables(usage(50, 1), usage(50, 2), order=4)
