"""What is rare stops no fit: a level, a gap or a state of one row, under every way to fit."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.copulas import Gaussian, Vine
from copulasynth.errors import DataError, FitWarning
from copulasynth.fitting import plan, search
from copulasynth.model import fit_joint

N = 240


def rare(kind: str) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    df = pd.DataFrame({"a": rng.normal(size=N), "b": rng.normal(size=N)})
    one = np.arange(N) == 3
    if kind == "flag":
        return df.assign(flag=one)
    if kind == "level":
        return df.assign(g=np.where(one, "rare", "usual"))
    if kind == "gap":
        return df.assign(b=df["b"].where(~one))
    if kind == "number":
        return df.assign(c=np.where(one, 2.5, 0.0))
    return df.assign(c=np.where(one, 7.0, np.nan))


KINDS = ["flag", "level", "gap", "number", "value"]


@pytest.fixture
def quick(monkeypatch):
    """Try a Gaussian copula and a vine only, which needs two values of each variable."""
    few = [("gaussian", Gaussian()), ("vine", Vine(families=("gaussian",)))]
    monkeypatch.setattr(plan, "candidates", lambda d: few)


# the seed decides on which side of the split the rare row is
@pytest.mark.parametrize(("kind", "seed"), [(kind, k % 2) for k, kind in enumerate(KINDS)])
def test_the_search_fits_a_table_with_one_rare_row(quick, kind, seed):
    model = cs.fit(rare(kind), copula="search", marginals="empirical", rng=seed)
    assert not model.selection_table["why"].str.contains("cannot").any()
    assert len(model.sample(50, rng=1)) == 50


@pytest.mark.parametrize("kind", KINDS)
def test_proper_synthesis_with_a_vine_survives_samples_without_the_rare_row_and_says_so(kind):
    with pytest.warns(FitWarning, match="independence is used") as caught:
        model = cs.fit(
            rare(kind),
            copula=Vine(families=("gaussian",)),
            marginals="empirical",
            proper=True,
            draws=9,
            rng=2,
        )
    assert len(model.synthesise(9, 20, rng=1)) == 9
    said = [str(w.message) for w in caught if "independence" in str(w.message)]
    assert all("column '" in text and "variable" not in text for text in said)


def test_a_column_of_one_value_leaves_the_dependence_of_the_others_alone():
    rng = np.random.default_rng(2)
    x = rng.normal(size=1000)
    df = pd.DataFrame({"x": x, "y": x + 0.5 * rng.normal(size=1000), "flag": False})
    schema = cs.Schema.infer(df.assign(flag=np.arange(1000) < 9))
    with pytest.warns(FitWarning, match="column 'flag': .* independence is used"):
        model = fit_joint(df, copula=Vine(families=("gaussian",)), schema=schema, rng=1)
    drawn = model.sample(4000, rng=1)
    # a standard error of a rank correlation of 4,000 and of 1,000 rows is below .03
    assert drawn["x"].corr(drawn["y"], "spearman") == pytest.approx(
        df["x"].corr(df["y"], "spearman"), abs=0.1
    )
    assert not drawn["flag"].any()


def test_one_column_with_a_gap_has_nothing_to_choose():
    model = cs.fit(rare("gap")[["b"]], copula="search", marginals="empirical", rng=1)
    assert "no dependence to choose" in model.selection_table["why"][0]


class Refuses:
    """Knobs of a copula that fits nothing."""

    def fit(self, cells, /, *, rng):
        raise DataError("too hard")


class RefusesLater:
    """Knobs of a copula that fits the half, and not the whole."""

    def fit(self, cells, /, *, rng):
        if cells.n > N / 2:
            raise ValueError("too many rows")
        return Gaussian().fit(cells, rng=rng)


def test_a_candidate_that_cannot_be_fitted_is_set_aside_with_its_reason(monkeypatch):
    for hard, why in ((Refuses(), "too hard"), (RefusesLater(), "too many rows")):
        few = [("hard", hard), ("gaussian", Gaussian())]
        monkeypatch.setattr(plan, "candidates", lambda d, few=few: few)
        monkeypatch.setattr(plan, "foretold", lambda tried, n, d: [0.0, 0.0])
        table = cs.fit(rare("gap"), copula="search", marginals="empirical", rng=1).selection_table
        seen = table.set_index("candidate")
        if seen.loc["hard", "why"]:
            assert seen.loc["hard", "why"] == f"cannot be fitted: {why}"
        assert seen["chosen"].to_dict() == {"hard": False, "gaussian": True}


def test_if_no_candidate_can_be_fitted_each_says_why():
    seen = [search.Seen(n, Refuses()).set_aside(DataError(f"{n} is lazy")) for n in ("one", "two")]
    with pytest.raises(DataError, match=r"one cannot be fitted: one is lazy; two .* two is lazy"):
        search.best_of(seen, "fidelity")


@pytest.mark.parametrize("odd", [1, 5, 7])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_column_that_is_constant_but_for_one_row_keeps_both_values(odd, seed):
    column = np.zeros(200, dtype=int)
    column[0] = odd
    df = pd.DataFrame({"c": column, "y": np.random.default_rng(0).normal(size=200)})
    rows = cs.fit(df, copula="independence", rng=seed).sample(5000, rng=1)
    assert set(rows["c"]) <= {0, odd}
    # one row in 200: 25 of 5,000 are expected, with a standard error of 5
    assert abs((rows["c"] == odd).sum() - 25) < 5 * 5
