"""Formulas are read by a parser of their own; nothing in them runs."""

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copulasynth.errors import SchemaError
from copulasynth.rules.words.formula import Expression, parse_identity, parse_order
from copulasynth.rules.words.reading import name_in
from copulasynth.rules.words.saying import Said, parse_link

A, B = np.array([2.0, 3.0, 5.0]), np.array([4.0, 1.0, -2.0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b", A + B),
        ("a - b - a", -B),
        ("2 * a / b", 2 * A / B),
        ("-a^2", -(A**2)),
        ("a^-1", 1 / A),
        ("(a + b) * 1.5e1", (A + B) * 15),
        ("min(a, b) + max(a, 0)", np.minimum(A, B) + A),
        ("abs(b) + round(a / 2)", np.abs(B) + np.round(A / 2)),
        ("a * b^2^1", A * B**2),
        ("7", np.full(3, 7.0)),
    ],
)
def test_arithmetic_has_its_usual_meaning(text, expected):
    assert Expression(text, ("a", "b"))(np.stack([A, B])).tolist() == expected.tolist()


def test_an_identity_names_its_target_and_parents():
    target, function = parse_identity("`body mass` = 10000 * weight / `height in cm`^2")
    assert target == "body mass"
    assert function.names == ("weight", "height in cm")
    assert function(np.array([[80.0], [200.0]])) == pytest.approx([20.0])


@pytest.mark.parametrize(
    ("text", "terms", "strict"),
    [
        ("start <= end", ("start", "end"), (False,)),
        ("a < b <= c", ("a", "b", "c"), (True, False)),
        ("top > low", ("low", "top"), (True,)),
        ("c >= b > -1.5", (-1.5, "b", "c"), (True, False)),
    ],
)
def test_an_order_goes_from_the_least_to_the_greatest(text, terms, strict):
    assert parse_order(text) == (terms, strict)


def test_a_link_has_what_decides_and_what_is_decided():
    assert parse_link("age < 18 -> alcohol is missing and wine = 0") == (
        (Said("age", "<", (18.0,)),),
        (Said("alcohol", "is", ("missing",)), Said("wine", "=", (0.0,))),
    )
    deciding, decided = parse_link('pdays = -1 <-> plan = "no data" or none')
    assert deciding == (Said("pdays", "=", (-1.0,)), Said("plan", "=", ("no data", "none")))
    assert decided == ()


def test_what_is_said_is_written_as_it_is_read():
    for text in ('`a `` b` = "x ""y""" -> c is missing', "a <= 0.1 <-> b is -8 -> `or` > 1e-07"):
        deciding, decided = parse_link(text)
        written = " <-> ".join(map(str, deciding)) + " -> " + " and ".join(map(str, decided))
        assert written == text


@pytest.mark.parametrize(
    "text",
    [
        "total",
        "total = ",
        "total = total + 1",
        "total = 3",
        "total = a +",
        "total = (a",
        "total = a b",
        "total = min(a)",
        "total = a.__class__()",
        "total = __import__('os')",
        "total = a; b",
        "total = [a]",
        "a + b = c",
        "t = " + "(" * 500 + "a" + ")" * 500,
        "t = " + "-" * 1500 + "a",
        "t = a" + " + a" * 2000,
    ],
)
def test_what_is_no_formula_is_refused_with_a_reason(text):
    with pytest.raises(SchemaError, match="formula"):
        parse_identity(text)


@pytest.mark.parametrize("text", ["a", "a <= b >= c", "a < ", "< a", "a <= b c"])
def test_what_is_no_order_is_refused(text):
    with pytest.raises(SchemaError, match="formula"):
        parse_order(text)


@pytest.mark.parametrize(
    "text",
    ["a < 1", "a is missing", "a -> b", "a is -> b = 1", "a = 1 -> b = 2 c", "a = 1 -> a = 2"],
)
def test_what_is_no_link_is_refused(text):
    with pytest.raises(SchemaError, match="formula"):
        parse_link(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_name_can_be_written(name):
    assert parse_identity(f"{name_in(name)} = x1 + 1")[0] == name or name == "x1"


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_an_error_of_ours(text):
    for parse in (parse_identity, parse_order, parse_link):
        with contextlib.suppress(SchemaError):
            parse(text)
