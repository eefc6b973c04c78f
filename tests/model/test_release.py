"""Exported models: nothing in them rests on few rows, and no cell or label of few rows is told."""

import json
import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth import copulas
from copulasynth.errors import DataError, FitWarning
from copulasynth.metrics import c2st

K = 10
COPULAS = {
    "gaussian": copulas.Gaussian(),
    "student": copulas.Student(),
    "vine": copulas.Vine(truncation=2),
    "tree": copulas.Tree(bags=1, pilot=1 << 12),
    "mixture": copulas.Mixture(k=2),
    "blend": copulas.Blend((copulas.Gaussian(), copulas.Tree(bags=1, pilot=1 << 12))),
    "calibrated": copulas.Calibrated(copulas.Tree(bags=1, pilot=0)),
    "independence": copulas.Independence(),
}
CITIES = {"Avild": "Dania", "Birkby": "Dania", "Cort": "Gallia", "Dole": "Gallia", "Est": "Iberia"}


def table(n: int = 1200) -> pd.DataFrame:
    """Return a table with rare levels, lone extremes, a heavy tail, dates, gaps and rules."""
    rng = np.random.default_rng(5)
    city = rng.choice(list(CITIES), n, p=[0.3, 0.2, 0.3, 0.15, 0.05]).astype(object)
    country = np.array([CITIES[c] for c in city], dtype=object)
    city[:4], country[:4] = "Xanadu Hollow", "Gallia"
    age = rng.integers(20, 61, n)
    age[7] = 107
    pay = np.round(np.exp(rng.normal(9, 1, n)), 2)
    pay[11] = 9_876_543.21
    extra = np.round(0.1 * pay + rng.gamma(2, 50, n), 2)
    debt = np.where(rng.random(n) < 0.2, np.nan, np.round(rng.gamma(2, 900, n), 1))
    score = np.where(rng.random(n) < 0.1, -8.0, rng.integers(0, 5, n))
    start = pd.Timestamp("2011-03-17") + pd.to_timedelta(rng.integers(0, 2500, n), "D")
    plan = rng.choice(["basic", "plus", "max"], n).astype(object)
    plan[20:25] = "Mr Odd Grandfather"
    return pd.DataFrame(
        {
            "id": np.arange(n) * 7 + 483_291,
            "city": city,
            "country": country,
            "age": age,
            "pay": pay,
            "extra": extra,
            "total": np.round(pay + extra, 2),
            "debt": debt,
            "score": score,
            "start": start,
            "plan": plan,
        }
    )


@cache
def fitted(name: str, marginals: str = "spline"):
    chosen = dict.fromkeys(("age", "pay", "debt"), marginals)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        return cs.fit(table(), copula=COPULAS[name], marginals={**chosen, "*": "spline"}, rng=1)


def leaves(value, numbers: set, texts: set) -> None:
    """Collect all numbers and texts of a document."""
    if isinstance(value, dict):
        texts.update(value)
        for inner in value.values():
            leaves(inner, numbers, texts)
    elif isinstance(value, list):
        for inner in value:
            leaves(inner, numbers, texts)
    elif isinstance(value, str):
        texts.add(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        numbers.add(float(value))


def digits(x: float) -> int:
    return len(f"{abs(x):.12g}".partition("e")[0].replace(".", "").strip("0"))


def few(column: pd.Series) -> list:
    counts = column.dropna().value_counts()
    return counts.index[counts < K].tolist()


@pytest.fixture(scope="module", params=[*COPULAS, "gaussian parametric"])
def exported(request, tmp_path_factory):
    name, _, marginals = request.param.partition(" ")
    path = tmp_path_factory.mktemp("release") / "model.json"
    model = fitted(name, marginals or "spline")
    model.export_release(path)
    return model, cs.load(path), path


def test_no_cell_extreme_or_label_of_few_rows_is_in_the_file(exported):
    _, model, path = exported
    numbers: set = set()
    texts: set = set()
    leaves(json.loads(path.read_text()), numbers, texts)
    told = path.read_text() + repr(model) + model._repr_html_()
    df = table()
    for text in ("Xanadu", "Odd Grandfather", "483291", "9876543.21", "2011-03-17"):
        assert text not in told
    for name in ("pay", "extra", "total", "debt", "age"):
        cells = {float(v) for v in few(df[name]) if digits(v) >= 5}
        assert not cells & numbers, name
    assert not {float(df["id"].min()), float(df["id"].max())} & numbers
    first = df["start"].min().value
    assert not {float(first // 10**k) for k in (0, 3, 6, 9)} & numbers
    # numbers of few digits are everywhere in a copula, but only there
    document = json.loads(path.read_text())
    del document["model"]["sampler"]["copula"]
    numbers.clear()
    leaves(document, numbers, texts)
    assert not {107.0, float(first // 86_400_000_000_000)} & numbers


def test_nothing_rests_on_few_rows(exported):
    model, released, _ = exported
    assert model.disclose()["rows"].min() < K
    held = released.disclose()
    assert held["rows"].min() >= K, held.head()
    assert held["rows"].is_monotonic_increasing


def test_rows_have_the_same_types_and_the_laws_of_what_is_left(exported):
    model, released, _ = exported
    df, drawn = table(), released.sample(6000, rng=2)
    pd.testing.assert_series_equal(drawn.dtypes, df.dtypes)
    assert not drawn["city"].isin(["Xanadu Hollow"]).any()
    assert not drawn["plan"].isin(["Mr Odd Grandfather"]).any()
    before = model.sample(6000, rng=2)
    for name in ("city", "plan", "country"):
        a, b = (d[name].value_counts(normalize=True) for d in (before, drawn))
        assert (a - b).abs().max() < 0.035, name
    for name in ("age", "pay", "debt"):
        at = [0.1, 0.25, 0.5, 0.75, 0.9]
        a, b = before[name].quantile(at), drawn[name].quantile(at)
        assert ((a - b).abs() <= 0.12 * (a.iloc[-1] - a.iloc[0])).all(), name
    assert abs(drawn["debt"].isna().mean() - 0.2) < 0.04
    assert np.allclose(drawn["total"], drawn["pay"] + drawn["extra"], atol=0.011)
    assert {*zip(drawn["city"], drawn["country"], strict=True)} <= {*CITIES.items()} or (
        model.rules == ()
    )


def test_exporting_again_changes_nothing(exported, tmp_path):
    _, released, path = exported
    released.export_release(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()
    assert json.loads(path.read_text())["release"] == K


def test_the_provenance_says_what_was_suppressed_and_no_more(exported):
    _, released, _ = exported
    made = released.provenance
    assert made.release.k_min == K
    assert "city" in made.release.suppressed or "plan" in made.release.suppressed
    assert made.seed is None
    assert not made.warnings
    assert not made.candidates
    assert set(made.choices) == {"method"}
    assert "k_min = 10" in repr(released)


@pytest.mark.parametrize("method", ["bootstrap", "smote"])
def test_methods_that_hold_rows_are_refused_unless_forced(method, tmp_path):
    model = cs.fit(table(300)[["age", "pay", "plan"]], copula=method, rng=1)
    assert model.disclose()["rows"].min() == 1
    with pytest.raises(DataError, match="rows of the table"):
        model.export_release(tmp_path / "m.json")
    assert not (tmp_path / "m.json").exists()
    model.export_release(tmp_path / "m.json", force=True)
    assert cs.load(tmp_path / "m.json").holds_training_rows


def test_a_column_of_rare_levels_alone_is_refused_by_name(tmp_path):
    df = pd.DataFrame({"x": np.arange(60.0), "town": [f"t{i % 30}" for i in range(60)]})
    model = cs.fit(df, copula="independence", rng=1)
    with pytest.raises(DataError, match=r"'town'.*copulasynth treat"):
        model.export_release(tmp_path / "m.json")


def test_a_larger_k_min_leaves_less(tmp_path):
    df = table()[["city", "age", "pay", "debt", "plan"]]
    small = cs.fit(df, copula=copulas.Tree(leaf=10, bags=1, pilot=1 << 12), rng=1)
    with pytest.raises(DataError, match="leaf=60"):
        small.export_release(tmp_path / "m.json", k_min=30)
    model = cs.fit(df, copula=copulas.Tree(leaf=60, bags=1, pilot=1 << 12), rng=1)
    released = model.export_release(tmp_path / "m.json", k_min=30)
    assert released.disclose()["rows"].min() >= 30


def rare_values(n: int = 2000) -> pd.DataFrame:
    """Return a table whose numbers have many values of few rows each, and a tight relation."""
    rng = np.random.default_rng(3)
    tenure = np.minimum(rng.geometric(0.06, n), 72)
    tenure[:6] = 0
    price = np.round(rng.choice([20.0, 50.0, 80.0], n) + rng.normal(0, 2, n), 2)
    total = np.where(tenure <= 1, price, np.round(price * tenure * rng.uniform(0.95, 1.05, n), 2))
    ended = np.where(rng.random(n) < 0.16, 2011 - np.floor(rng.gamma(1.2, 12.0, n)), np.nan)
    mood = np.where(rng.random(n) < 0.2, 0, np.maximum(np.round(rng.normal(3, 5, n)), 1))
    mood = np.minimum(mood, 22)
    return pd.DataFrame(
        {"tenure": tenure, "price": price, "total": total, "ended": ended, "mood": mood}
    )


def test_a_model_and_its_export_are_hardly_told_apart(tmp_path):
    model = cs.fit(rare_values(), copula=COPULAS["calibrated"], rng=1)
    released = model.export_release(tmp_path / "m.json")
    n = 8000
    a, b = model.sample(n, rng=2), released.sample(n, rng=3)
    # three standard errors of the AUC of rows that do not differ, beside what an export may cost
    noise = 3 * np.sqrt((2 * n + 1) / 12) / n
    assert c2st(a, b, judge="boosting", schema=model.schema, rng=1).value < 0.51 + noise
    for name in a:
        x, y = np.sort(a[name].dropna()), np.sort(b[name].dropna())
        at = np.unique(np.r_[x, y])
        shares = (np.searchsorted(v, at, side="right") / v.size for v in (x, y))
        gap = np.abs(next(shares) - next(shares)).max()
        assert gap < 1.63 * np.sqrt(1 / x.size + 1 / y.size) + 0.01, name


@pytest.mark.parametrize("k_min", [0, -1, 2.5, True])
def test_k_min_is_a_whole_number(k_min, tmp_path):
    with pytest.raises(DataError, match="k_min"):
        fitted("independence").export_release(tmp_path / "m.json", k_min=k_min)


def test_levels_leave_by_their_frequencies_whatever_law_they_were_given(tmp_path):
    rng = np.random.default_rng(5)
    names = ["lo", "mid", "hi", "rare"]
    level = pd.Categorical(rng.choice(names, 300, p=[0.5, 0.3, 0.19, 0.01]), names, ordered=True)
    df = pd.DataFrame({"level": level, "x": rng.normal(size=300)})
    model = cs.fit(df, copula="independence", marginals={"level": "parametric"}, rng=1)
    left = model.export_release(tmp_path / "m.json")
    assert left.disclose()["rows"].min() >= K
    drawn, was = (m.sample(20_000, rng=2).level for m in (left, model))
    # what few rows have goes to its neighbour
    few = was.value_counts(normalize=True)[lambda p: p < K / 300].sum()
    for name in ("lo", "mid", "hi"):
        assert abs((drawn == name).mean() - (was == name).mean()) < 0.01 + few


def test_a_law_that_begins_at_the_first_date_leaves_where_enough_rows_share_that(tmp_path):
    rng = np.random.default_rng(5)
    days = np.where(rng.random(400) < 0.2, 0, rng.lognormal(5, 0.5, 400).astype(int) + 1)
    df = pd.DataFrame({"day": pd.Timestamp("2020-01-03") + pd.to_timedelta(days, "D")})
    model = cs.fit(df, copula="independence", marginals={"day": "lognormal"}, rng=1)
    drawn = model.export_release(tmp_path / "m.json").sample(5000, rng=2).day
    assert drawn.min() == df.day.min()
    assert abs((drawn == drawn.min()).mean() - (days == 0).mean()) < 0.03
    # a law that is drawn beside a first date of few rows would say that date
    model = cs.fit(df, copula="independence", marginals={"day": "normal"}, rng=1)
    model.export_release(tmp_path / "m.json")
    assert "2020-01-03" not in (tmp_path / "m.json").read_text()


def test_rows_that_a_file_states_beyond_what_its_law_shows_are_not_believed(tmp_path):
    rng = np.random.default_rng(5)
    df = pd.DataFrame({"g": rng.choice(list("ab"), 300, p=[0.9, 0.1]), "x": rng.normal(size=300)})
    df.loc[rng.random(300) < 0.8, "x"] = np.nan
    cs.fit(df, copula="independence", rng=1).export_release(tmp_path / "m.json")
    honest = cs.load(tmp_path / "m.json").disclose()
    document = json.loads((tmp_path / "m.json").read_text())
    release = document["model"]["provenance"]["release"]
    release["behind"] = [10_000 for _ in release["behind"]]
    (tmp_path / "m.json").write_text(json.dumps(document))
    boasting = cs.load(tmp_path / "m.json").disclose()
    assert honest["rows"].min() >= K
    assert boasting["rows"].max() <= 1.2 * honest["rows"].max()
