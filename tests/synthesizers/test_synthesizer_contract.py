"""What every synthesizer promises: types, exact n, seeds, files, origins."""

import json
from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pytest

import copulasynth as cs
from copulasynth import synthesizers as sy
from copulasynth.errors import DataError, ModelFileError
from copulasynth.rows import blocks
from copulasynth.synthesizers.training_rows import even_rows

METHODS = [
    sy.Bootstrap(),
    sy.IndependentMarginals(),
    sy.Smote(),
    sy.Smote(categorical="vote"),
    sy.Smote(variance="restore"),
    sy.Munge(),
    sy.Munge(pairing="sequential", sweeps=1),
    sy.Kde(),
    sy.KernelCopula(h=0.3),
    sy.CopulaSynthesizer(),
]
#: A column of each kind, with and without gaps.
COLUMNS = [
    "age", "plan", "contract", "signup_date", "autopay", "data_mb", "care_calls", "income",
    "since_topup", "churn",
]  # fmt: skip
HOLDING = [m for m in METHODS if not isinstance(m, sy.IndependentMarginals | sy.CopulaSynthesizer)]
each = pytest.mark.parametrize("method", METHODS, ids=repr)
each_holding = pytest.mark.parametrize("method", HOLDING, ids=repr)


@pytest.fixture(scope="module")
def table():
    return cs.datasets.simulate_telecom(300, rng=1)[COLUMNS]


@pytest.fixture(scope="module")
def fitted(table):
    models = {}

    def get(method):
        if repr(method) not in models:
            models[repr(method)] = method.fit(table, rng=5)
        return models[repr(method)]

    return get


@each
def test_a_sample_has_the_columns_types_and_levels_of_the_table_and_exactly_n_rows(
    method, fitted, table
):
    for n in (0, 1, 700):
        rows = fitted(method).sample(n, rng=2)
        assert len(rows) == n
        pd.testing.assert_series_equal(rows.dtypes, table.dtypes)
    for name in table.select_dtypes("category"):
        assert rows[name].cat.categories.equals(table[name].cat.categories)


@each
def test_the_same_seed_gives_the_same_rows_and_the_head_of_a_longer_sample(method, fitted):
    model = fitted(method)
    long = model.sample(650, rng=3)
    pd.testing.assert_frame_equal(long, model.sample(650, rng=3))
    pd.testing.assert_frame_equal(long.iloc[:99], model.sample(99, rng=3))
    assert not long.equals(model.sample(650, rng=4))


@each
def test_batches_together_are_the_sample(method, fitted):
    model = fitted(method)
    batches = list(model.iter_batches(500, batch_size=123, rng=3))
    assert [len(b) for b in batches] == [123, 123, 123, 123, 8]
    together = pd.concat(batches, ignore_index=True)
    pd.testing.assert_frame_equal(together, model.sample(500, rng=3))


@each
def test_a_saved_model_draws_the_same_rows(method, fitted, tmp_path):
    model = fitted(method)
    model.save(tmp_path / "model.json")
    again = cs.load(tmp_path / "model.json")
    pd.testing.assert_frame_equal(again.sample(400, rng=3), model.sample(400, rng=3))


@each_holding
def test_a_model_that_holds_training_rows_says_so_in_file_and_repr(method, fitted, tmp_path):
    model = fitted(method)
    model.save(tmp_path / "model.json")
    assert json.loads((tmp_path / "model.json").read_text())["training_rows"] is True
    assert model.holds_training_rows
    assert "HOLDS TRAINING ROWS" in repr(model)


@each_holding
def test_origins_name_training_rows_and_do_not_change_the_rows(method, fitted):
    model = fitted(method)
    rows, origin = model.sample(500, rng=3, return_origin=True)
    pd.testing.assert_frame_equal(rows, model.sample(500, rng=3))
    assert origin.columns[0] == "base"
    assert len(origin) == 500
    assert origin.to_numpy().min() >= -1
    assert origin.to_numpy().max() < 300


@each_holding
def test_base_rows_are_used_evenly(method, fitted):
    origin = fitted(method).sample(750, rng=3, return_origin=True)[1]
    counts = origin["base"].value_counts().reindex(range(300), fill_value=0)
    assert set(counts) <= {2, 3}


@each_holding
def test_base_rows_are_used_evenly_over_all_blocks_of_a_draw(method, fitted, monkeypatch):
    # 300 training rows: a turn of them goes over nearly five blocks
    monkeypatch.setattr(blocks, "BLOCK", 64)
    model, n = fitted(method), 64 * 11 + 5
    rows, origin = model.sample(n, rng=3, return_origin=True)
    counts = origin["base"].value_counts().reindex(range(300), fill_value=0)
    assert counts.max() - counts.min() <= 1
    pd.testing.assert_frame_equal(rows, model.sample(n, rng=3, workers=3))
    pd.testing.assert_frame_equal(rows.head(200), model.sample(200, rng=3))
    batches = list(model.iter_batches(n, batch_size=45, rng=3))
    pd.testing.assert_frame_equal(pd.concat(batches, ignore_index=True), rows)


@pytest.mark.parametrize("size", [1, 3, 50, 64, 65, 100, 128, 1000])
@pytest.mark.parametrize("n", [63, 64, 65, 128, 500])
def test_turns_of_any_length_go_on_from_block_to_block(size, n, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 64)
    parts = blocks.blocks(n, 5)
    stream = partial(even_rows, size=size, stream=lambda rng: rng)
    base = np.concatenate([stream(b.rows, rng=b.rng, block=b) for b in parts])
    counts = np.bincount(base, minlength=size)
    assert len(base) == n
    assert counts.max() - counts.min() <= 1
    assert all(len(set(base[a : a + size])) == len(base[a : a + size]) for a in range(0, n, size))


def test_a_bootstrap_of_two_blocks_uses_each_row_twice():
    table = pd.DataFrame({"x": np.arange(50_000.0)})
    used = sy.Bootstrap().fit(table, rng=1).sample(100_000, rng=2)["x"].value_counts()
    assert used.size == 50_000
    assert (used == 2).all()


@each_holding
def test_a_dask_table_of_several_blocks_is_the_sample(method, fitted, monkeypatch):
    pytest.importorskip("dask.dataframe")
    monkeypatch.setattr(blocks, "BLOCK", 64)
    model = fitted(method)
    frame, rows = model.to_dask(150, rng=3), model.sample(150, rng=3)
    assert frame.npartitions == 3
    drawn = frame.compute(scheduler="threads")
    pd.testing.assert_frame_equal(drawn.astype(rows.dtypes), rows)


@each
def test_given_levels_whole_numbers_and_gaps_hold_however_rows_are_drawn(method, fitted, tmp_path):
    model = fitted(method)
    for given in ({"plan": "premium"}, {"care_calls": 1}, {"income": None}):
        rows = model.sample(60, rng=3, given=given)
        ((name, value),) = given.items()
        held = rows[name].isna() if value is None else rows[name] == value
        assert held.all()
        batches = list(model.iter_batches(60, batch_size=25, rng=3, given=given))
        pd.testing.assert_frame_equal(pd.concat(batches, ignore_index=True), rows)
        pd.testing.assert_frame_equal(rows.head(10), model.sample(10, rng=3, given=given))
        model.write(tmp_path / "rows.parquet", 60, rng=3, given=given)
        written = pd.read_parquet(tmp_path / "rows.parquet")
        numbers = list(rows.select_dtypes(["int64", "float64"]))
        pd.testing.assert_frame_equal(written[numbers], rows[numbers])


@each_holding
def test_a_number_on_a_continuous_scale_cannot_be_given_to_a_method_without_marginals(
    method, fitted
):
    with pytest.raises(
        DataError, match=rf"'data_mb' is continuous.*{type(method).__name__}.*fit a"
    ):
        fitted(method).sample(5, rng=1, given={"data_mb": 300.0})
    with pytest.raises(DataError, match="leave one of them out"):
        fitted(method).sample(5, rng=1, given={"plan": "premium"}, return_origin=True)


@each_holding
def test_a_method_without_a_joint_law_says_so_and_shows_what_it_has(method, fitted):
    model = fitted(method)
    for name in ("law", "marginals", "copula", "free", "dependence_table"):
        assert not hasattr(model, name)
    with pytest.raises(AttributeError, match=r"has no law of marginals .* copulasynth\.fit"):
        model.copula.dim  # noqa: B018
    assert model.selection_table.empty
    assert "<td>plan</td><td>nominal</td><td>4 levels</td>" in model._repr_html_()
    with pytest.raises(DataError, match="no joint law to diagnose"):
        model.diagnose(pd.DataFrame())


@each
def test_every_method_gives_the_same_kind_of_model(method, fitted):
    model = fitted(method)
    assert type(model) is cs.Model is cs.JointModel is sy.SynthesizerModel
    assert isinstance(model.sampler, sy.Sampler)
    assert len(model.synthesise(2)) == 2


@each
def test_written_rows_are_the_sampled_rows(method, fitted, tmp_path):
    model = fitted(method)
    model.write(tmp_path / "rows.parquet", 200, rng=3)
    rows = pd.read_parquet(tmp_path / "rows.parquet")
    numbers = list(rows.select_dtypes(["int64", "float64"]))
    pd.testing.assert_frame_equal(rows[numbers], model.sample(200, rng=3)[numbers])


@each
def test_fitting_and_sampling_leave_the_table_alone(method, table):
    before = table.copy(deep=True)
    method.fit(table, rng=0).sample(10, rng=0)
    pd.testing.assert_frame_equal(table, before)


@each
def test_missing_values_stay_as_frequent_as_they_were(method, fitted, table):
    # a method may smooth the share of missing values but loses or adds none by mistake:
    # six binomial standard errors at n = 3,000 and the sampling error of 300 rows
    p = table["income"].isna().mean()
    made = fitted(method).sample(3000, rng=3)["income"].isna().mean()
    assert abs(made - p) < 6 * np.sqrt(p * (1 - p) * (1 / 3000 + 1 / 300))


@pytest.mark.parametrize("method", [sy.Bootstrap(), sy.Smote(k=2), sy.Munge(k=2), sy.Kde()])
def test_other_table_libraries_come_back_as_they_came(method):
    frame = pl.DataFrame({"x": [1.5, 2.5, 4.0, 7.25], "c": ["a", "b", "a", None]})
    rows = method.fit(frame, rng=0).sample(6, rng=0)
    assert isinstance(rows, pl.DataFrame)
    assert rows.schema == frame.schema


@each_holding
def test_a_table_whose_columns_are_all_constant_is_drawn_as_it_is(method):
    if isinstance(method, sy.KernelCopula):
        pytest.skip("a copula needs a variable")
    rows = method.fit(pd.DataFrame({"x": [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]})).sample(3, rng=0)
    assert rows["x"].tolist() == [1.0, 1.0, 1.0]


def test_one_row_is_refused():
    with pytest.raises(DataError, match="at least 2 rows"):
        sy.Smote().fit(pd.DataFrame({"x": [1.0]}))


def test_origins_of_a_method_without_them_are_refused(fitted, table):
    class Same:
        def fit(self, df):
            self.df = df

        def sample(self, n, seed):
            return self.df.sample(n, replace=True, random_state=seed)

    model = sy.External(Same()).fit(table[["age"]], rng=0)
    with pytest.raises(DataError, match="no origin"):
        model.sample(3, rng=0, return_origin=True)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda m: m["sampler"]["neighbours"][0].__setitem__(0, 10**6), "neighbours must lie"),
        (lambda m: m["sampler"]["rows"]["values"].pop(), "one shape"),
        (
            lambda m: [
                r.__setitem__(slice(None), [1e12] * len(r)) for r in m["sampler"]["rows"]["values"]
            ],
            "no level",
        ),
        (lambda m: m["sampler"].update(variance="wild"), "unknown choice"),
        (lambda m: m["sampler"]["layout"].update(kinds=["strange"]), "kinds"),
    ],
)
def test_a_hostile_file_is_refused(damage, says, fitted, tmp_path):
    fitted(METHODS[2]).save(tmp_path / "model.json")
    document = json.loads((tmp_path / "model.json").read_text())
    damage(document["model"])
    (tmp_path / "model.json").write_text(json.dumps(document))
    with pytest.raises(ModelFileError, match=says):
        cs.load(tmp_path / "model.json")
