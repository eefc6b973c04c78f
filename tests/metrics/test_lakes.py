"""Datasets are judged as tables are: counts of all rows, whatever pieces these lie in."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as papq
import pytest

import copulasynth as cs
from copulasynth.errors import DataError
from copulasynth.metrics.lakes import counts as counts_module

COUNTED = [
    "ks", "total_variation", "jensen_shannon", "missing_rate", "tv2", "cramers_v",
    "mutual_information",
]  # fmt: skip
#: Fewer rows than the tables have.
SOME = 1500


def table_of(n, seed):
    """Levels, more of them than a cross-tabulation keeps, few numbers, many, and gaps."""
    g = np.random.default_rng(seed)
    many = np.arange(1, 61) / np.arange(1, 61).sum()
    table = pd.DataFrame(
        {
            "plan": g.choice(list("abcd"), n, p=[0.5, 0.3, 0.15, 0.05]),
            "many": g.choice([f"level {k}" for k in range(60)], n, p=many),
            "few": g.integers(0, 12, n).astype(float),
            "flag": g.random(n) < 0.1 * seed,
            "x": g.normal(size=n),
        }
    )
    table.loc[g.random(n) < 0.1, "x"] = np.nan
    table.loc[g.random(n) < 0.05 * seed, "plan"] = None
    return table


def spread(table, folder, pieces, seed):
    """Write the rows in another order, in so many files."""
    folder.mkdir()
    order = np.random.default_rng(seed).permutation(len(table))
    for k, rows in enumerate(np.array_split(order, pieces)):
        own = pa.Table.from_pandas(table.iloc[rows], preserve_index=False)
        papq.write_table(own, folder / f"{k}.parquet")
    return str(folder / "*.parquet")


@pytest.fixture(scope="module")
def tables():
    return table_of(4000, 1), table_of(6000, 2)


@pytest.fixture(scope="module")
def lakes(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lakes")
    return tuple(spread(t, folder / f"t{k}", 3 + k, k) for k, t in enumerate(tables))


@pytest.fixture(scope="module")
def in_memory(tables):
    return cs.evaluate(*tables, metrics=COUNTED, rng=1)


@pytest.fixture(scope="module")
def judged(lakes):
    return cs.evaluate(*lakes, metrics=[*COUNTED, "spearman"], rng=1, sample_rows=SOME)


def items(evaluation, name):
    table = evaluation[name].table
    keys = [c for c in ("column", "columns", "first", "second") if c in table]
    return {tuple(row[:-1]): row[-1] for row in table[[*keys, "value"]].itertuples(index=False)}


@pytest.mark.parametrize("name", COUNTED)
def test_a_dataset_that_fits_in_the_sample_scores_what_its_table_scores(lakes, in_memory, name):
    found = cs.evaluate(*lakes, metrics=[name], rng=1)
    assert found[name].value == pytest.approx(in_memory[name].value, abs=1e-12)


@pytest.mark.parametrize("name", COUNTED)
def test_all_rows_are_counted_beyond_the_sample(judged, in_memory, name):
    """Levels, gaps and few numbers fall into the same cells, so that counts are those of all."""
    mine, whole = items(judged, name), items(in_memory, name)
    assert mine.keys() == whole.keys()
    for key, value in mine.items():
        # bins of many numbers are those of the sample
        if not any("x" in part.split(":") for part in key) or name == "missing_rate":
            assert value == pytest.approx(whole[key], abs=1e-12), key
        else:
            assert value == pytest.approx(whole[key], abs=0.02), key


def test_numbers_are_counted_in_bins_of_the_sample(judged, tables):
    """The distance of two distribution functions, at values of the sample, in all rows."""
    x, y = (np.sort(t["x"].dropna()) for t in tables)
    every = np.concatenate([x, y])
    gap = np.searchsorted(x, every, "right") / x.size - np.searchsorted(y, every, "right") / y.size
    value = items(judged, "ks")[("x",)]
    assert value <= np.abs(gap).max() + 1e-12
    assert value == pytest.approx(np.abs(gap).max(), abs=2 / SOME)


def test_pieces_their_order_and_engines_change_no_number(judged, tables, tmp_path):
    others = [spread(t, tmp_path / f"o{k}", 7 - 5 * k, 9) for k, t in enumerate(tables)]
    again = cs.evaluate(*others, metrics=[*COUNTED, "spearman"], rng=1, sample_rows=SOME, workers=1)
    assert again.to_json() == judged.to_json()


def test_what_is_sampled_is_said_with_its_rows(judged):
    assert judged.rows == {"real": 4000, "synthetic": 6000}
    words = "from 1,500 of 4,000 real and 1,500 of 6,000 synthetic rows"
    assert words in judged["spearman"].note
    assert "all 4,000 real and 6,000 synthetic rows counted" in judged["tv2"].note
    assert any(words in note and "Copies" in note for note in judged.notes)


def test_intervals_and_references_are_as_narrow_as_all_rows_make_them(judged, in_memory):
    for name in ("ks", "total_variation", "tv2"):
        mine, whole = judged[name], in_memory[name]
        assert (mine.high - mine.value) == pytest.approx(whole.high - whole.value, rel=0.6)
        assert mine.reference == pytest.approx(whole.reference, rel=0.35)


def test_a_table_in_memory_beside_a_dataset(tables, lakes, judged):
    found = cs.evaluate(tables[0], pads.dataset(pa.Table.from_pandas(tables[1])),
                        metrics=["tv2", "cramers_v"], rng=1, sample_rows=SOME)  # fmt: skip
    same = items(judged, "cramers_v")
    for key, value in items(found, "cramers_v").items():
        if "x" not in key:
            assert value == pytest.approx(same[key], abs=1e-12)


def test_levels_that_no_sampled_row_has_are_counted(tmp_path):
    rare = np.array(["a"] * 3000 + [f"r{k}" for k in range(40)])
    real = pd.DataFrame({"v": rare, "w": np.arange(3040) % 5})
    made = real.assign(v=np.where(real["v"] == "a", "a", "other"))
    paths = [spread(t, tmp_path / str(k), 2, 1) for k, t in enumerate((real, made))]
    found = cs.evaluate(*paths, metrics=["total_variation"], rng=1, sample_rows=200)
    assert items(found, "total_variation")[("v",)] == pytest.approx(40 / 3040, abs=1e-12)


def test_many_columns_have_their_pairs_sampled(lakes, monkeypatch, judged):
    monkeypatch.setattr(counts_module, "WIDEST", 3)
    found = cs.evaluate(*lakes, metrics=["ks", "tv2"], rng=1, sample_rows=SOME)
    assert found["ks"].value == judged["ks"].value
    assert "from 1,500 of" in found["tv2"].note


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"sample_rows": 3}, "at least 100"), ({"sample_rows": 500, "engine": "flink"}, "engine")],
)
def test_settings_are_checked(lakes, settings, words):
    with pytest.raises(DataError, match=words):
        cs.evaluate(*lakes, metrics=["ks"], **settings)


def test_settings_of_datasets_are_refused_for_tables(tables):
    with pytest.raises(DataError, match="leave it out"):
        cs.evaluate(*tables, metrics=["ks"], sample_rows=1000)


def test_a_model_is_judged_by_what_it_wrote(lakes, tables):
    model = cs.fit(tables[0], copula="independence", marginals="spline", rng=1)
    with pytest.raises(DataError, match=r"model\.write"):
        cs.evaluate_model(model, lakes[0])


def test_infinite_values_and_an_empty_piece(tmp_path):
    real = pd.DataFrame({"x": np.arange(600.0), "g": ["u", "v"] * 300})
    real.loc[0, "x"] = np.inf
    path = spread(real, tmp_path / "r", 3, 1)
    papq.write_table(
        pa.Table.from_pandas(real.head(0), preserve_index=False), tmp_path / "r" / "z.parquet"
    )
    found = cs.evaluate(path, path, metrics=COUNTED, rng=1, sample_rows=200)
    assert all(score.value == 0 for score in found.scores.values())
    whole = pads.dataset(pa.table({"g": ["u", "v"] * 300}))
    assert (
        cs.evaluate(whole, whole, metrics=["missing_rate"], rng=1, sample_rows=200)[
            "missing_rate"
        ].value
        == 0
    )
