"""Other packages' generators behind the same interface, and models imported from them."""

import sys
import warnings

import numpy as np
import pandas as pd
import pytest

from copulasynth import synthesizers as sy
from copulasynth.errors import DataError, FitWarning, MissingExtraError


class Rows:
    """A generator that draws rows again, and takes a seed."""

    def fit(self, df):
        self.df = df
        return self

    def sample(self, n, random_state=None):
        return self.df.sample(n, replace=True, random_state=random_state)


class Unseeded:
    def fit(self, df):
        self.df = df

    def sample(self, n):
        return self.df.sample(n, replace=True)


class Short(Rows):
    def sample(self, n, random_state=None):
        return self.df.head(min(n, 2))


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "mb": rng.lognormal(size=120).round(2),
            "plan": pd.Categorical(rng.choice(["a", "b"], 120)),
            "gap": np.where(rng.random(120) < 0.2, np.nan, rng.normal(size=120)),
        }
    )


@pytest.fixture(scope="module")
def peer():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("copulas.multivariate")


def test_any_object_with_fit_and_sample_gets_the_interface(table, tmp_path):
    original = Rows()
    model = sy.External(original).fit(table, rng=0)
    assert not hasattr(original, "df")
    rows = model.sample(50, rng=1)
    pd.testing.assert_frame_equal(rows, model.sample(50, rng=1))
    pd.testing.assert_series_equal(rows.dtypes, table.dtypes)
    batches = pd.concat(model.iter_batches(50, batch_size=20, rng=1), ignore_index=True)
    pd.testing.assert_frame_equal(batches, rows)
    model.write(tmp_path / "rows.csv", 50, rng=1)
    assert len(pd.read_csv(tmp_path / "rows.csv")) == 50


def test_an_object_without_a_seed_warns(table):
    with pytest.warns(FitWarning, match="takes no seed"):
        sy.External(Unseeded()).fit(table)


def test_a_short_answer_is_an_error(table):
    with pytest.raises(DataError, match="returned 2 rows, not 50"):
        sy.External(Short()).fit(table).sample(50)


def test_a_foreign_object_cannot_be_saved(table, tmp_path):
    with pytest.raises(TypeError, match=r"cannot be saved to JSON"):
        sy.External(Rows()).fit(table).save(tmp_path / "model.json")


def test_an_object_without_sample_is_refused():
    with pytest.raises(TypeError, match="no method 'fit'"):
        sy.External(object())


@pytest.mark.parametrize("method", [sy.CopulasGaussian(), sy.CopulasVine()], ids=repr)
def test_a_missing_extra_names_the_command_that_installs_it(method, table, monkeypatch):
    for name in [m for m in sys.modules if m.partition(".")[0] == "copulas"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "copulas", None)
    with pytest.raises(MissingExtraError, match=r'pip install "copulasynth\[copulas\]"'):
        method.fit(table)


@pytest.mark.parametrize(
    "method", [sy.CopulasGaussian("GaussianUnivariate"), sy.CopulasVine("center")], ids=repr
)
def test_the_peers_take_mixed_tables_with_gaps(method, table, peer):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        model = method.fit(table, rng=0)
    rows = model.sample(20, rng=1)
    pd.testing.assert_series_equal(rows.dtypes, table.dtypes)
    pd.testing.assert_frame_equal(rows, model.sample(20, rng=1))


def _fit(peer, frame, distribution):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = peer.GaussianMultivariate(distribution=distribution, random_state=0)
        model.fit(frame)
    return model


def test_an_imported_model_draws_what_the_fitted_one_draws(peer):
    import copulas.univariate as univariate

    rng = np.random.default_rng(0)
    z = rng.multivariate_normal([0, 0, 0], [[1, 0.6, -0.4], [0.6, 1, 0], [-0.4, 0, 1]], 300)
    frame = pd.DataFrame({"a": 5 + 2 * z[:, 0], "b": np.exp(z[:, 1]), "c": z[:, 2], "d": 3.0})
    model = _fit(
        peer,
        frame,
        {
            "a": univariate.GaussianUnivariate,
            "b": univariate.GammaUnivariate,
            "c": univariate.GaussianKDE,
            "d": univariate.GaussianUnivariate,
        },
    )
    n = 2_000  # inverting its kernel density takes the peer a millisecond a row
    theirs = model.sample(n)
    ours = sy.import_copulas_gaussian(model.to_dict()).sample(40_000, rng=1)
    assert list(ours.columns) == ["a", "b", "c", "d"]
    assert (ours["d"] == 3.0).all()
    for name in "abc":
        u = np.linspace(0.05, 0.95, 10)
        near = ours[name].quantile(u).to_numpy()
        share = np.array([(theirs[name] <= q).mean() for q in near])
        # a quantile of ours has the right rank among theirs; the density of a spline through a
        # kernel density's quantiles adds up to .005
        assert abs(share - u).max() < 4 * np.sqrt(0.25 / n) + 0.005
    difference = ours.iloc[:, :3].corr("spearman") - theirs.iloc[:, :3].corr("spearman")
    assert abs(difference.to_numpy()).max() < 4 * np.sqrt(1 / n) + 0.005


def test_an_imported_model_is_a_joint_model_without_training_values(peer, tmp_path):
    import copulas.univariate as univariate

    import copulasynth as cs

    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(300, 2)), columns=["a", "b"])
    model = _fit(peer, frame, univariate.GaussianKDE)
    ours = sy.import_copulas_gaussian(model.to_dict())
    ours.save(tmp_path / "model.json")
    text = (tmp_path / "model.json").read_text()
    assert not any(repr(v) in text for v in frame.to_numpy().ravel())
    again = cs.load(tmp_path / "model.json").sample(20, rng=0)
    pd.testing.assert_frame_equal(again, ours.sample(20, rng=0))


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({}, "expected the dictionary"),
        ({"type": "copulas.multivariate.vine.VineCopula"}, "VineCopula"),
        (
            {
                "type": "x.GaussianMultivariate",
                "columns": ["a"],
                "univariates": [{"type": "x.Poisson"}],
                "correlation": [[1.0]],
            },
            "unknown univariate 'Poisson'",
        ),
        (
            {
                "type": "x.GaussianMultivariate",
                "columns": ["a"],
                "univariates": [],
                "correlation": [[1.0]],
            },
            "differ in their number",
        ),
    ],
)
def test_other_dictionaries_are_refused(document, says):
    with pytest.raises(DataError, match=says):
        sy.import_copulas_gaussian(document)
