"""Simulated tables with chains of identities: members of one relation are members of others.

Each maker returns a table twice: with what its numbers were made from, and with all that follows
from them.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

__all__ = ["CHAINS"]

Rng = np.random.Generator
Pair = tuple[pd.DataFrame, pd.DataFrame]
Maker = Callable[[Rng, int], Pair]


def people(rng: Rng, n: int) -> pd.DataFrame:
    """Return columns that depend on each other but follow no rule."""
    age = rng.integers(18, 80, n)
    region = np.where(rng.random(n) < 1 / (1 + np.exp(-(age - 45) / 15)), "north", "south")
    return pd.DataFrame({"age": age, "region": region})


def loan(rng: Rng, n: int) -> Pair:
    free = people(rng, n)
    lent = np.round(np.exp(rng.normal(9, 0.6, n) + free["age"] / 150) / 100) * 100
    term = rng.choice([12, 24, 36, 48, 60], n, p=[0.1, 0.2, 0.4, 0.2, 0.1])
    rate = np.round(np.clip(rng.normal(9, 3, n) - lent / 2e4, 1.5, 24), 2)
    month = rate / 1200
    payment = np.round(lent * month / (1 - (1 + month) ** -term), 2)
    fee = np.where(rng.random(n) < 0.3, 0.0, np.round(lent * 0.01, 2))
    free = free.assign(principal=lent, term=term, rate=rate, payment=payment, fee=fee)
    total = np.round(payment * term, 2)
    return free, free.assign(
        total_paid=total, interest=np.round(total - lent, 2), net=np.round(lent - fee, 2)
    )


def invoice(rng: Rng, n: int) -> Pair:
    price, quantity = np.round(np.exp(rng.normal(3, 1, n)), 2), 1 + rng.poisson(2, n)
    off, vat = rng.choice([0, 5, 10, 20], n, p=[0.6, 0.2, 0.1, 0.1]), rng.choice([0.07, 0.19], n)
    free = people(rng, n).assign(price=price, quantity=quantity, off=off, vat=vat)
    amount = np.round(price * quantity, 2)
    discount = np.round(amount * off / 100, 2)
    net = np.round(amount - discount, 2)
    tax = np.round(net * vat, 2)
    more = {"amount": amount, "discount": discount, "net": net, "tax": tax}
    return free, free.assign(**more, gross=np.round(net + tax, 2))


def election(rng: Rng, n: int) -> Pair:
    population = np.round(np.exp(rng.normal(8, 1.1, n)))
    eligible = np.round(population * rng.beta(60, 20, n))
    votes = np.round(eligible * rng.beta(30, 18, n))
    invalid = rng.binomial(votes.astype(int), 0.01)
    left = rng.binomial((votes - invalid).astype(int), rng.beta(8, 9, n))
    free = pd.DataFrame({"population": population, "eligible": eligible})
    free = free.assign(votes=votes, invalid=invalid, left=left)
    turnout = np.round(100 * votes / np.maximum(eligible, 1), 1)
    return free, free.assign(valid=votes - invalid, right=votes - invalid - left, turnout=turnout)


def payroll(rng: Rng, n: int) -> Pair:
    free = people(rng, n)
    hours = np.where(rng.random(n) < 0.5, 160.0, np.round(rng.uniform(40, 180, n) * 2) / 2)
    rate = np.round(np.exp(rng.normal(2.9, 0.35, n) + free["age"] / 200), 2)
    gross = np.round(hours * rate, 2)
    tax = np.round(np.maximum(0, gross - 900) * (0.1 + gross / 3e4), 2)
    free = free.assign(hours=hours, rate=rate, tax=tax)
    pension = np.round(gross * 0.093, 2)
    return free, free.assign(gross=gross, pension=pension, net=np.round(gross - tax - pension, 2))


def balance(rng: Rng, n: int) -> Pair:
    size = rng.normal(13, 1.3, n)
    cash, stock, plant = (np.round(np.exp(size + rng.normal(m, 0.8, n))) for m in (-2, -1.5, 0))
    stock = np.where(rng.random(n) < 0.2, 0, stock)
    total = cash + stock + plant
    debt = np.round(total * rng.beta(4, 4, n))
    free = pd.DataFrame({"cash": cash, "stock": stock, "plant": plant, "debt": debt})
    more = {"current": cash + stock, "assets": total, "equity": total - debt}
    return free, free.assign(**more, leverage=np.round(debt / total, 3))


def meter(rng: Rng, n: int) -> Pair:
    free = people(rng, n)
    start = np.round(rng.gamma(3, 9000, n))
    usage = np.where(rng.random(n) < 0.05, 0, np.round(rng.gamma(4, 60, n)))
    tariff = rng.choice([0.25, 0.31, 0.38], n, p=[0.5, 0.3, 0.2])
    free = free.assign(start=start, usage=usage, tariff=tariff)
    energy = np.round(usage * tariff, 2)
    more = {"end": start + usage, "energy": energy, "cost": np.round(energy + 12.5, 2)}
    return free, free.assign(**more)


def body(rng: Rng, n: int) -> Pair:
    free = people(rng, n)
    tall = np.where(free["region"] == "north", 179.0, 166.0)
    height = np.round(rng.normal(tall, 7), 0)
    weight = np.round(np.exp(rng.normal(3.15, 0.16, n)) * (height / 100) ** 2, 1)
    free = free.assign(height=height, weight=weight)
    bmi = np.round(weight / (height / 100) ** 2, 1)
    surface = np.round(np.sqrt(height * weight / 3600), 2)
    return free, free.assign(bmi=bmi, surface=surface)


def margin(rng: Rng, n: int) -> Pair:
    units = 1 + rng.geometric(0.05, n)
    cost = np.round(np.exp(rng.normal(2.5, 0.6, n)), 2)
    price = np.round(cost * np.exp(rng.normal(0.25, 0.08, n)), 2)
    free = people(rng, n).assign(units=units, cost=cost, price=price)
    revenue, spent = np.round(units * price, 2), np.round(units * cost, 2)
    return free, free.assign(revenue=revenue, spent=spent, profit=np.round(revenue - spent, 2))


def credit(rng: Rng, n: int) -> Pair:
    limit = rng.choice([1000, 2000, 5000, 10000, 20000], n, p=[0.2, 0.3, 0.3, 0.15, 0.05])
    owed = np.round(limit * rng.beta(1.2, 2, n), 2)
    paid = np.round(owed * np.where(rng.random(n) < 0.3, 1, rng.beta(1, 6, n)), 2)
    late = np.where(rng.random(n) < 0.8, 0, rng.choice([25.0, 40.0], n))
    free = people(rng, n).assign(limit=limit, owed=owed, paid=paid, late=late)
    left = np.round(owed - paid, 2)
    return free, free.assign(
        left=left, due=np.round(left + late, 2), spare=np.round(limit - left, 2)
    )


def flight(rng: Rng, n: int) -> Pair:
    distance = np.round(np.exp(rng.normal(6.6, 0.6, n)))
    planned = np.round(30 + distance / 8 + rng.normal(0, 6, n))
    delay = np.round(rng.gamma(0.8, 18, n) - 8)
    taxi = np.round(8 + rng.gamma(3, 4, n))
    free = pd.DataFrame({"distance": distance, "taxi": taxi, "planned": planned, "late": delay})
    elapsed = planned + delay
    air = np.maximum(elapsed - taxi, 12)
    elapsed = air + taxi
    free = free.assign(late=elapsed - planned)
    speed = np.round(distance / (air / 60), 1)
    return free, free.assign(elapsed=elapsed, air=air, speed=speed)


def fund(rng: Rng, n: int) -> Pair:
    begin = np.round(np.exp(rng.normal(10, 1, n)), 2)
    gain = np.round(begin * rng.normal(0.04, 0.1, n), 2)
    paid = np.where(rng.random(n) < 0.4, 0, np.round(rng.gamma(2, 400, n)))
    free = people(rng, n).assign(begin=begin, gain=gain, paid=paid)
    end = np.round(begin + gain + paid, 2)
    return free, free.assign(end=end, change=np.round(end - begin, 2))


def harvest(rng: Rng, n: int) -> Pair:
    area = np.round(np.exp(rng.normal(2, 0.9, n)), 1) + 0.1
    rate = np.round(rng.normal(6.5, 1.1, n) + 0.1 * np.log(area), 2)
    price = np.round(rng.normal(180, 15, n), 0)
    area = np.round(area, 1)
    free = pd.DataFrame({"area": area, "yield_rate": rate, "price": price})
    mass = np.round(area * rate, 2)
    sales = np.round(mass * price, 0)
    costs = np.round(area * np.round(rng.normal(700, 60, n), 0), 0)
    free = free.assign(costs=costs)
    more = {"mass": mass, "sales": sales, "profit": sales - costs}
    return free, free.assign(**more)


def blood(rng: Rng, n: int) -> Pair:
    free = people(rng, n)
    upper = np.round(rng.normal(105, 12, n) + free["age"] / 2.5)
    lower = np.round(upper * rng.beta(60, 35, n))
    rate = np.round(rng.normal(72, 11, n))
    free = free.assign(upper=upper, lower=lower, rate=rate)
    pulse = upper - lower
    return free, free.assign(pulse=pulse, mean=np.round(lower + pulse / 3), product=upper * rate)


def exam(rng: Rng, n: int) -> Pair:
    skill = rng.normal(0, 1, n)
    points = [
        np.clip(np.round(m / 2 + m / 5 * (skill + rng.normal(0, 0.7, n))), 0, m)
        for m in (20, 30, 50)
    ]
    bonus = np.where(rng.random(n) < 0.7, 0, rng.integers(1, 6, n))
    free = people(rng, n).assign(first=points[0], second=points[1], third=points[2], bonus=bonus)
    written = points[0] + points[1] + points[2]
    return free, free.assign(
        written=written, total=written + bonus, share=np.round((written + bonus) / 105, 3)
    )


def stock(rng: Rng, n: int) -> Pair:
    first = np.round(np.exp(rng.normal(4, 0.8, n)), 2)
    last = np.round(first * np.exp(rng.normal(0, 0.02, n)), 2)
    free = pd.DataFrame({"open": first, "close": last})
    free = free.assign(volume=np.round(np.exp(rng.normal(10, 1, n))))
    change = np.round(last - first, 2)
    more = {"change": change, "percent": np.round(100 * change / first, 2)}
    return free, free.assign(**more, traded=np.round(free["volume"] * last))


def travel(rng: Rng, n: int) -> Pair:
    km = np.round(np.exp(rng.normal(3.5, 1, n)), 1)
    minutes = np.maximum(1, np.round(60 * km / np.clip(rng.normal(60, 15, n), 10, 130)))
    litres = np.round(km * rng.normal(7, 1, n) / 100, 2)
    price = np.round(rng.normal(1.7, 0.1, n), 3)
    free = pd.DataFrame({"km": km, "minutes": minutes, "litres": litres, "price": price})
    more = {"speed": np.round(60 * km / minutes, 1), "per100": np.round(100 * litres / km, 2)}
    return free, free.assign(**more, cost=np.round(litres * price, 2))


def bill(rng: Rng, n: int) -> Pair:
    net = np.round(np.exp(rng.normal(5, 0.8, n)), 2)
    vat = np.round(net * 0.19, 2)
    gross = np.round(net + vat, 2)
    part = np.round(gross * rng.choice([0.1, 0.25, 0.5], n), 2)
    free = people(rng, n).assign(net=net, prepaid=np.where(rng.random(n) < 0.4, part, 0.0))
    more = {"vat": vat, "gross": gross, "due": np.round(gross - free["prepaid"], 2)}
    return free, free.assign(**more)


def wages(rng: Rng, n: int) -> Pair:
    hours = np.round(rng.uniform(10, 45, n) * 4) / 4
    wage = np.round(np.exp(rng.normal(2.9, 0.3, n)), 2)
    bonus = np.where(rng.random(n) < 0.6, 0, np.round(rng.gamma(2, 50, n)))
    free = people(rng, n).assign(hours=hours, wage=wage, bonus=bonus)
    pay = np.round(hours * wage, 2)
    gross = np.round(pay + bonus, 2)
    pension, insurance = np.round(gross * 0.05, 2), np.round(gross * 0.0725, 2)
    more = {"pay": pay, "gross": gross, "pension": pension, "insurance": insurance}
    return free, free.assign(**more, net=np.round(gross - pension - insurance, 2))


def deposit(rng: Rng, n: int) -> Pair:
    price = np.round(np.exp(rng.normal(7, 0.6, n)), 2)
    free = people(rng, n).assign(price=price, months=rng.choice([3, 6, 12, 24], n))
    first = np.round(price * 0.2, 2)
    rest = np.round(price - first, 2)
    return free, free.assign(first=first, rest=rest, rate=np.round(rest / free["months"], 2))


def card(rng: Rng, n: int) -> Pair:
    net = np.round(np.exp(rng.normal(4, 0.8, n)), 2)
    state, town = np.round(net * 0.05, 2), np.round(net * 0.0975, 2)
    total = np.round(net + state + town, 2)
    fee = np.round(total * 0.029 + 0.3, 2)
    free = people(rng, n).assign(net=net)
    more = {"state": state, "town": town, "total": total, "fee": fee}
    return free, free.assign(**more, received=np.round(total - fee, 2))


def exchange(rng: Rng, n: int) -> Pair:
    eur, rate = np.round(np.exp(rng.normal(5, 1, n)), 2), np.round(rng.normal(1.1, 0.03, n), 4)
    free = people(rng, n).assign(eur=eur, rate=rate)
    usd = np.round(eur * rate, 2)
    fee = np.round(usd * 0.015, 2)
    return free, free.assign(usd=usd, fee=fee, paid=np.round(usd - fee, 2))


CHAINS: tuple[Maker, ...] = (
    loan,
    invoice,
    election,
    payroll,
    balance,
    meter,
    body,
    margin,
    credit,
    flight,
    fund,
    harvest,
    blood,
    exam,
    stock,
    travel,
    bill,
    wages,
    deposit,
    card,
    exchange,
)
