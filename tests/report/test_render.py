"""The page: whole, repeatable, safe, small, and without rows."""

import html
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from copulasynth import plots
from copulasynth.errors import DataError
from copulasynth.evaluation import Evaluation, evaluate
from copulasynth.metrics.summary import portray
from copulasynth.report import render_html
from copulasynth.report.background import Background
from copulasynth.report.differences import differing
from copulasynth.report.front import front_of
from copulasynth.report.inline_pairs import joint_cells

HOSTILE = '<script>alert("x")</script> & $\\frac{1'
ORDER = ["overview", "rules", "columns", "pairs", "joint", "utility", "privacy", "methods"]
LIMIT = 5_000_000


class Outline(HTMLParser):
    """Collect ids, links, sections, and tags that must not be there."""

    def __init__(self):
        super().__init__()
        self.ids, self.links, self.sections, self.tags, self.outside = [], [], [], set(), []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.add(tag)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "section":
            self.sections.append(found["id"])
        for name in ("href", "xlink:href", "src"):
            if name in found:
                self.links.append(found[name])


def outline(page):
    found = Outline()
    found.feed(page)
    return found


def test_the_sections_come_in_the_order_of_reading_and_each_ends_in_plain_words(page):
    assert outline(page).sections == ORDER
    assert page.count('<aside class="plain"') == len(ORDER)


def test_the_same_evaluation_gives_the_same_bytes(evaluation, page):
    assert render_html(evaluation, origin="A test.") == page


def test_ids_are_unique_and_every_link_resolves_inside_the_page(page):
    found = outline(page)
    assert len(found.ids) == len(set(found.ids))
    inside = {link[1:] for link in found.links if link.startswith("#")}
    assert inside <= set(found.ids)
    assert {link for link in found.links if not link.startswith("#")} <= {"data:,"}


def test_the_page_needs_no_script_and_no_network(page):
    assert "script" not in outline(page).tags
    addresses = set(re.findall(r"(?:https?:)?//[\w./]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_hostile_names_are_text_and_never_markup(page):
    assert "<script>alert" not in page
    assert html.escape(HOSTILE, quote=False) in page.replace("&#34;", '"')
    assert "<b>" not in page


def test_every_figure_has_a_name_for_screen_readers(page):
    figures = [f for f in re.findall(r"<svg[^>]*>", page) if 'aria-hidden="true"' not in f]
    figures += re.findall(r'<span class="levels"[^>]*>', page)
    assert len(figures) > 20
    assert all('role="img"' in f and re.search(r'aria-label="[^"]{10,}"', f) for f in figures)
    assert page.count("<caption>") == page.count("<table>")


def test_colours_are_variables_so_that_the_page_has_a_dark_side(page):
    assert "prefers-color-scheme: dark" in page
    body = page[page.index("</style>") :]
    assert "var(--observed)" in body
    assert not re.search(r"fill: ?#(1a3c5a|4187bf|24292e)", body)


def test_no_extreme_value_and_no_rare_level_can_be_read(page, tables, evaluation):
    real = tables[0]
    assert "zanzibar" not in page
    digits = re.sub(r"[, ]", "", page)
    for column in ("amount", "income"):
        for value in (real[column].max(), real[column].nlargest(5).iloc[-1]):
            assert f"{value:.4f}".rstrip("0").rstrip(".") not in digits
    assert str(evaluation.portrait.k_min) == "10"


def test_no_row_of_numbers_with_decimals_appears(page, tables):
    """Values of three and more decimals are unique to a row; none may be printed."""
    body = page[page.index("</style>") :]
    shown = set(re.findall(r"\d+\.\d{3,}", body.replace(",", "")))
    for column in ("amount", "income"):
        values = {f"{v:.4f}".rstrip("0") for v in tables[0][column].dropna() if v > 100}
        assert not shown & {v for v in values if len(v.split(".")[1]) >= 3}


@pytest.mark.parametrize(("seed", "copied"), [(1, False), (2, True)])
def test_rare_levels_and_extremes_of_any_table_stay_hidden(seed, copied):
    """Also where the synthesis is a copy of the rows."""
    rng = np.random.default_rng(seed)
    n = 300
    names = [f"lvl{rng.integers(10**9)}" for _ in range(60)]
    real = pd.DataFrame(
        {
            "g": rng.choice(names, n, p=rng.dirichlet(np.full(60, 0.2))),
            "t": rng.standard_t(1.5, n),
            "e": np.exp(3 * rng.normal(size=n)),
        }
    )
    other = real if copied else real.sample(n, replace=True, random_state=seed)
    found = portray(real, other, parts=("columns", "pairs", "tails"), rng=1)
    page = render_html(Evaluation({}, found, ()))
    counts = real["g"].value_counts()
    for name in names:
        assert (name in page) <= (counts.get(name, 0) >= found.k_min)
    for column in ("t", "e"):
        values = real[column].sort_values().to_numpy()
        for value in (*values[:5], *values[-5:]):
            for text in (f"{value:.4g}", f"{value:.5g}", f"{value:,.3f}"):
                if len(text.strip("-0.").replace(".", "")) >= 4:
                    assert f">{text}<" not in page


def test_the_page_is_small(page):
    assert len(page.encode()) < LIMIT


def test_a_page_without_a_portrait_still_has_all_scores(evaluation):
    page = render_html(
        SimpleNamespace(
            scores=evaluation.scores, rows=evaluation.rows, notes=evaluation.notes, portrait=None
        )
    )
    assert outline(page).sections == ORDER
    assert "<svg" in page
    assert "TSTR" in page


def test_without_a_holdout_the_page_says_what_that_costs(tables):
    real, synthetic = (t[["income", "place"]].head(200) for t in tables[:2])
    found = evaluate(real, synthetic, metrics=["ks", "exact_copies"], rng=1)
    page = render_html(found)
    assert "than chance makes it takes a holdout and the metric dcr_share" in page
    assert "No holdout was given" in page


def test_many_columns_are_listed_and_only_the_most_different_drawn():
    rng = np.random.default_rng(5)
    d, drawn = 8, 2
    a = pd.DataFrame(rng.normal(size=(300, d)), columns=[f"v{j}" for j in range(d)])
    b = a.sample(frac=1, random_state=1, ignore_index=True)
    b["v7"] += 3
    found = evaluate(a, b, metrics=["ks"], rng=1)
    page = render_html(found, most_columns=drawn)
    assert page.count('<details class="card" id="column-') == drawn
    assert 'id="column-7"' in page
    assert "Columns that are not drawn" in page
    assert f"The {drawn} of {d} columns" in page


@pytest.mark.parametrize("kind", ["one column", "constant", "all missing", "few rows"])
def test_odd_tables_give_a_page(kind):
    rng = np.random.default_rng(3)
    a = pd.DataFrame({"x": rng.normal(size=80), "g": rng.choice(["a", "b"], 80)})
    if kind == "one column":
        a = a[["x"]]
    if kind == "constant":
        a["c"] = 1.0
    if kind == "all missing":
        a["m"] = np.nan
    if kind == "few rows":
        a = a.head(12)
    page = render_html(evaluate(a, a, metrics=["ks", "total_variation"], rng=1))
    assert outline(page).sections == ORDER


def test_an_evaluation_writes_its_own_page(tables, tmp_path):
    found = evaluate(*(t[["visits"]].head(60) for t in tables[:2]), metrics=["ks"], rng=1)
    found.to_html(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text() == render_html(found)
    assert render_html(found).startswith("<!DOCTYPE html>")


@pytest.fixture(scope="module")
def quick(tables):
    return evaluate(*tables[:2], metrics="quick", rng=1)


def test_quick_metrics_draw_no_map_of_what_they_did_not_measure(quick):
    page = render_html(quick)
    assert "S_pMSE" not in page.split('id="pairs"')[1].split("In plain words")[0]
    assert "V: observed below" not in page
    assert "Spearman&#39;s rho: observed below" in page
    assert "Largest differences of Cramér&#39;s V" in page
    assert "Pairs were not compared" not in page
    worst = quick["tv2"].table.sort_values("value", ascending=False)["columns"].iloc[0]
    assert re.search(f'<a href="#pairs">{worst.replace(":", " and ")}</a>', page)
    for draw in (plots.pairs, plots.spmse):
        with pytest.raises(DataError, match="quick metrics leave them out"):
            draw(quick)


def test_console_and_page_have_one_order_and_one_number_of_columns(quick):
    table = quick["total_variation"].table.sort_values("value", ascending=False)
    console = differing(quick.portrait, quick.scores)
    assert console["column"].tolist() == table["column"].tolist()
    assert console["share that differs"].tolist() == table["value"].tolist()
    first = front_of(Background.of(quick), ()).looks[1].links
    assert [name for _, name, _ in first] == table["column"].tolist()[:3]


def test_pairs_of_columns_that_follow_are_not_said_to_be_not_compared():
    a = np.random.default_rng(1).integers(0, 9, 300)
    real = pd.DataFrame({"a": a, "b": 2 * a + 1, "c": 3 * a})
    for metrics in ("quick", ["rules_kept"]):
        first = front_of(Background.of(evaluate(real, real, metrics=metrics, rng=1)), ())
        assert not first.looks[2].links
        assert "follows from others" in first.looks[2].none


def test_the_skewness_of_dates_is_a_number():
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(200) ** 2 % 997, "D")
    real = pd.DataFrame({"day": days, "x": np.arange(200.0)})
    page = render_html(evaluate(real, real, metrics=["ks"], rng=1))
    assert "skewness" in page
    assert "1970-01-01" not in page


def test_a_column_of_rare_levels_is_said_to_be_not_compared():
    names = [f"n{k % 250}" for k in range(500)]
    a = pd.DataFrame({"name": names, "x": np.arange(500) % 7})
    page = render_html(evaluate(a, a, metrics=["ks"], rng=1))
    assert "not compared: no level or bin of enough rows" in page
    assert "250 levels, each too rare to be shown" in page
    assert "name: shares of observed and synthetic rows; not compared" in page


def test_names_of_axes_are_whole_and_bins_are_called_by_where_they_begin(tables):
    long = "how satisfied with the service"
    sides = [t[["since", "visits"]].rename(columns={"visits": long}) for t in tables[:2]]
    (pair,) = portray(*sides, parts=("pairs",), rng=1).pairs
    drawn, _ = joint_cells(pair, "cells")
    names = re.findall(r">([^<>]*)</text>", drawn)
    assert {"since", long} <= {*names}
    assert not any("…" in name for name in names)
    assert any(re.fullmatch(r"from 20\d\d-\d\d-01", name) for name in names)


def test_maps_of_few_columns_have_cells_with_room_for_their_numbers(page):
    whole = re.search(r'<svg class="map".*?</svg>', page, re.DOTALL)[0]
    assert re.search(r'width="26(\.0)?" height="26(\.0)?"', whole)
