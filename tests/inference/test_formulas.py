"""Formulas are read before they are run: what computes with columns passes, and nothing else."""

import time

import numpy as np
import pandas as pd
import pytest

from copulasynth.errors import DataError
from copulasynth.inference import fit_original, fit_synthetic
from copulasynth.inference.formulas import check_formula, variables

HONEST = [
    *("y ~ x", "y ~ 1", "y ~ x - 1", "y ~ 0 + x", "y ~ x + g", "y ~ x*g", "y ~ x:a", "y ~ C(g)"),
    *("y ~ C(g, Treatment(reference='b'))", "y ~ C(g, Treatment('b'))", "y ~ C(g, Sum)"),
    *("y ~ C(g, Poly)", "y ~ C(g, Helmert)", "y ~ C(g, Diff)", "y ~ C(g, levels=['c', 'a', 'b'])"),
    *("y ~ np.log(b + 1)", "y ~ np.log1p(b)", "np.log(b) ~ a", "y ~ np.sqrt(b) + np.abs(x)"),
    *("y ~ I(a**2)", "y ~ I(2 * a)", "y ~ I(b / 1000)", "y ~ I(b / 10**3)", "y ~ I(b ** 0.5)"),
    *("y ~ Q('care calls')", "Q('care calls') ~ np.exp(x) + C(g)", "y ~ standardize(x)"),
    *("y ~ center(x) + scale(a)", "y ~ bs(x, df=4)", "y ~ bs(x, knots=[-1, 0, 1], degree=3)"),
    *("y ~ cr(x, df=4) - 1", "y ~ cc(x, df=4) - 1", "y ~ te(cr(x, df=3), cr(a, df=3)) - 1"),
    *("y ~ (x + a + b)**2", "y ~ x/g", "y ~ I(x > 0)", "y ~ I((x > 0) & (a < 1))"),
    *("y ~ I(g == 'a')", "y ~ np.where(x > 0, 1, 0)", "y ~ np.clip(x, -1, 1)", "y ~ abs(x)"),
    *("y ~ x % 3", "y ~ np.power(b, 2)", "y ~ g:h", "y ~ C(g):x - 1", "y ~ bs(x, 4)", "y ~ I(-x)"),
]

DEEP = "(" * 3000 + "x" + ")" * 3000
HOSTILE = [
    *("y ~ I(__import__('os').system('true'))", "y ~ eval('1')", "y ~ exec('1')", "y ~ print(x)"),
    *("y ~ open('/etc/passwd')", "y ~ exit()", "y ~ getattr(x, 'a')", "eval('x') ~ x"),
    *("__import__('os').system('true') ~ x", "y ~ pd.eval('1')", "y ~ sm.add_constant(x)"),
    *("y ~ x.__class__", "y ~ I(x.__class__.__mro__)", "y ~ Q('y').values", "y ~ C(g).codes"),
    *("y ~ np.load('x')", "y ~ np.fromfile('x')", "y ~ np.log.__class__", "y ~ center(x).sum()"),
    *("y ~ np.lib.npyio.load('a')", "y ~ I((lambda: 3)())", "y ~ I([v for v in x])", "y ~ ..."),
    *("y ~ I({v for v in x})", "y ~ x[0]", "y ~ f'{x}'", "y ~ I(f'{x.__class__}')", "y ~ (z := 3)"),
    *("y ~ I(x if True else a)", "y ~ I(9**9**9**9)", "y ~ I(9**999999999)", "y ~ I('a' * 10**9)"),
    *("y ~ I([0] * 10**9)", "y ~ I(1 << 10**9)", "y ~ bs(x, df=10**9)", "y ~ bs(x, df=1000000)"),
    *("y ~ bs(x, 1000000)", "y ~ cr(x, df=a)", "y ~ np.log(x, a)", "y ~ np.log(x, out=a)"),
    *("y ~ np.exp(*[x])", "y ~ np.exp(**{})", "y ~ Q(g)", "y ~ Q('a' + 'b')", "y ~ '%s' % x"),
    *("y ~ '{0.__class__}'.format(x)", "y ~ C(g, __import__('os'))", "y ~ I(await x)"),
    *("y ~ (yield)", "y ~ I(b'x')", "y ~ I(1j)", "y ~ __builtins__", "y ~ I(x or a)", "y ~ I(x@a)"),
    *(
        "y ~ I({1: x})",
        "y ~ np",
        "y ~ I(print)",
        "y ~ Q('np')",
        "y ~ Q('__import__')",
        "y ~ a and b",
    ),
    *("y ~ (x + a)**999", "y ~ (x + a + b + g)**99", f"y ~ {DEEP}", "y ~ " + "-" * 3000 + "x"),
    *("y ~ " + "*".join(f"v{i}" for i in range(40)), "y ~ " + "+".join(["x"] * 4000)),
    *("y ~ I(x\n.real)", "y ~ `x`", "", "y", "y ~", "~ x", "y ~ 'x", "y ~ x ~ a", "y ~ 5**3"),
]


@pytest.fixture(scope="module")
def table():
    rng, n = np.random.default_rng(1), 200
    numbers = {name: rng.normal(size=n) for name in ("y", "x", "a", "care calls")}
    groups = {"g": rng.choice(list("abc"), n), "h": rng.choice(list("uv"), n)}
    return pd.DataFrame({**numbers, "b": rng.uniform(1, 2, n), **groups})


@pytest.mark.parametrize("formula", HONEST)
def test_what_computes_with_columns_is_fitted(table, formula):
    assert np.isfinite(fit_original(formula, table).coefficients.estimate).all()


@pytest.mark.parametrize("formula", HOSTILE, ids=range(len(HOSTILE)))
def test_anything_else_is_refused_at_once(table, formula):
    begin = time.process_time()
    with pytest.raises(DataError) as caught:
        fit_original(formula, table)
    assert time.process_time() - begin < 10
    assert len(str(caught.value)) < 1000


def test_code_runs_only_where_the_caller_says_so(table, tmp_path):
    mark = tmp_path / "mark"
    formula = f"y ~ I(x * len(str(__import__('pathlib').Path({str(mark)!r}).touch())))"
    for fit in (fit_original, fit_synthetic):
        with pytest.raises(DataError, match="trusted=True"):
            fit(formula, table)
    assert not mark.exists()
    fit_original(formula, table, trusted=True)
    assert mark.exists()
    assert fit_synthetic("y ~ np.linspace(0, 1, len(x))", [table], trusted=True).terms


def test_a_column_may_have_the_name_of_a_function(table):
    named = table.rename(columns={"a": "Sum", "b": "np"})
    assert variables("y ~ Sum + C(g, Sum) + np.log(x)") == ("y", "Sum", "g", "x")
    assert fit_original("y ~ Sum + C(g)", named).coefficients.terms[-1] == "Sum"
    assert fit_original("y ~ np.exp(x)", named).coefficients.terms[-1] == "np.exp(x)"
    with pytest.raises(DataError, match="cannot evaluate"):
        fit_original("y ~ np + np.exp(x)", named)


def test_a_callable_is_given_no_formula_that_was_not_read(table):
    with pytest.raises(DataError, match="not allowed"):
        fit_original("y ~ open('x')", table, model=lambda formula, frame: pytest.fail(formula))


def test_columns_are_read_in_order_with_quoted_and_repeated_ones():
    found = variables("np.log(y) ~ C(g, Treatment('low')) + a:s + Q('care calls') + I(a == b)")
    assert found == ("y", "g", "a", "s", "care calls", "b")
    check_formula("y ~ x")


@pytest.mark.parametrize(
    "formula", ["y ~ I(" + "-" * 2000 + "x)", "y ~ I(" + "-" * 9 * 10**5 + "x)"]
)
def test_deep_nesting_is_one_error(table, formula):
    with pytest.raises(DataError, match=r"nested|longer"):
        fit_original(formula, table)


@pytest.mark.parametrize("formula", [3, None, b"y ~ x"])
def test_a_formula_is_text(table, formula):
    with pytest.raises(DataError, match="formula as text"):
        fit_original(formula, table)
