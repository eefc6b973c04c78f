"""Every door by which something leaves: nothing that only a few rows hold goes through."""

import io
import json
import re
import warnings
from functools import cache
from html import unescape

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from typer.testing import CliRunner

import copulasynth as cs
from copulasynth._masking import K_MIN, dominated, quantiles, shares, tells, without_values
from copulasynth.cli.main import app
from copulasynth.errors import DataError, FitWarning
from copulasynth.metrics.catalogue import CATALOGUE
from copulasynth.report.inspected import show_model

QUICK = [
    "ks",
    "wasserstein",
    "total_variation",
    "missing_rate",
    "moments",
    "tail_quantiles",
    "tail_index",
    "spearman",
    "cramers_v",
    "tv2",
    "tail_dependence",
    "utility_tables",
    "calibration_error",
    "dcr_share",
    "exact_copies",
]
#: What is planted in the real table, and in the holdout.
PEAKS = {"real": 48673921.53, "holdout": 59318467.29}
LEVELS = {"real": "zanzibar-qx", "holdout": "vaduz-wy"}
DATES = {"real": "1931-02-17", "holdout": "1902-11-23"}
CODES = {"real": -86429, "holdout": -97531}


def zeros(rng, n):
    return np.zeros(n)


def heavy(rng, n):
    return rng.lognormal(3, 1.2, n)


def normal(rng, n):
    return rng.normal(2000, 500, n).round(2)


def counts(rng, n):
    return rng.poisson(2, n).astype(float)


def millions(rng, n):
    return rng.lognormal(13, 1.2, n)


def few_values(rng, n):
    return rng.choice([0.0, 10.0, 25.0], n)


#: Law of the amounts, rows of each table, whether the synthesis is a copy of the real rows.
TABLES = [
    (heavy, 240, False),
    (heavy, 240, True),
    (zeros, 240, True),
    (normal, 240, True),
    (normal, 30, True),
    (counts, 240, True),
    (few_values, 240, True),
    (few_values, 60, False),
]


def make(law, n, seed, role=None):
    """Return rows of one law with the secrets of a role in rows of their own."""
    rng = np.random.default_rng(seed)
    days = pd.to_timedelta(rng.integers(0, 900, n), "D")
    order = ["low", "mid", "high", *LEVELS.values()]
    frame = pd.DataFrame(
        {
            "amount": law(rng, n),
            "place": rng.choice(["north", "south"], n, p=[0.6, 0.4]),
            "rank": rng.choice(order[:3], n),
            "since": pd.Timestamp("2020-01-01") + days,
            "coded": rng.normal(50, 10, n).round(1),
        }
    )
    frame.loc[rng.random(n) < 0.2, "coded"] = -8
    if role is not None:
        frame.loc[3, "amount"] = PEAKS[role]
        frame.loc[5, ["place", "rank"]] = LEVELS[role]
        frame.loc[7, "since"] = pd.Timestamp(DATES[role])
        frame.loc[9, "coded"] = CODES[role]
    return frame.assign(rank=pd.Categorical(frame["rank"], order, ordered=True))


def schema_of(real):
    return cs.Schema.infer(real, missing_codes={"coded": [-8, *CODES.values()]})


@cache
def judged(case):
    law, n, copied = TABLES[case]
    real, holdout = make(law, n, 1, "real"), make(law, n, 3, "holdout")
    synthetic = real if copied else make(law, n, 2)
    found = cs.evaluate(
        real, synthetic, holdout=holdout, metrics=QUICK, schema=schema_of(real), rng=1
    )
    return real, synthetic, holdout, found


def leaks(text):
    """Return the secrets that a text shows, however it writes numbers and dates."""
    text = unescape(text)
    numbers = [t.replace(",", "").rstrip(".") for t in re.findall(r"\d[\d,]*\.?\d*", text)]
    values = np.array([float(t) for t in numbers])
    seen = [level for level in LEVELS.values() if level in text]
    seen += [day for day in DATES.values() if day in text or day.replace("-", "") in numbers]
    seen += [code for code in CODES.values() if str(abs(code)) in numbers]
    for peak in PEAKS.values():
        # As it is, or as a mean of ten values of which the others are nothing beside it.
        near = any((np.abs(values / x - 1) < 1e-3).any() for x in (peak, peak / K_MIN))
        start = f"{peak:.2f}".replace(".", "")[:7]
        same = any(t.replace(".", "").lstrip("0").startswith(start) for t in numbers)
        seen += [peak] if near or same else []
    return seen


def printed(show):
    out = io.StringIO()
    show(Console(file=out, width=250))
    return out.getvalue()


def whole(frame):
    """Return a table as text, every digit of it."""
    return frame.to_csv(sep=";", float_format="%.12g") + frame.to_json(date_format="iso")


def doors(found):
    """Return what leaves by each door of an evaluation."""
    drawn = {
        "repr": repr(found) + repr(found.portrait) + "".join(map(repr, found.scores.values())),
        "notebook": found._repr_html_(),
        "console": printed(found.summary),
        "json": found.to_json(),
        "table": whole(found.table),
        "describe": whole(found.describe),
        "histograms": whole(found.histograms),
        "alignment": whole(found.alignment),
        "notes": " ".join(found.notes),
        "portrait": json.dumps(found.portrait.to_data()),
    }
    tables = {k: whole(s.table) for k, s in found.scores.items() if s.table is not None}
    return drawn | tables


@pytest.mark.parametrize("case", range(len(TABLES)))
def test_nothing_planted_leaves_by_a_door_of_an_evaluation(case):
    for name, text in doors(judged(case)[3]).items():
        assert not leaks(text), name


@pytest.mark.parametrize("case", [1, 4])
def test_nothing_planted_is_on_the_page_of_an_evaluation(case, tmp_path):
    judged(case)[3].to_html(tmp_path / "report.html")
    assert not leaks((tmp_path / "report.html").read_text())


@pytest.mark.parametrize("case", range(len(TABLES)))
def test_the_call_that_says_raw_shows_the_extremes_of_both_tables(case):
    """The control: what the doors hide is there to be seen, and `leaks` sees it."""
    real, synthetic, holdout, _ = judged(case)
    shown = cs.metrics.describe_raw(real, synthetic, holdout=holdout)
    assert set(leaks(whole(shown))) >= set(PEAKS.values())
    masked = cs.metrics.describe(real, synthetic, holdout=holdout)
    assert not leaks(whole(masked))
    assert "max" not in masked.columns.get_level_values(0)
    assert set(leaks(whole(real))) == {x["real"] for x in (PEAKS, LEVELS, DATES, CODES)}


def test_the_tables_and_the_page_of_all_other_metrics_show_nothing_planted(tmp_path):
    real, synthetic, holdout, _ = judged(0)
    others = sorted(set(CATALOGUE) - set(QUICK))
    found = cs.evaluate(real, synthetic, holdout=holdout, metrics=others, rng=1)
    found.to_html(tmp_path / "report.html")
    assert not leaks(found.to_json() + (tmp_path / "report.html").read_text())


class Refusing:
    """A method whose error names a value of the data."""

    def fit(self, df, *, rng=None):
        raise DataError(f"column 'amount' holds {df['amount'].max()} beside {LEVELS['real']!r}.")


@pytest.fixture(scope="module")
def compared():
    real = pd.concat([make(heavy, 200, 1, role) for role in ("real", "holdout")])
    methods = {"alone": "independent", "copy": "bootstrap", "no": Refusing()}
    real = real.reset_index(drop=True)
    return cs.compare(real, methods, metrics=QUICK, rng=2)


def test_nothing_planted_leaves_by_a_door_of_a_comparison(compared, tmp_path):
    compared.to_html(tmp_path / "report.html")
    texts = {
        "page": (tmp_path / "report.html").read_text(),
        "repr": repr(compared),
        "notebook": compared._repr_html_(),
        "console": printed(compared.summary),
        "json": compared.to_json(),
        "table": whole(compared.table),
        "failed": str(compared.failed),
    }
    assert "column 'amount'" in compared.failed["no"]
    for name, text in texts.items():
        assert not leaks(text), name


@pytest.mark.parametrize("marginals", ["auto", "parametric"])
def test_what_a_fit_records_of_marginals_names_no_extreme(marginals, tmp_path):
    real = make(millions, 400, 1, "real")[["amount", "coded"]]
    real.loc[11, "amount"] = -3.25
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        model = cs.fit(real, copula="gaussian", marginals=marginals, rng=1)
    kept = json.dumps([model.provenance.marginals, model.provenance.warnings], default=str)
    for text in (kept, printed(lambda c: show_model(model, candidates=True, console=c))):
        assert not leaks(text)
    assert "there are values of 0 or less" in kept or marginals == "auto"
    assert not leaks(repr(model) + model._repr_html_())


def test_the_maximum_does_not_follow_from_a_tail_ratio():
    real = make(millions, 400, 1, "real")[["amount", "coded"]]
    model = cs.fit(real, copula="gaussian", rng=1)
    for row in model.provenance.marginals:
        ratio = row.get("tail_ratio", np.nan)
        assert np.isnan(ratio) or ratio == float(f"{ratio:.1e}")


def test_the_command_line_and_a_run_write_nothing_planted(tmp_path):
    real, synthetic, holdout, _ = judged(0)
    for name, table in (("real", real), ("made", synthetic), ("held", holdout)):
        table.drop(columns="coded").to_csv(tmp_path / f"{name}.csv", index=False)
    out, scores = tmp_path / "report.html", tmp_path / "scores.json"
    paths = [str(tmp_path / f"{name}.csv") for name in ("real", "made", "held")]
    rest = ["-o", str(out), "--json", str(scores), "--metrics", "quick", "--seed", "1"]
    done = CliRunner().invoke(app, ["evaluate", *paths[:2], "--holdout", paths[2], *rest])
    assert done.exit_code == 0, done.output
    assert not leaks(done.output + out.read_text() + scores.read_text())
    spec = tmp_path / "run.toml"
    spec.write_text(
        f'[data]\npath = "{paths[0]}"\n[fit]\nmethod = "gaussian"\n[run]\nseed = 1\n'
        f'[evaluate]\nmetrics = ["ks", "moments", "tail_quantiles", "exact_copies"]\n'
        '[output]\nfolder = "out"\n'
    )
    done = CliRunner().invoke(app, ["run", str(spec)])
    assert done.exit_code == 0, done.output
    for name in ("evaluation.json", "report.html"):
        assert not leaks(next(tmp_path.rglob(f"out*/{name}")).read_text()), name
    assert not leaks(done.output)


@pytest.mark.parametrize("seed", range(20))
def test_masking_tells_nothing_of_fewer_than_k_min_rows(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 40, rng.integers(2, 30))
    found = shares(counts)
    assert not np.isfinite(found[(counts > 0) & (counts < K_MIN)]).any()
    lost = counts[np.isnan(found)].sum()
    assert lost == 0 or lost >= K_MIN or np.isnan(found).sum() == (counts > 0).sum()
    x = np.sort(rng.standard_t(2, 200))
    told = quantiles(x, [0.0, 0.5, 1.0])
    assert not np.isin(told, x).any()
    assert x[0] < told[0] or np.isnan(told[0])


def test_one_row_among_equal_ones_dominates_and_ten_do_not():
    x = np.zeros(300)
    assert tells(x)
    x[:9] = 5.0
    assert not tells(x)
    x[:10] = 5.0
    assert tells(x)
    assert dominated(np.r_[np.linspace(0, 1, 200), 1e6])


def test_a_message_keeps_names_and_counts_of_rows_and_no_value():
    text = "column 'age' needs 20 rows, has 97 at row 3, -1.5e3 and \"O'Neil\"; see v2."
    want = "column 'age' needs 20 rows, has .. at row .., .. and '..'; see v2."
    assert without_values(text, {"age"}) == want


def test_copies_of_one_real_row_do_not_make_its_values_tellable():
    g = np.random.default_rng(0)
    real = pd.DataFrame(
        {
            "k": np.r_[g.integers(0, 5, 299), 97],
            "x": np.r_[g.normal(size=299), 1234567.0],
            "d": pd.to_datetime(np.r_[g.integers(15_000, 15_100, 299), -21_475], unit="D"),
        }
    )
    found = cs.evaluate(real, pd.concat([real] * 200), metrics=["ks"], rng=1)
    told = found.to_json() + found.describe.to_string() + found.histograms.to_string()
    assert not re.search(r"1234567|1,235,000|\b97\b|97\.0|1911|-1855440000", told)


def test_a_column_of_any_kind_that_is_missing_throughout_ends_no_evaluation():
    g = np.random.default_rng(0)
    df = pd.DataFrame({"b": g.random(60) > 0.5, "s": g.choice(["u", "v"], 60), "x": g.random(60)})
    for name in df:
        assert cs.evaluate(df, df.assign(**{name: None}), metrics=["ks"], rng=1).scores
