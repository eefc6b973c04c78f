"""What one column shows decides what another does, in every drawn row, and the laws stay."""

import math

import numpy as np
import pytest

from copulasynth.copulas import Gaussian, cells_of
from copulasynth.errors import SchemaError
from copulasynth.rules.api import Coordinates, FittedRule, sorted_rules
from copulasynth.rules.links.events import Event, link_words, read_link
from copulasynth.rules.links.link import LinkRule, find_link, fit_link
from copulasynth.rules.links.parts import Branch, Fork
from copulasynth.schema.column import Variable
from copulasynth.schema.records import Rule

N = 4000


@pytest.fixture
def rng():
    return np.random.default_rng(17)


def nominal(name, x):
    return name, x, "nominal", int(np.nanmax(x)) + 1, 1.0


def number(name, x, step=1.0):
    return name, x, "continuous" if step is None else "discrete", 0, step


def gappy(name, gap, column):
    """A column with its state before it."""
    _, x, *rest = column
    return [(f"{name} [state]", gap, "state", 2, 1.0), (name, np.where(gap, np.nan, x), *rest)]


def coordinates(*columns):
    x = np.asfortranarray(np.column_stack([c[1] for c in columns]), dtype=np.float64)
    names = [c[0].removesuffix(" [state]") for c in columns]
    return Coordinates(
        x,
        tuple(Variable(c[0], names.index(n), *c[2:]) for c, n in zip(columns, names, strict=True)),
    )


def formulas(c):
    return [f.record.formula for f in c.found]


def drawn(c, n=50_000, copula=True):
    """Rows from a Gaussian copula with the laws of the table's values as marginals."""
    free = list(c.free)
    flat = np.array([c.variables[j].kind in ("nominal", "state") for j in free])
    fitted = Gaussian().fit(cells_of(c.x[:, free], flat), rng=np.random.default_rng(1))
    scores = fitted.draw(n, np.random.default_rng(2))
    x = np.full((len(c.variables), n), np.nan)
    for k, j in enumerate(free):
        seen = np.sort(c.x[~np.isnan(c.x[:, j]), j])
        u = fitted.scale(k).to_unit(scores[k])
        x[j] = seen[np.minimum((u * seen.size).astype(int), seen.size - 1)]
    for rule in sorted_rules(f.rule for f in c.found):
        rule.make(x)
    return x


def distance(a, b):
    a, b = np.sort(a), np.sort(b)
    at = np.union1d(a, b)
    low = np.searchsorted(a, at, "right") / a.size - np.searchsorted(b, at, "right") / b.size
    return np.abs(low).max()


def insurance(rng, n=N):
    income = rng.normal(size=n)
    claims = rng.poisson(np.exp(-1 + 0.5 * income))
    amount = np.exp(0.5 * claims + 0.5 * income + rng.normal(size=n) * 0.5)
    return income, claims, np.where(claims > 0, np.round(amount * 100) + 1, 0)


@pytest.mark.parametrize("n", [200, 300, 500])
@pytest.mark.parametrize("turned", [False, True])
def test_an_amount_of_few_rows_is_zero_exactly_where_claims_are(rng, n, turned):
    claims = rng.poisson(0.2, n)
    amount = np.where(claims > 0, np.round(rng.lognormal(7, 1, n) * 100) + 1, 0)
    premium = np.round(rng.normal(350, 70, n), 2)
    columns = [number("claims", claims), number("amount", amount), number("premium", premium, None)]
    c = find_link(coordinates(*(columns[::-1] if turned else columns)))
    (found,) = c.found
    assert set(found.record.formula.split(" <-> ")) == {"claims = 0", "amount = 0"}


@pytest.mark.parametrize("turned", [False, True])
def test_an_amount_is_zero_exactly_where_claims_are_and_keeps_its_law(rng, turned):
    income, claims, amount = insurance(rng)
    columns = [number("income", income, None), number("claims", claims), number("amount", amount)]
    c = find_link(coordinates(*(columns[::-1] if turned else columns)))
    (found,) = c.found
    assert isinstance(found.rule, FittedRule)
    assert set(found.record.formula.split(" <-> ")) == {"claims = 0", "amount = 0"}
    assert found.record.obey == found.record.told == (claims == 0).sum()
    x = drawn(c)
    i, j, k = (c.place(n) for n in ("claims", "amount", "income"))
    assert ((x[i] == 0) == (x[j] == 0)).all()
    assert found.rule.holds(x).all()
    assert abs((x[j] == 0).mean() - (amount == 0).mean()) < 0.01
    assert distance(x[j], amount) < 0.015
    assert distance(x[i], claims) < 0.015
    on = x[i] > 0
    kept = np.corrcoef(x[k, on], np.log(x[j, on]))[0, 1]
    assert abs(kept - np.corrcoef(income[claims > 0], np.log(amount[claims > 0]))[0, 1]) < 0.05


def test_questions_that_the_young_are_not_asked_are_missing_below_their_age(rng):
    age = rng.integers(0, 90, N)
    income = age / 40 + rng.normal(size=N)
    young = age < 18
    litres = np.round(np.exp(age / 60 + rng.normal(size=N)), 1)
    c = find_link(
        coordinates(
            *gappy("alcohol", young | (rng.random(N) < 0.05), number("", litres, 0.1)),
            number("income", income, None),
            *gappy("smoker", young | (rng.random(N) < 0.1), nominal("", rng.integers(0, 2, N))),
            number("age", age),
        )
    )
    assert formulas(c) == ["age < 18 -> alcohol is missing and smoker is missing"]
    x = drawn(c)
    under = x[c.place("age")] < 18
    assert (x[c.place("alcohol [state]"), under] == 1).all()
    assert (x[c.place("smoker [state]"), under] == 1).all()
    asked = x[c.place("alcohol [state]")] == 0
    assert abs((~asked).mean() - np.isnan(c.x[:, c.place("alcohol")]).mean()) < 0.01
    assert distance(x[c.place("age")], age) < 0.01
    assert distance(x[c.place("alcohol"), asked], litres[c.x[:, 0] == 0]) < 0.02


def test_an_age_from_which_all_are_asked_is_one_event_with_the_gap(rng):
    age = rng.integers(0, 90, N)
    c = find_link(
        coordinates(
            *gappy("alcohol", age < 18, number("", age * rng.random(N), None)), number("age", age)
        )
    )
    assert formulas(c) == ["age < 18 <-> alcohol is missing"]
    x = drawn(c)
    assert ((x[c.place("age")] < 18) == (x[c.place("alcohol [state]")] == 1)).all()


def test_gaps_that_come_together_have_one_variable(rng):
    gap = rng.random(N) < 0.15
    other = rng.random(N) < 0.15
    c = find_link(
        coordinates(
            *gappy("systolic", gap, number("", rng.normal(size=N), None)),
            *gappy("weight", other, number("", rng.normal(size=N), None)),
            *gappy("pulse", gap, number("", rng.normal(size=N), None)),
        )
    )
    assert formulas(c) == ["systolic is missing <-> pulse is missing"]
    x = drawn(c)
    assert (x[0] == x[4]).all()
    assert 0.1 < (x[2] == 1).mean() < 0.2


def test_a_code_goes_with_a_zero(rng):
    previous = rng.poisson(0.4, N)
    days = np.where(previous == 0, -1, rng.integers(1, 400, N))
    c = find_link(coordinates(number("days", days), number("previous", previous)))
    assert formulas(c) == ["days = -1 <-> previous = 0"]
    x = drawn(c)
    assert ((x[0] == -1) == (x[1] == 0)).all()


def test_a_level_forces_a_zero_that_others_have_too(rng):
    plan = rng.integers(0, 4, N)
    roaming = np.round(rng.gamma(1, 20, N) * (rng.random(N) < 0.7), 1) * (plan != 2)
    c = find_link(coordinates(number("roaming", roaming, 0.1), nominal("plan", plan)))
    assert formulas(c) == ["plan = 2 -> roaming = 0"]
    x = drawn(c)
    assert (x[0, x[1] == 2] == 0).all()
    for k in range(4):
        assert abs((x[1] == k).mean() - (plan == k).mean()) < 0.01
    assert abs((x[0, x[1] != 2] == 0).mean() - (roaming[plan != 2] == 0).mean()) < 0.01


def test_several_levels_that_force_the_same_are_one_event(rng):
    kind = rng.integers(0, 6, N)
    garden = np.where(np.isin(kind, [1, 3, 4]), 0, rng.integers(0, 3, N))
    c = find_link(coordinates(nominal("kind", kind), number("garden", garden)))
    assert formulas(c) == ["kind = 1 or 3 or 4 -> garden = 0"]
    x = drawn(c)
    assert (x[1, np.isin(x[0], [1, 3, 4])] == 0).all()
    for k in range(6):
        assert abs((x[0] == k).mean() - (kind == k).mean()) < 0.01


def test_one_level_of_a_service_decides_all_that_belongs_to_it(rng):
    net = rng.choice(3, N, p=[0.4, 0.4, 0.2])
    extras = [np.where(net == 2, 2, rng.integers(0, 2, N)) for _ in range(5)]
    c = find_link(
        coordinates(*(nominal(f"x{k}", x) for k, x in enumerate(extras)), nominal("net", net))
    )
    (found,) = c.found
    assert len(found.record.columns) == 6
    x = drawn(c, 10_000)
    for k in range(5):
        assert ((x[k] == 2) == (x[5] == 2)).all()


def test_a_link_of_links_holds_too(rng):
    age = rng.integers(0, 90, N)
    owner = (rng.random(N) < 0.5) & (age >= 20)
    cars = np.where(owner, 1 + rng.poisson(0.5, N), 0)
    insured = np.where(cars > 0, np.round(rng.gamma(2, 100, N)) + 5, 0)
    gap = rng.random(N) < 0.2
    c = find_link(
        coordinates(
            *gappy("fuel", gap | (cars == 0), nominal("", rng.integers(0, 3, N))),
            number("cars", cars),
            number("insured", insured),
        )
    )
    x = drawn(c, 10_000)
    assert ((x[2] == 0) == (x[3] == 0)).all()
    assert (x[0, x[2] == 0] == 1).all()
    assert abs((x[0] == 1).mean() - np.isnan(c.x[:, 1]).mean()) < 0.02


def test_a_few_rows_that_break_a_link_keep_their_share(rng):
    _, claims, amount = insurance(rng)
    amount[np.flatnonzero(claims == 0)[:12]] = 77
    c = find_link(coordinates(number("claims", claims), number("amount", amount)))
    (found,) = c.found
    assert found.record.told - found.record.obey == 12
    assert found.record.allow > 0
    held = found.rule.holds(drawn(c))
    assert abs((~held).mean() - 12 / N) < 0.005


def test_values_that_are_missing_for_other_reasons_do_not_hide_a_link(rng):
    _, claims, amount = insurance(rng)
    c = find_link(
        coordinates(
            *gappy("amount", rng.random(N) < 0.2, number("", amount)),
            *gappy("claims", rng.random(N) < 0.1, number("", claims)),
        )
    )
    assert formulas(c) == ["amount = 0 <-> claims = 0"]
    x = drawn(c)
    assert ((x[1] == 0) == (x[3] == 0)).all()
    assert abs((x[1] == 0).mean() - (amount == 0).mean()) < 0.02


def test_what_is_drawn_beside_a_zero_or_a_threshold_stays_on_its_side():
    fork = Fork(
        Event(0, "value", 0.0),
        Branch(-1, np.array([0.0])),
        Branch(1, lower=-5.0, upper=5.0, without=0.0, aside=1.0),
    )
    x = np.array([[np.nan] * 4, [0.0, 9.0, -9.0, 3.0]])
    fork.make(x, np.array([False, False, False, True]))
    assert x[0].tolist() == [1.0, 5.0, -5.0, 0.0]


def mixed(rng, n, d):
    """Independent columns of every kind: skewed, zero-inflated, capped, rare, gappy."""
    columns = []
    for k in range(d):
        x = [
            rng.normal(size=n),
            np.round(rng.lognormal(3, 1.5, n), 2) * (rng.random(n) < 0.6),
            rng.poisson(rng.choice([0.2, 1, 6]), n),
            rng.choice(5, n, p=rng.dirichlet(np.ones(5))),
            rng.random(n) < rng.choice([0.5, 0.1, 0.01]),
            np.minimum(np.round(rng.gamma(2, 20, n)), 60),
        ]
        kind = int(rng.integers(6))
        make = nominal if kind in (3, 4) else number
        made = (f"x{k}", x[kind], "continuous", 0, None if kind == 0 else 0.01)
        column = make(f"x{k}", x[kind]) if kind > 1 else made
        columns += (
            gappy(f"x{k}", rng.random(n) < rng.choice([0.02, 0.3]), column) if k % 3 else [column]
        )
    return coordinates(*columns)


@pytest.mark.parametrize("seed", range(20))
def test_independent_columns_have_no_links(seed):
    rng = np.random.default_rng(seed)
    assert (
        find_link(mixed(rng, int(rng.integers(300, 20_000)), int(rng.integers(3, 21)))).found == ()
    )


@pytest.mark.parametrize("rho", [0.5, 0.7])
def test_a_smooth_dependence_is_no_link(rho):
    rng = np.random.default_rng(3)
    z = rng.multivariate_normal(np.zeros(4), np.full((4, 4), rho) + (1 - rho) * np.eye(4), 10_000)
    c = coordinates(
        number("a", z[:, 0], None),
        number("b", np.maximum(np.round(3 * z[:, 1]), 0)),
        nominal("k", np.digitize(z[:, 2], [-1.5, 0, 1.5])),
        *gappy("g", z[:, 3] > 1, number("", rng.normal(size=10_000), None)),
    )
    assert find_link(c).found == ()


def test_functions_are_left_to_identities(rng):
    age = rng.integers(0, 90, N)
    group = np.digitize(age, [18, 30, 60])
    spend = np.round(rng.gamma(1, 30, N), 2) * (rng.random(N) < 0.5)
    c = coordinates(
        number("age", age),
        nominal("group", group),
        number("spend", spend, 0.01),
        nominal("any", spend > 0),
    )
    assert find_link(c).found == ()


def test_a_column_that_another_determines_is_left_to_it(rng):
    net = rng.choice(3, N, p=[0.5, 0.3, 0.2])
    lines = np.where(net == 2, rng.integers(0, 2, N), rng.integers(0, 3, N))
    tv = np.where(net == 2, 2, rng.integers(0, 2, N))
    c = find_link(
        coordinates(
            nominal("phone", lines == 2),
            nominal("tv", tv),
            nominal("lines", lines),
            nominal("net", net),
        )
    )
    assert c.place("phone") in c.free
    assert formulas(c)[0] == "tv = 2 <-> net = 2"


def test_a_refused_link_is_not_found_again_and_a_declared_one_is_held(rng):
    _, claims, amount = insurance(rng)
    c = coordinates(number("claims", claims), number("amount", amount))
    (found,) = find_link(c).found
    assert find_link(c, frozenset({found.record.key})).found == ()
    held = fit_link(c, found.record)
    assert formulas(held) == [found.record.formula]
    one_way = fit_link(c, Rule("link", ("claims", "amount"), "claims = 0 -> amount = 0"))
    x = drawn(one_way, 5000)
    assert (x[1, x[0] == 0] == 0).all()
    assert fit_link(c, Rule("link", ("claims", "amount"), "claims = 1 -> amount = 0")) is None
    with pytest.raises(ValueError, match="behind 'claims'"):
        fit_link(c, Rule("link", ("claims", "amount"), "claims -> amount"))


def test_events_are_read_as_they_are_written():
    variables = (
        Variable("age", 0, "discrete"),
        Variable("age at birth", 1, "continuous"),
        Variable("x = y [state]", 2, "state", 3),
        Variable("x = y", 2, "nominal", 4),
    )
    labels = {2: ("present", "missing", "-8"), 3: ("a", "b", "basic rate", "d")}
    c = Coordinates(np.empty((1, 4)), variables, labels=labels)
    for deciding, decided in (
        (Event(0, "below", 18.0), Event(2, "missing", 1.0)),
        (Event(1, "above", -0.5), Event(2, "missing", 2.0)),
        (Event(2, "missing", 0.0), Event(3, "value", 2.0)),
        (Event(3, "value", 2.0, (0.0, 3.0)), Event(1, "value", 0.25)),
    ):
        assert read_link(c, link_words(c, [deciding], [decided])) == ([deciding], [decided])
    formula = "age < 18 <-> `x = y` is missing -> `age at birth` = 3 and age = 4"
    with pytest.raises(SchemaError, match="names a column twice"):
        read_link(c, formula)
    left, right = read_link(c, formula.partition(" and ")[0])
    assert [e.place for e in (*left, *right)] == [0, 2, 1]


def test_thresholds_of_whole_numbers_may_be_said_either_way():
    variables = (Variable("age", 0, "discrete", step=1.0), Variable("k", 1, "discrete"))
    c = Coordinates(np.empty((1, 2)), variables)
    assert read_link(c, "age <= 17 -> k = 0")[0] == [Event(0, "below", 18.0)]
    assert read_link(c, "age > 17 -> k = 0")[0] == [Event(0, "above", 18.0)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("age < 18", "between two columns"),
        ("age < 18 -> age = 3", "names a column twice"),
        ("height < 18 -> age = 3", "names 'height'"),
        ("age < x -> plan = 2", "it holds numbers"),
        ("age is missing -> plan = b", r"age \[state\]"),
        ("plan = b -> age < 18", "threshold"),
        ("age < 3 -> plan = e", "no level 'e'"),
    ],
)
def test_a_link_that_says_nothing_is_refused(text, says):
    variables = (Variable("age", 0, "discrete"), Variable("plan", 1, "nominal", 3))
    c = Coordinates(np.empty((1, 2)), variables, labels={1: ("a", "b", "d")})
    with pytest.raises(SchemaError, match=says):
        read_link(c, text)


def fork(place, *parts):
    inside, outside = (Branch(p, np.array([0.0] if p < 0 else [])) for p in parts)
    return Fork(Event(place, "value", 0.0), inside, outside)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Event(-1, "value", 0.0),
        lambda: Event(0, "near", 0.0),
        lambda: Event(0, "value", math.inf),
        lambda: Branch(-1, np.array([1.0, 2.0])),
        lambda: Branch(-2, np.array([1.0])),
        lambda: Branch(0, lower=2.0, upper=1.0),
        lambda: Branch(0, without=2.0),
        lambda: LinkRule(2, (fork(0, -1, 2),), 1, np.eye(1), np.empty(0), np.empty(0)),
        lambda: LinkRule(
            3, (fork(0, -1, 4), fork(0, -1, 5)), 1, np.eye(2), np.empty(0), np.ones(1)
        ),
        lambda: LinkRule(
            3, (fork(0, -1, 4), fork(1, -1, 5)), 3, np.eye(2), np.empty(0), np.empty(0)
        ),
        lambda: LinkRule(
            3, (fork(0, -1, 4), fork(1, -1, 5)), 1, 2 * np.eye(2), np.empty(0), np.ones(1)
        ),
    ],
)
def test_a_link_that_contradicts_itself_is_refused(make):
    with pytest.raises(ValueError, match=r"event|branch|link"):
        make()
