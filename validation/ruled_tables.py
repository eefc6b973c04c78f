"""Tables full of relations between columns, as offices have them, and what must hold in each row.

Each maker takes a generator and a number of rows; `breaks` says which rows of a table, real or
drawn, break each relation. Gaps in what a relation compares count as obeyed where the table has
such gaps.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

__all__ = ["TABLES", "Ruled"]

Rng = np.random.Generator


class Ruled(NamedTuple):
    """A table of one kind, and its relations: each says which rows obey."""

    make: Callable[[Rng, int], pd.DataFrame]
    rules: Callable[[pd.DataFrame], dict[str, pd.Series]]


def near(a: pd.Series, b: pd.Series, room: float = 0.00501) -> pd.Series:
    """Return which numbers agree up to rounding, or lack both."""
    return ((a - b).abs() <= room) | (a.isna() & b.isna())


def days_from(rng: Rng, start: str, days: int, n: int) -> pd.Series:
    return pd.Series(pd.Timestamp(start) + pd.to_timedelta(rng.integers(0, days, n), unit="D"))


def orders(rng: Rng, n: int) -> pd.DataFrame:
    """Order lines: a price list, discount, fee below an amount, tax, returns, three dates."""
    price = np.round(np.exp(rng.normal(3, 1, 60)), 2)
    group = np.array(["home", "toys", "books", "garden"])[rng.integers(0, 4, 60)]
    product = np.minimum(rng.geometric(0.05, n) - 1, 59)
    ordered = days_from(rng, "2023-01-01", 700, n)
    shipped = ordered + pd.to_timedelta(rng.poisson(1.5, n), unit="D")
    arrived = shipped + pd.to_timedelta(1 + rng.poisson(3, n), unit="D")
    status = rng.choice(["delivered", "cancelled", "returned"], n, p=[0.82, 0.08, 0.1])
    quantity, discount = rng.integers(1, 6, n), rng.choice([0, 0, 0, 0.05, 0.1, 0.2], n)
    amount = np.round(price[product] * quantity, 2)
    net = np.round(amount * (1 - discount), 2)
    fee, tax = np.where(net >= 50, 0, 4.99), np.round(net * 0.2, 2)
    total = np.round(net + fee + tax, 2)
    return pd.DataFrame(
        {
            "ordered": ordered,
            "product": [f"P{k:03d}" for k in product],
            "group": group[product],
            "price": price[product],
            "quantity": quantity,
            "amount": amount,
            "discount": discount,
            "net": net,
            "fee": fee,
            "tax": tax,
            "total": total,
            "status": status,
            "shipped": shipped,
            "arrived": arrived.where(status != "cancelled"),
            "refund": np.where(status == "returned", total, 0.0),
        }
    )


def rules_of_orders(t: pd.DataFrame) -> dict[str, pd.Series]:
    return {
        "amount = price * quantity": near(t["amount"], t["price"] * t["quantity"]),
        "net = amount less discount": near(t["net"], t["amount"] * (1 - t["discount"])),
        "no fee from 50 on": t["fee"].eq(np.where(t["net"] >= 50, 0, 4.99)),
        "tax = net / 5": near(t["tax"], t["net"] / 5),
        "total = net + fee + tax": near(t["total"], t["net"] + t["fee"] + t["tax"]),
        "refund of what is returned": near(t["refund"], t["total"] * (t["status"] == "returned")),
        "ordered <= shipped < arrived": (t["ordered"] <= t["shipped"])
        & ((t["shipped"] < t["arrived"]) | t["arrived"].isna()),
        "cancelled never arrive": t["arrived"].isna().eq(t["status"] == "cancelled"),
        "one price a product": t.groupby("product")["price"].transform("nunique") == 1,
    }


def loans(rng: Rng, n: int) -> pd.DataFrame:
    """Loans: a grade's rate, annuities, what is left, ratios, parts of a date."""
    grade, term = np.minimum(rng.geometric(0.3, n) - 1, 6), rng.choice([36, 60], n)
    rate = np.array([5.5, 7.2, 9.9, 12.5, 15.3, 18.9, 22.4])[grade]
    principal = np.round(np.exp(rng.normal(9.3, 0.6, n)), -2)
    i = rate / 1200
    payment = np.round(principal * i / (1 - (1 + i) ** -term), 2)
    months = np.floor(rng.random(n) * term).astype(int)
    income = np.round(np.exp(rng.normal(10.8, 0.5, n)), -2)
    value = np.round(principal * rng.uniform(1.2, 6, n), -3)
    loan_to_value = np.round(100 * principal / value, 1)
    issued = days_from(rng, "2018-01-01", 2000, n)
    return pd.DataFrame(
        {
            "grade": np.array(list("ABCDEFG"))[grade],
            "rate": rate,
            "term": term,
            "principal": principal,
            "payment": payment,
            "months": months,
            "paid": np.round(payment * months, 2),
            "left": np.round(payment * term - np.round(payment * months, 2), 2),
            "income": income,
            "debt_ratio": np.round(1200 * payment / income, 2),
            "collateral": value,
            "loan_to_value": loan_to_value,
            "secured": np.where(loan_to_value <= 50, "strong", "weak"),
            "issued": issued,
            "month": issued.dt.strftime("%Y-%m"),
        }
    )


def rules_of_loans(t: pd.DataFrame) -> dict[str, pd.Series]:
    rates = dict(zip("ABCDEFG", [5.5, 7.2, 9.9, 12.5, 15.3, 18.9, 22.4], strict=True))
    i = t["rate"] / 1200
    return {
        "one rate a grade": t["rate"].eq(t["grade"].map(rates).astype(float)),
        "payment is an annuity": near(
            t["payment"], t["principal"] * i / (1 - (1 + i) ** -t["term"])
        ),
        "paid = payment * months": near(t["paid"], t["payment"] * t["months"]),
        "left = payment * term - paid": near(t["left"], t["payment"] * t["term"] - t["paid"]),
        "debt ratio": near(t["debt_ratio"], 1200 * t["payment"] / t["income"]),
        "loan to value": near(t["loan_to_value"], 100 * t["principal"] / t["collateral"], 0.0501),
        "secured by loan to value": t["secured"].eq(
            np.where(t["loan_to_value"] <= 50, "strong", "weak")
        ),
        "month of issued": t["month"].eq(t["issued"].dt.strftime("%Y-%m")),
        "months < term": t["months"] < t["term"],
    }


def claims(rng: Rng, n: int) -> pd.DataFrame:
    """Insurance: a year's policy, claims exactly where there is an amount, a deductible."""
    age, vehicle = rng.integers(18, 85, n), rng.choice(["car", "van", "bike"], n, p=[0.7, 0.1, 0.2])
    start = days_from(rng, "2021-01-01", 900, n)
    count = rng.poisson(0.25 + 0.3 * (age < 25), n)
    amount = np.where(count > 0, np.round(np.exp(rng.normal(7, 1, n)), 2), 0.0)
    deductible = rng.choice([0, 150, 300, 500], n)
    payout = np.round(np.maximum(0, amount - deductible), 2)
    base = 300 + 8 * np.abs(age - 45) + 200 * (vehicle == "car")
    premium = np.round(base * np.exp(rng.normal(0, 0.15, n)), 2)
    last = start + pd.to_timedelta(rng.integers(0, 365, n), unit="D")
    return pd.DataFrame(
        {
            "age": age,
            "young": np.where(age < 25, "Y", "N"),
            "vehicle": vehicle,
            "start": start,
            "end": start + pd.DateOffset(years=1),
            "claims": count,
            "amount": amount,
            "deductible": deductible,
            "payout": payout,
            "premium": premium,
            "tax": np.round(premium * 0.12, 2),
            "total": np.round(premium + np.round(premium * 0.12, 2), 2),
            "loss_ratio": np.round(payout / premium, 4),
            "last_claim": last.where(count > 0),
        }
    )


def rules_of_claims(t: pd.DataFrame) -> dict[str, pd.Series]:
    over = (t["amount"] - t["deductible"]).clip(lower=0)
    inside = (t["last_claim"] >= t["start"]) & (t["last_claim"] < t["end"])
    return {
        "young below 25": t["young"].eq(np.where(t["age"] < 25, "Y", "N")),
        "end a year after start": t["end"].eq(t["start"] + pd.DateOffset(years=1)),
        "claims > 0 exactly if amount > 0": (t["claims"] > 0).eq(t["amount"] > 0),
        "payout = max(0, amount - deductible)": near(t["payout"], over),
        "tax = .12 * premium": near(t["tax"], 0.12 * t["premium"]),
        "total = premium + tax": near(t["total"], t["premium"] + t["tax"]),
        "loss ratio": near(t["loss_ratio"], t["payout"] / t["premium"], 0.0000501),
        "a last claim exactly if claims > 0": t["last_claim"].notna().eq(t["claims"] > 0),
        "last claim within the policy": inside | t["last_claim"].isna(),
    }


def clinic(rng: Rng, n: int) -> pd.DataFrame:
    """A hospital: BMI and its class, pressures, days of care, costs shared with an insurer."""
    age = np.clip(rng.normal(55, 22, n), 0, 99).astype(int)
    weight = np.round(np.clip(20 + age * 0.6 + rng.normal(40, 12, n), 4, 180), 1)
    height = np.round(np.clip(150 + rng.normal(18, 9, n), 120, 205) / 100, 2)
    bmi = np.round(weight / height**2, 1)
    systolic = np.round(100 + 0.5 * age + rng.normal(0, 12, n))
    pressure = np.round(25 + np.abs(rng.normal(15, 8, n)))
    care, stay = rng.random(n) < 0.15, rng.poisson(4, n)
    intensive = np.where(care, np.minimum(1 + rng.poisson(1 + stay / 4), stay + 1), 0)
    lab, drugs = np.round(rng.gamma(2, 150, n), 2), np.round(rng.gamma(1.1, 200, n), 2)
    room = stay * 420 + intensive * 1500
    total = np.round(room + lab + drugs, 2)
    cover = rng.choice(["private", "public", "none"], n, p=[0.3, 0.6, 0.1])
    share = np.where(cover == "private", 0.1, np.where(cover == "public", 0.2, 1.0))
    asked = (age >= 15) & (age <= 49) & (rng.random(n) < 0.5)
    admitted = days_from(rng, "2022-01-01", 365, n)
    return pd.DataFrame(
        {
            "age": age,
            "weight": weight,
            "height": height,
            "bmi": bmi,
            "bmi_class": _bmi_class(pd.Series(bmi)),
            "systolic": systolic,
            "diastolic": systolic - pressure,
            "pulse_pressure": pressure,
            "admitted": admitted,
            "discharged": admitted + pd.to_timedelta(stay, unit="D"),
            "nights": stay,
            "intensive": care.astype(int),
            "intensive_days": intensive,
            "room": room,
            "lab": lab,
            "drugs": drugs,
            "total": total,
            "cover": cover,
            "patient_pays": np.round(total * share, 2),
            "insurer_pays": np.round(total - np.round(total * share, 2), 2),
            "pregnant": np.where(asked, rng.choice(["yes", "no"], n, p=[0.1, 0.9]), None),
        }
    )


def _bmi_class(bmi: pd.Series) -> pd.Series:
    edges, names = [-np.inf, 18.5, 25, 30, np.inf], ["under", "normal", "over", "obese"]
    return pd.cut(bmi, edges, right=False, labels=names).astype(str)


def rules_of_clinic(t: pd.DataFrame) -> dict[str, pd.Series]:
    share = t["cover"].map({"private": 0.1, "public": 0.2, "none": 1.0}).astype(float)
    return {
        "bmi = weight / height^2": near(t["bmi"], t["weight"] / t["height"] ** 2, 0.0501),
        "class of bmi": t["bmi_class"].eq(_bmi_class(t["bmi"])),
        "pulse pressure": near(t["pulse_pressure"], t["systolic"] - t["diastolic"]),
        "nights between dates": t["nights"].eq((t["discharged"] - t["admitted"]).dt.days),
        "intensive exactly if days": t["intensive"].eq((t["intensive_days"] > 0).astype(int)),
        "room by days": near(t["room"], 420 * t["nights"] + 1500 * t["intensive_days"]),
        "total of costs": near(t["total"], t["room"] + t["lab"] + t["drugs"]),
        "patient's share": near(t["patient_pays"], t["total"] * share),
        "insurer pays the rest": near(t["insurer_pays"], t["total"] - t["patient_pays"]),
        "asked from 15 to 49": t["pregnant"].isna() | t["age"].between(15, 49),
    }


def survey(rng: Rng, n: int) -> pd.DataFrame:
    """A survey: questions that are asked of some only, a score, age groups, retirement."""
    age = rng.integers(15, 90, n)
    middle = rng.choice(["employed", "unemployed", "student"], n, p=[0.7, 0.1, 0.2])
    status = np.where(age < 16, "student", np.where(age > 66, "retired", middle))
    works = status == "employed"
    hours = np.where(works, np.clip(np.round(rng.normal(38, 9, n)), 1, 80), np.nan)
    wage = np.where(works, np.round(np.exp(rng.normal(2.9, 0.4, n)), 2), np.nan)
    smoking = rng.choice(["never", "former", "current"], n, p=[0.5, 0.3, 0.2])
    children = np.where(age > 18, rng.poisson(1.4, n), 0)
    answers = rng.integers(1, 6, (n, 5)).astype(float)
    answers[rng.random(n) < 0.07] = np.nan
    education = np.where(age < 18, "none", rng.choice(["basic", "high", "college"], n))
    return pd.DataFrame(
        {
            "age": age,
            "age_group": _age_group(pd.Series(age)),
            "education": education,
            "status": status,
            "hours": hours,
            "wage": wage,
            "weekly": np.round(hours * wage, 2),
            "smoking": smoking,
            "cigarettes": np.where(smoking == "current", 1 + rng.poisson(12, n), np.nan),
            "children": children,
            "youngest": np.where(children > 0, rng.integers(0, 30, n), np.nan),
            **{f"q{k + 1}": answers[:, k] for k in range(5)},
            "score": answers.sum(axis=1),
        }
    )


def _age_group(age: pd.Series) -> pd.Series:
    names = ["15-24", "25-44", "45-64", "65+"]
    return pd.cut(age, [0, 25, 45, 65, 200], right=False, labels=names).astype(str)


def rules_of_survey(t: pd.DataFrame) -> dict[str, pd.Series]:
    questions = t[[f"q{k + 1}" for k in range(5)]]
    gaps = questions.isna()
    return {
        "age group": t["age_group"].eq(_age_group(t["age"])),
        "no education below 18": (t["age"] < 18).eq(t["education"] == "none"),
        "retired from 67 on": (t["age"] > 66).eq(t["status"] == "retired"),
        "hours and wage of employed": t["hours"].notna().eq(t["status"] == "employed")
        & t["wage"].notna().eq(t["status"] == "employed"),
        "weekly = hours * wage": near(t["weekly"], t["hours"] * t["wage"]),
        "cigarettes of smokers": t["cigarettes"].notna().eq(t["smoking"] == "current"),
        "no children up to 18": (t["age"] > 18) | (t["children"] == 0),
        "youngest exactly if children": t["youngest"].notna().eq(t["children"] > 0),
        "score is the sum": near(t["score"], questions.sum(axis=1, min_count=1)),
        "questions missing together": gaps.all(axis=1).eq(gaps.any(axis=1)),
    }


def energy(rng: Rng, n: int) -> pd.DataFrame:
    """Meter readings: parts of a time, tariffs, tax on a bill, a floor, a share, bands."""
    minutes = rng.integers(0, 200 * 48, n) * 30
    at = pd.Series(pd.Timestamp("2023-03-01") + pd.to_timedelta(minutes, unit="min"))
    day, night = np.round(rng.gamma(2, 4, n), 3), np.round(rng.gamma(1.5, 2, n), 3)
    total, tariff = np.round(day + night, 3), rng.choice(["flat", "dual"], n, p=[0.7, 0.3])
    cost = np.round(np.where(tariff == "flat", 0.25 * total, 0.3 * day + 0.12 * night), 2)
    tax = np.round((cost + 12.5) * 0.05, 2)
    solar = np.where(rng.random(n) < 0.8, 0, np.round(rng.gamma(2, 2, n), 3))
    return pd.DataFrame(
        {
            "at": at,
            "hour": at.dt.hour,
            "weekday": at.dt.day_name(),
            "weekend": at.dt.dayofweek >= 5,
            "day": day,
            "night": night,
            "kwh": total,
            "tariff": tariff,
            "cost": cost,
            "tax": tax,
            "bill": np.round(cost + 12.5 + tax, 2),
            "solar": solar,
            "export": np.round(np.maximum(0, solar - day), 3),
            "night_share": np.round(100 * night / total, 1),
            "level": _level(pd.Series(total)),
        }
    )


def _level(kwh: pd.Series) -> pd.Series:
    names = ["low", "middle", "high", "very high"]
    return pd.cut(kwh, [-1, 5, 10, 20, np.inf], right=False, labels=names).astype(str)


def rules_of_energy(t: pd.DataFrame) -> dict[str, pd.Series]:
    dual = 0.3 * t["day"] + 0.12 * t["night"]
    cost = (0.25 * t["kwh"]).where(t["tariff"] == "flat", dual)
    return {
        "hour": t["hour"].eq(t["at"].dt.hour),
        "weekday": t["weekday"].eq(t["at"].dt.day_name()),
        "weekend": t["weekend"].eq(t["at"].dt.dayofweek >= 5),
        "half hours": t["at"].dt.minute % 30 == 0,
        "kwh = day + night": near(t["kwh"], t["day"] + t["night"], 0.000501),
        "cost by tariff": near(t["cost"], cost),
        "tax": near(t["tax"], 0.05 * (t["cost"] + 12.5)),
        "bill = cost + tax + 12.5": near(t["bill"], t["cost"] + t["tax"] + 12.5),
        "export": near(t["export"], (t["solar"] - t["day"]).clip(lower=0), 0.000501),
        "share of the night": near(t["night_share"], 100 * t["night"] / t["kwh"], 0.0501),
        "level of kwh": t["level"].eq(_level(t["kwh"])),
    }


TABLES = {
    "orders": Ruled(orders, rules_of_orders),
    "loans": Ruled(loans, rules_of_loans),
    "claims": Ruled(claims, rules_of_claims),
    "clinic": Ruled(clinic, rules_of_clinic),
    "survey": Ruled(survey, rules_of_survey),
    "energy": Ruled(energy, rules_of_energy),
}
