"""Last digits that have a law of their own are found and kept, and none are imagined."""

import numpy as np
import pytest

from copulasynth.marginals import fit_marginal
from copulasynth.rules.api import Coordinates
from copulasynth.rules.numeric.lattice import LatticeRule
from copulasynth.rules.numeric.lattices import find_lattices, fit_lattice
from copulasynth.schema.column import Variable
from copulasynth.schema.records import Rule

N = 5000


def coordinates(*columns, step=None, lower=-np.inf):
    variables = [
        Variable(f"x{j}", j, "continuous", step=step if j == 0 else None, lower=lower)
        for j in range(len(columns))
    ]
    return Coordinates(np.asfortranarray(np.column_stack(columns)), tuple(variables))


def drawn(c, rng, n=40_000):
    """Rows whose free coordinates are independent, as the model would keep them; (D, n)."""
    x = np.full((len(c.variables), n), np.nan)
    for j in c.free:
        v, seen = c.variables[j], c.x[:, j][~np.isnan(c.x[:, j])]
        law = fit_marginal(
            seen, kind=v.kind, levels=v.levels, step=v.step, lower=v.lower, upper=v.upper, rng=1
        ).marginal
        x[j] = law.quantile(rng.random(n))
    for f in c.found:
        f.rule.make(x)
    return x


def house(rng):
    price = rng.lognormal(12.5, 0.5, N)
    return np.minimum(np.where(rng.random(N) < 0.96, np.round(price, -2), np.round(price)), 500_001)


def salary(rng):
    pay = rng.lognormal(11, 0.6, N)
    round_ = np.where(rng.random(N) < 0.5, 5000 * np.round(pay / 5000), np.round(pay, -2))
    return np.where(rng.random(N) < 0.9, round_, np.round(pay))


def seconds(rng):
    return rng.integers(0, 180 * 17_280, N) * 5.0 + rng.choice([0.0, 3.0], N)


def charm(rng):
    end = rng.choice([0.99, 0.95, 0.49, 0.0], N, p=[0.6, 0.2, 0.1, 0.1])
    end = np.where(rng.random(N) < 0.05, rng.integers(0, 100, N) / 100, end)
    return np.round(np.floor(rng.lognormal(4, 1, N)) + end, 2)


def ages(rng):
    whole, infant = np.round(rng.gamma(6, 6, N)), np.round(rng.random(N), 2)
    return np.where(rng.random(N) < 0.96, whole, infant)


def raw(rng):
    x = rng.normal(5000, 1000, N)
    return np.where(rng.random(N) < 0.8, np.round(x), x)


def fine(rng):
    x = rng.normal(50, 10, N)
    return np.round(np.where(rng.random(N) < 0.9, np.round(x, 2), x), 8)


TABLES = [
    (house, 1.0, "x0 mod 100 is 0"),
    (salary, 1.0, "x0 mod 100"),
    (seconds, 1.0, "x0 mod 5 in 0, 3"),
    (charm, 0.01, "x0 mod 1 in 0, 0.49, 0.95, 0.99"),
    (ages, 0.01, "x0 mod 1 is 0"),
    (raw, None, "x0 mod 1 is 0"),
    (fine, 1e-8, "x0 mod 0.01 is 0"),
]


@pytest.mark.parametrize(("table", "step", "formula"), TABLES)
@pytest.mark.parametrize("gaps", [False, True])
def test_a_lattice_is_found_and_parts_give_the_values_back(table, step, formula, gaps):
    rng = np.random.default_rng(1)
    x = table(rng)
    x[rng.random(N) < 0.1 * gaps] = np.nan
    c = find_lattices(coordinates(x, rng.normal(size=N), step=step))
    (found,) = c.found
    assert found.record.formula.startswith(formula)
    assert found.record.told == np.count_nonzero(~np.isnan(x))
    made = c.x.T.copy()
    made[0] = np.nan
    found.rule.make(made)
    np.testing.assert_array_equal(made[0], x)


@pytest.mark.parametrize(("table", "step", "formula"), TABLES)
def test_draws_keep_the_share_on_the_lattice_the_atoms_and_the_law(table, step, formula):
    rng = np.random.default_rng(2)
    x = table(rng)
    lower = 0.0 if x.min() >= 0 else -np.inf
    c = find_lattices(coordinates(x, step=step, lower=lower))
    (found,) = c.found
    assert found.record.formula.startswith(formula)
    made = drawn(c, rng)
    assert found.rule.holds(made).mean() == pytest.approx(found.record.obey / N, abs=0.01)
    made = made[0]
    assert made.min() >= lower
    if step:
        assert np.abs(np.round(made / step) * step - made).max() < 0.01 * step
    values, counts = np.unique(x, return_counts=True)
    for value, count in zip(values[counts > 0.01 * N], counts[counts > 0.01 * N], strict=True):
        assert np.mean(made == value) == pytest.approx(count / N, abs=0.01)
    f = np.searchsorted(np.sort(x), values, "right") / N
    assert np.abs(np.searchsorted(np.sort(made), values, "right") / made.size - f).max() < 0.02


LAWS = {
    "normal": lambda rng, s, n: rng.normal(s, s, n),
    "lognormal": lambda rng, s, n: s * rng.lognormal(0, 2, n),
    "gamma": lambda rng, s, n: rng.gamma(0.2, s, n),
    "even": lambda rng, s, n: s * rng.random(n),
    "pareto": lambda rng, s, n: s * rng.pareto(1, n),
    "zeros": lambda rng, s, n: (rng.random(n) < 0.3) * rng.gamma(2, s, n),
    "counts": lambda rng, s, n: rng.poisson(min(s, 1e3), n).astype(float),
    "cauchy": lambda rng, s, n: s * rng.standard_cauchy(n),
    "modes": lambda rng, s, n: rng.normal(np.where(rng.random(n) < 0.5, 0, 50), 0.1) * s,
}


@pytest.mark.parametrize("law", LAWS)
def test_smooth_and_skewed_laws_on_a_grid_or_none_have_no_lattice(law):
    rng = np.random.default_rng(3)
    for step in (1.0, 0.01, 1e-6, 0.5, None) * 4:
        n, scale = int(np.exp(rng.uniform(5.7, 9.9))), 10 ** rng.uniform(0, 5)
        x = LAWS[law](rng, scale, n)
        x = x * (step or 1.0) if law == "counts" else x
        x = np.round(x / step) * step if step else x
        assert find_lattices(coordinates(x, step=step)).found == ()


def test_other_columns_tell_the_class():
    rng = np.random.default_rng(4)
    x = ages(rng)
    c = find_lattices(coordinates(x, rng.normal(size=N), step=0.01))
    digits, size = c.x[:, c.place("x0 [digits]")], c.x[:, c.place("x0 [size]")]
    whole = c.found[0].rule.residues[digits[~np.isnan(digits)].astype(int)] == 0
    assert size[~np.isnan(digits)][~whole].max() < 1.01


def test_a_refused_lattice_is_left_alone_and_a_declared_one_is_held():
    rng = np.random.default_rng(5)
    c = coordinates(house(rng), step=1.0)
    assert find_lattices(c, frozenset({("lattice", frozenset({"x0"}))})).found == ()
    tens = fit_lattice(c, Rule("lattice", ("x0",), "x0 mod 10 is 0"))
    assert (tens.found[0].rule.modulus, tens.found[0].record.formula) == (10, "x0 mod 10 is 0")
    assert fit_lattice(c, Rule("lattice", ("x0",))).found[0].rule.modulus == 100
    assert fit_lattice(coordinates(rng.random(N)), Rule("lattice", ("x0",))) is None


@pytest.mark.parametrize(
    "broken",
    [
        {"size": 0},
        {"digits": -1},
        {"unit": 0.0},
        {"modulus": 0},
        {"residues": np.array([100])},
        {"residues": np.array([1, 1])},
        {"residues": np.array([], dtype=np.int64)},
        {"step": np.nan},
        {"atoms": np.array([2.0, 1.0])},
        {"atoms": np.array([np.inf])},
        {"lower": 1.0, "upper": 0.0},
    ],
)
def test_a_contradictory_lattice_is_refused(broken):
    fields = {
        "value": 0,
        "size": 1,
        "digits": 2,
        "unit": 1.0,
        "modulus": 100,
        "residues": np.array([0, -1]),
        "step": 1.0,
        "atoms": np.array([500_001.0]),
    }
    with pytest.raises(ValueError, match=r"expected|different"):
        LatticeRule(**(fields | broken))


@pytest.mark.parametrize("n", [3000, 20_000])
def test_a_list_of_values_has_no_digits_with_a_law_of_their_own(n):
    rng = np.random.default_rng(12)
    months, years = rng.integers(1, 12, n) / 12, rng.integers(1, 90, n)
    age = np.round(np.where(rng.random(n) < 0.06, months, years), 2)
    c = coordinates(age, step=0.01, lower=0.0)
    assert not find_lattices(c).found
    assert fit_lattice(c, Rule("lattice", ("x0",), "x0 mod 1 is 0")) is c
