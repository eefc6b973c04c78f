"""The member is derived whose derivation loses least, in whatever order the columns come."""

import itertools

import numpy as np
import pytest

from copulasynth.rules import Coordinates, find_identities
from copulasynth.rules.identity.direction import directed, losses, options
from copulasynth.rules.identity.numbers import linear
from copulasynth.rules.identity.searched import Searched
from copulasynth.schema import Variable

N = 1500


def coordinates(columns, steps):
    variables = []
    for k, (name, values) in enumerate(columns.items()):
        kind = "discrete" if len(np.unique(values)) <= 40 else "continuous"
        lower = 0.0 if np.nanmin(values) >= 0 else -np.inf
        variables.append(Variable(name, k, kind, 0, steps[name], lower))
    return Coordinates(np.column_stack([*columns.values()]).astype(float), tuple(variables))


def house(r):
    above = 10 * np.round(np.exp(r.normal(7.2, 0.35, N)) / 10)
    basement = np.where(r.random(N) < 0.6, 0, 10 * np.round(r.gamma(4, 170, N) / 10))
    living = above + basement
    return {"living": living, "above": above, "basement": basement}, dict.fromkeys(
        ("living", "above", "basement"), 10.0
    )


def stay(r):
    start, minutes = r.integers(0, 250_000, N), np.round(np.exp(r.normal(4.5, 0.8, N)))
    columns = {"start": start, "end": start + minutes - 7, "minutes": minutes}
    return columns, dict.fromkeys(columns, 1.0)


def sale(r):
    price, quantity = r.choice(np.round(r.lognormal(3, 1, 20), 2), N), r.poisson(2, N) + 1
    columns = {"price": price, "quantity": quantity, "total": np.round(price * quantity, 2)}
    return columns, {"price": 0.01, "quantity": 1.0, "total": 0.01}


def coarse_sale(r):
    price, quantity = 1.25 * np.round(r.gamma(4, 3, N) + 1), r.integers(1, 9, N)
    columns = {"quantity": quantity, "price": price, "total": price * quantity}
    return columns, {"price": 1.25, "quantity": 1.0, "total": 1.25}


def five_parts(r):
    parts = np.round(r.gamma(1.5, [30, 10, 5, 80, 3], (N, 5)), 2)
    parts *= r.random((N, 5)) < [1, 0.6, 0.5, 0.9, 0.2]
    columns = {f"part {k}": part for k, part in enumerate(parts.T)}
    columns["total"] = np.round(parts.sum(axis=1), 2)
    return columns, dict.fromkeys(columns, 0.01)


def hours(r):
    minutes = np.maximum(5, np.round(np.exp(r.normal(4.5, 0.8, N))))
    columns = {"hours": np.round(minutes / 60, 2), "minutes": minutes}
    return columns, {"hours": 0.01, "minutes": 1.0}


def invoice(r):
    net, rate = np.round(r.lognormal(6, 0.7, N), 2), r.choice([0.07, 0.19], N)
    tax = np.round(net * rate, 2)
    columns = {"gross": np.round(net + tax, 2), "net": net, "rate": rate, "tax": tax}
    return columns, dict.fromkeys(columns, 0.01)


TABLES = {
    house: {"living"},
    stay: {"end"},
    sale: {"total"},
    coarse_sale: {"total"},
    five_parts: {"total"},
    hours: {"hours"},
    invoice: {"gross", "tax"},
}


@pytest.mark.parametrize("make", TABLES)
@pytest.mark.parametrize(("noise", "gaps"), [(False, False), (True, True)])
def test_every_order_of_the_columns_derives_the_same_member(make, noise, gaps):
    r = np.random.default_rng(11)
    columns, steps = make(r)
    if noise:
        columns["noise"], steps["noise"] = r.normal(size=N), None
        columns["a flag"], steps["a flag"] = r.random(N) < 0.3, 1.0
    c = coordinates(columns, steps)
    if gaps:
        c.x[r.random(c.x.shape) < 0.04] = np.nan
    orders = list(itertools.permutations(range(len(c.variables))))
    for k in {0, *r.choice(len(orders), min(6, len(orders)), replace=False)}:
        order = list(orders[k])
        moved = Coordinates(c.x[:, order], tuple(c.variables[i] for i in order))
        found = find_identities(moved).found
        assert {f.record.columns[0] for f in found} == TABLES[make]
        assert all(f.record.obey == f.record.told for f in found)


def test_a_length_derived_from_two_times_loses_its_law():
    c = coordinates(*stay(np.random.default_rng(2)))
    s = Searched.of(c)
    found = linear(s, c.place("minutes"), [c.place("start"), c.place("end")], 0.6, 0.0)
    lost = {
        c.variables[o.derivation.target].name: loss
        for o, loss in zip(options(s, found), losses(s, options(s, found)), strict=True)
    }
    assert lost["minutes"] > 0.5
    assert max(lost["start"], lost["end"]) < 0.05
    assert directed(s, found).derivation.target == c.place("end")
    assert directed(s, found, declared=c.place("start")).derivation.target == c.place("end")


def test_a_part_that_another_rule_makes_is_not_derived_a_second_time():
    r = np.random.default_rng(4)
    columns, steps = coarse_sale(r)
    columns["rounded total"], steps["rounded total"] = np.round(columns["total"]), 1.0
    c = find_identities(coordinates(columns, steps))
    assert {f.record.columns[0] for f in c.found} == {"total", "rounded total"}
    assert {c.variables[j].name for j in c.free} == {"price", "quantity"}
