"""Links of columns that other rules made or split already hold by drawing rows again."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.errors import DataError
from copulasynth.rules.links.events import Event
from copulasynth.rules.links.kept import KeptLink
from tests.rules.varied import CHANGES, cheap, generator, rules_of, varied

N = 3000


def staff(rng, n=N):
    """A bonus from grade 4 on, and managers from grade 5 on: two thresholds of one column."""
    grade = rng.integers(1, 9, n)
    bonus = np.where(grade >= 4, rng.choice([5, 10, 15], n), 0)
    manager = np.where((grade >= 5) & (rng.random(n) < 0.5), "yes", "no")
    return pd.DataFrame({"grade": grade, "bonus": bonus, "manager": manager})


def clinic(rng, n=N):
    """A question asked between two ages, beside a weight that another link has split."""
    age = np.clip(np.round(rng.normal(40, 22, n)), 0, 95)
    weight = np.where(age == 0, 4.0, np.round(rng.normal(60, 15, n) + age / 4))
    asked = (age >= 15) & (age < 50) & (rng.random(n) < 0.5)
    answer = np.where(asked, rng.choice(["yes", "no"], n), None)
    return pd.DataFrame({"age": age, "weight": weight, "answer": answer})


def orders(rng, n=N):
    """A discount that only large totals get, where the total follows from price and quantity."""
    price, quantity = rng.choice([2.5, 4.0, 7.5, 12.0, 30.0], n), rng.integers(1, 9, n)
    total = price * quantity
    code = np.where((total >= 60) & (rng.random(n) < 0.6), rng.choice(["A", "B"], n), "none")
    return pd.DataFrame({"price": price, "quantity": quantity, "total": total, "code": code})


def breaks(df, names, table):
    s = df.rename(columns={new: name for name, new in names.items()})
    if table is staff:
        low = s["grade"] < 4
        return (low != (s["bonus"] == 0)) & s["grade"].notna() & s["bonus"].notna() | (
            (s["grade"] < 5) & (s["manager"] == "yes")
        )
    if table is clinic:
        return ((s["age"] < 15) | (s["age"] >= 50)) & s["answer"].notna()
    return (s["total"] < 60) & (s["code"].isin(["A", "B"]))


@pytest.mark.parametrize("change", [c for c in CHANGES if c not in ("noise rows", "few rows")])
@pytest.mark.parametrize(
    ("table", "pair"), [(staff, ("bonus", "grade")), (orders, ("code", "price"))]
)
def test_no_drawn_row_breaks_what_the_table_never_does(table, pair, change):
    df, names = varied(table(generator()), change, *pair, generator(2))
    assert not breaks(df, names, table).any()
    made = cheap(df).sample(5000, rng=3)
    assert not breaks(made, names, table).any()


def test_a_number_decides_at_both_of_its_ends():
    df = clinic(generator())
    found = rules_of(df)
    assert "age >= 50 -> answer is missing" in found
    assert "age < 15 -> answer is missing" in found
    made = cs.fit(df, copula="gaussian", rng=1).sample(5000, rng=3)
    assert not breaks(made, {}, clinic).any()
    assert abs(made["answer"].isna().mean() - df["answer"].isna().mean()) < 0.02


def test_questions_that_are_asked_between_two_ages_each():
    rng = generator(25)
    age = rng.integers(5, 95, 2000)
    works = (age >= 16) & (age <= 66)
    asked = (age >= 50) & (age < 75)
    df = pd.DataFrame(
        {
            "age": age,
            "works": np.where(works, np.where(rng.random(2000) < 0.7, "yes", "no"), None),
            "screened": np.where(asked, rng.choice([0.0, 1.0], 2000), np.nan),
        }
    ).assign(wage=lambda t: np.where(t["works"] == "yes", rng.integers(9, 99, 2000), np.nan))
    made = cheap(df).sample(5000, rng=3)
    assert (made["works"].notna() == made["age"].between(16, 66)).all()
    assert (made["screened"].notna() == made["age"].between(50, 74)).all()
    assert (made["wage"].notna() == (made["works"] == "yes")).all()


def test_laws_stay_where_rows_are_drawn_again():
    df = staff(generator())
    made = cs.fit(df, copula="gaussian", rng=1).sample(50_000, rng=2)
    for name in df:
        shares = made[name].value_counts(normalize=True)
        gap = shares.sub(df[name].value_counts(normalize=True), fill_value=0)
        assert gap.abs().max() < 0.015, name


def test_what_follows_from_other_rules_is_not_said_again():
    # amount = 0 where claims = 0, and then tax = amount / 5 is 0 too
    rng = generator()
    claims = rng.poisson(0.7, N)
    amount = np.where(claims > 0, np.round(np.exp(rng.normal(6, 1, N))) * 5, 0.0)
    found = rules_of(pd.DataFrame({"claims": claims, "amount": amount, "tax": amount / 5}))
    assert len([w for w in found if "->" in w]) == 1
    assert len(found) == 2


@pytest.mark.parametrize("seed", range(3))
def test_columns_that_depend_on_each_other_smoothly_have_no_links(seed):
    rng = generator(seed)
    z = rng.multivariate_normal(np.zeros(4), 0.2 * np.eye(4) + 0.8, 2000)
    df = pd.DataFrame(
        {
            "a": np.round(z[:, 0] * 2),
            "b": np.maximum(np.round(z[:, 1] * 3), 0),
            "c": np.where(z[:, 2] > 1, "high", np.where(z[:, 2] > -1, "mid", "low")),
            "d": np.round(z[:, 3], 2),
            "e": np.round(z[:, 0] + z[:, 3], 2),
        }
    )
    assert [w for w in rules_of(df) if "->" in w] == []


def test_a_declared_link_of_derived_columns_is_held():
    df = orders(generator())
    rule = cs.rules.Link('total < 60 -> code = "none"')
    model = cheap(df, rules=[rule])
    assert rule.formula in {r.words for r in model.schema.rules}
    assert not breaks(model.sample(5000, rng=3), {}, orders).any()
    with pytest.raises(DataError, match=r"does not hold in [\d,]+ of 3,000 rows"):
        cheap(df, rules=[cs.rules.Link('total < 90 -> code = "none"')])


def test_it_is_refused_and_kept_as_a_schema_says(tmp_path):
    df = staff(generator())
    model = cheap(df)
    path = tmp_path / "m.json"
    model.save(path)
    assert cs.load(path).sample(500, rng=1).equals(model.sample(500, rng=1))
    again = cheap(df, schema=model.schema)
    assert {r.words for r in again.schema.rules} == {r.words for r in model.schema.rules}
    made = again.sample(5000, rng=3)
    assert not breaks(made, {}, staff).any()


A, B = Event(0, "value", 1.0), Event(0, "below", 1.0)


@pytest.mark.parametrize(("deciding", "decided"), [((), (A,)), ((A,), ()), ((B,), (A,))])
def test_what_is_no_link_is_refused(deciding, decided):
    with pytest.raises(ValueError, match="link"):
        KeptLink(deciding, decided)


def test_links_of_parts_of_states_are_read_again():
    rng = generator(4)
    age, sex = rng.integers(0, 95, N), rng.choice(["F", "M"], N)
    asked = (sex == "F") & (age < 50) & (rng.random(N) < 0.7)
    df = pd.DataFrame({"age": age, "sex": sex, "answer": np.where(asked, "no", None)})
    df.loc[asked & (rng.random(N) < 0.2), "answer"] = "yes"
    model = cheap(df)
    assert any("[state] | free" in r.words for r in model.schema.rules)
    again = cheap(df, schema=model.schema)
    assert [r.words for r in again.schema.rules] == [r.words for r in model.schema.rules]


def test_what_forces_a_threshold_only_is_not_split_again_and_again():
    rng = generator(3)
    net = rng.choice(["DSL", "Fiber", "No"], 500, p=[0.35, 0.45, 0.2])
    flags = {
        k: np.where(net == "No", "none", rng.choice(["Yes", "No"], 500)) for k in ("tv", "backup")
    }
    price = np.select([net == "DSL", net == "Fiber"], [25.0, 50.0], 0.0) + 20
    for own in flags.values():
        price = price + 5 * (own == "Yes")
    price = price + rng.choice([-0.3, -0.1, 0.0, 0.05, 0.15, 0.25], 500)
    services = (net != "No") + sum((own == "Yes").astype(int) for own in flags.values())
    df = pd.DataFrame({"net": net, **flags, "services": services, "price": price.round(2)})
    found = rules_of(df)
    assert all(len(words) < 120 for words in found)
    assert not [w for w in found if "[link]` = 1 [link]" in w]
