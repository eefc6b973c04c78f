"""Rows are drawn again for what a row shows, not for numbers behind a gap or of an unused part."""

import numpy as np

from copulasynth.model.following import SPARE, Following, rows_that
from copulasynth.rules import Derivation, Guarded, Linear
from copulasynth.rules.numeric.order import OrderRule
from copulasynth.schema import Variable


def variables(*names):
    """Numbers, each behind a state if its name ends in a question mark."""
    made = []
    for j, name in enumerate(names):
        if name.endswith("?"):
            made.append(Variable(f"{name} [state]", j, "state", 2, 1.0, 0.0, 1.0))
        made.append(Variable(name, j, "continuous"))
    return tuple(made)


def test_a_row_that_misses_one_of_two_columns_in_order_is_kept():
    following = Following.of((OrderRule(1, 2),), variables("low?", "high"))
    x = np.array([[0.0, 1.0, 0.0], [5.0, 5.0, 1.0], [2.0, 2.0, 2.0]])
    assert following.obey(x).tolist() == [False, True, True]


def test_an_order_of_a_part_is_asked_for_only_where_the_part_is_used():
    # end = start + length, and what it is where the length is missing comes after the start too
    made = Derivation(3, (0, 2), Linear(0.0, np.ones(2)))
    rules = (Guarded(made, (1,), 4), OrderRule(0, 4))
    own = variables("start", "length?", "end")
    following = Following.of(rules, own, (Variable("end [else]", 2, "continuous"),))
    x = np.array([[3.0, 3.0, 3.0], [0.0, 1.0, 1.0], [1.0] * 3, [0.0] * 3, [2.0, 2.0, 8.0]])
    assert following.obey(following.make(x)).tolist() == [True, False, True]


def test_as_few_spare_rows_are_drawn_as_are_likely_to_do_and_they_are_the_first_of_all():
    asked = []

    def draw(n, rng):
        asked.append(n)
        return rng.random((1, n))

    def all_at_once(n, share):
        rng = np.random.default_rng(np.random.SeedSequence(1))
        x = rows_that(lambda x: x[0] < share, draw, n, rng)
        spare = np.random.SeedSequence(1, spawn_key=(2**31,)).spawn(30)
        more = np.concatenate([np.random.default_rng(s).random(SPARE) for s in spare])
        own = np.random.default_rng(np.random.SeedSequence(1)).random(n)
        bad = own >= share
        own[bad] = more[more < share][: bad.sum()]
        return x[0], own

    for n, share in ((2000, 0.99), (2000, 0.5), (5, 0.02), (9000, 0.1)):
        found, known = all_at_once(n, share)
        assert np.array_equal(found, known)
    assert asked[0] == 2000
    assert asked[1] < 100
