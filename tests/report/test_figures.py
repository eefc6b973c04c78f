"""Figures carry the data that they are given."""

import re
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from copulasynth import plots
from copulasynth.errors import DataError
from copulasynth.metrics import Score
from copulasynth.report.figures.style import canvas, label, svg


def axes_of(figure):
    assert isinstance(figure, Figure)
    return figure.axes[0]


def test_bars_are_the_shares_of_levels_and_the_rare_ones_are_told_in_words(evaluation):
    ax = axes_of(plots.column(evaluation, column="place"))
    column = evaluation.portrait.column("place")
    assert column.pooled == 2
    bars = [[b.get_height() for b in group] for group in ax.containers]
    for heights, role in zip(bars, ("real", "synthetic"), strict=True):
        assert np.allclose(heights, 100 * column.bins[role][:-1])
    pool = 100 * column.bins[["real", "synthetic"]].iloc[-1]
    assert ax.get_xlabel() == f"2 more levels: {pool['real']:.2g} % / {pool['synthetic']:.2g} %"


def test_bars_of_bins_have_areas_in_proportion_to_their_shares(evaluation):
    column = evaluation.portrait.column("income")
    ax = axes_of(plots.column(evaluation, column="income"))
    areas = np.array([b.get_height() * b.get_width() for b in ax.containers[0]])
    assert np.allclose(areas / areas.sum(), column.bins["real"] / column.bins["real"].sum())


def test_identical_tables_lie_on_the_line_of_the_quantile_plot(tables):
    ax = axes_of(plots.qq(tables[0], tables[0], column="income"))
    x, y = ax.lines[1].get_data()
    assert np.array_equal(x, y)
    assert len(x) > 20


def test_a_map_has_one_square_a_pair_that_stands_out(evaluation):
    found = evaluation.portrait.cramers_v
    ax = axes_of(plots.pairs(evaluation, show="real"))
    i, j = np.tril_indices(len(found.names), -1)
    strong = int((np.abs(found.real[i, j]) > 0.04).sum())
    assert len(ax.collections[0].get_paths()) == strong
    assert next(t.get_text() for t in ax.get_yticklabels()) == found.names[1]


def test_the_utility_map_shows_s_pmse(evaluation):
    d = len(evaluation.portrait.names)
    ax = axes_of(plots.spmse(evaluation, top=2.0))
    assert len(ax.texts) == d * (d - 1) // 2


def test_squares_of_cells_have_areas_in_proportion_to_their_shares(tables):
    figure = plots.cells(tables[0], tables[1], pair=("amount", "visits"))
    paths = axes_of(figure).collections[0].get_paths()
    sides = np.array([np.ptp(p.vertices[:, 0]) for p in paths])
    assert sides.max() <= 0.97
    assert len(sides) > 5


def test_a_mosaic_fills_the_square():
    rng = np.random.default_rng(1)
    a = pd.DataFrame({"g": rng.choice(["a", "b", "c"], 900), "h": rng.choice(["u", "v"], 900)})
    tiles = axes_of(plots.cells(a, a, pair=("g", "h"))).collections[0].get_paths()
    area = sum(np.ptp(t.vertices[:, 0]) * np.ptp(t.vertices[:, 1]) for t in tiles)
    assert len(tiles) == 6
    assert 0.93 < area < 1.0


def test_tail_curves_of_independent_columns_stay_near_their_null():
    rng = np.random.default_rng(4)
    n = 4000
    a = pd.DataFrame(rng.normal(size=(n, 2)), columns=["x", "y"])
    ax = axes_of(plots.tails(a, a, pair=("x", "y")))
    q, chi = ax.lines[0].get_data()
    # the joint exceedances are binomial with probability (1 - q)^2
    bound = 4 * np.sqrt((1 - q) ** 2 * n) / ((1 - q) * n)
    assert (np.abs(chi - (1 - q)) < bound).all()


def test_importances_are_sorted_bars(evaluation):
    widths = [b.get_width() for b in axes_of(plots.importances(evaluation)).patches]
    assert widths == sorted(widths, reverse=True)


def test_calibration_has_a_line_for_each_training_table(evaluation):
    table = evaluation.portrait.reliability
    ax = axes_of(plots.calibration(evaluation))
    for line, trained in zip(ax.lines[1:], ("real", "synthetic"), strict=True):
        assert np.allclose(line.get_ydata(), table.loc[table.trained == trained, "observed"])


def test_the_forest_plot_shows_every_term_of_both_fits(tables):
    from copulasynth.inference import compare_fits, fit_original, fit_synthetic

    formula = "income ~ visits + np.log1p(amount)"
    fits = compare_fits(
        fit_original(formula, tables[0]),
        fit_synthetic(formula, [tables[1]], n_original=len(tables[0])),
    )
    ax = axes_of(plots.forest(fits))
    assert len(ax.containers) == 2
    assert [t.get_text() for t in ax.get_yticklabels()] == list(fits.table.index)


def test_a_vine_tree_has_a_node_a_variable():
    from copulasynth.copulas import Vine, cells_of

    rng = np.random.default_rng(2)
    z = rng.normal(size=(300, 1)) + rng.normal(size=(300, 4))
    cells = cells_of(z, np.zeros(4, dtype=bool))
    copula = Vine(families="parametric", truncation=1).fit(cells, rng=np.random.default_rng(1))
    ax = axes_of(plots.vine(copula))
    assert len(ax.lines) == 3 + 1
    assert len(ax.lines[-1].get_xdata()) == 4


@pytest.mark.parametrize("kind", ["qq", "pp"])
def test_a_marginal_is_drawn_against_its_table(kind):
    from copulasynth import Gaussian, fit

    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"x": rng.normal(size=400), "y": rng.normal(size=400)})
    model = fit(frame, copula=Gaussian(), marginals="normal", rng=1)
    x, y = axes_of(plots.marginal(model, frame, column="x", kind=kind)).lines[1].get_data()
    # quantiles of a normal sample: standard errors are at most .25 at 10 of 400 rows
    assert np.abs(np.asarray(x) - np.asarray(y)).max() < 4 * 0.25


def test_the_choice_of_a_copula_and_a_comparison_are_drawn():
    seen = [
        {
            "candidate": name,
            "C2ST boosting": a,
            "C2ST forest": a + 0.01,
            "noise": 0.01,
            "chosen": name == "tree",
        }
        for name, a in (("gaussian", 0.6), ("tree", 0.55))
    ]
    model = SimpleNamespace(provenance=SimpleNamespace(selection=seen))
    names = [t.get_text() for t in axes_of(plots.selection(model)).get_yticklabels()]
    assert names == ["gaussian", "tree (chosen)"]
    scores = {
        m: {"c2st_boosting": Score("C2ST", v, v - 0.1, v + 0.1, 0.5, 0.5, 9)}
        for m, v in (("a", 0.6), ("b", 0.7))
    }
    ax = axes_of(plots.methods(SimpleNamespace(scores=scores)))
    assert [c[0].get_xdata()[0] for c in ax.containers] == [0.6, 0.7]


def test_a_figure_is_drawn_on_the_axes_that_are_given(evaluation):
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert plots.column(evaluation, column="place", ax=left) is figure
    assert plots.qq(evaluation, column="income", ax=right) is figure


def overlapping(figure):
    """Return the pairs of texts of a figure whose boxes touch."""
    figure.draw_without_rendering()
    texts = [t for t in figure.findobj(mpl.text.Text) if t.get_text() and t.get_visible()]
    texts = [t for t in texts if t.axes is None or t.axes.axison or t in t.axes.texts]
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts]
    return [
        (a, b)
        for k, (a, one) in enumerate(boxes)
        for b, other in boxes[:k]
        if one.padded(-1).overlaps(other.padded(-1))
    ]


@pytest.mark.parametrize("terms", [2, 9])
def test_title_legend_and_labels_of_a_forest_plot_do_not_collide(terms):
    rows = [
        {"term": f"np.log1p(some_column_{k})", "source": source, "z": k, "z_low": k - 1.0,
         "z_high": k + 1.0}
        for k in range(terms)
        for source in ("original", "synthetic")
    ]  # fmt: skip
    formula = "np.log1p(an_outcome_with_a_long_name) ~ " + " + ".join(r["term"] for r in rows)
    fits = SimpleNamespace(forest=pd.DataFrame(rows), formula=formula)
    for size in (None, (3.4, 2.2 + 0.2 * terms)):
        with plots.style(size=size, font_size=7):
            figure = plots.forest(fits)
        assert overlapping(figure) == []
        title = figure.axes[0].title if figure.axes[0].get_title() else figure.axes[0]._left_title
        assert title.get_window_extent().x1 <= figure.bbox.x1


@pytest.mark.parametrize("shape", ["star", "chain"])
def test_the_labels_of_a_vine_do_not_lie_on_each_other(shape):
    from copulasynth.copulas import Vine, cells_of

    rng = np.random.default_rng(3)
    steps = rng.normal(size=(300, 9))
    z = steps.cumsum(axis=1) if shape == "chain" else steps + 2 * steps[:, :1]
    copula = Vine(families="parametric", truncation=1).fit(
        cells_of(z, np.zeros(9, dtype=bool)), rng=np.random.default_rng(1)
    )
    assert overlapping(plots.vine(copula)) == []


def test_size_and_font_are_what_a_journal_asks_for_and_leave_no_trace(evaluation, tmp_path):
    with plots.style(size=(3.0, 2.0), font="DejaVu Serif", font_size=6):
        small = plots.column(evaluation, column="income")
    usual = plots.column(evaluation, column="income")
    assert tuple(small.get_size_inches()) == (3.0, 2.0)
    label = small.axes[0].yaxis.label
    assert (label.get_fontname(), label.get_fontsize()) == ("DejaVu Serif", 6)
    assert usual.axes[0].yaxis.label.get_fontname() == "DejaVu Sans"
    small.savefig(tmp_path / "small.pdf")
    assert (tmp_path / "small.pdf").stat().st_size > 1000


def test_signs_of_a_map_are_told_without_colours():
    real = pd.DataFrame(np.random.default_rng(1).normal(size=(400, 3)), columns=list("abc"))
    made = real.assign(b=real["a"] + 0.2 * real["b"], c=-real["a"] + 0.2 * real["c"])
    ax = axes_of(plots.pairs(real, made, measure="spearman"))
    squares, struck = ax.collections[:2]
    assert len(squares.get_paths()) == 3
    assert len(struck.get_paths()) == 2
    assert len(ax.child_axes) == 1


def test_the_verdict_and_the_columns_are_drawn(evaluation):
    ax = axes_of(plots.verdict(evaluation))
    found = [one for one in evaluation.verdict if np.isfinite(one.value)]
    assert [c[0].get_xdata()[0] for c in ax.containers] == [one.value for one in found]
    figure = plots.columns(evaluation, most=3, across=2)
    titles = [ax.get_title(loc="left") for ax in figure.axes if ax.axison]
    table = evaluation["total_variation"].table.sort_values("value", ascending=False)
    assert titles == [str(name)[:40] for name in table["column"][:3]]


def test_what_cannot_be_drawn_is_an_error(evaluation, tables):
    with pytest.raises(DataError, match="no quantiles"):
        plots.qq(evaluation, column="place")
    with pytest.raises(DataError, match="pass an evaluation"):
        plots.pairs(tables[0])
    with pytest.raises(DataError, match="no common column"):
        plots.column(tables[0], tables[1], column="nobody")


def test_drawing_leaves_the_settings_of_matplotlib_alone(evaluation):
    before = dict(mpl.rcParams)
    svg(plots.column(evaluation, column="place"), "k", "t")
    assert dict(mpl.rcParams) == before


def test_a_figure_can_be_saved_as_png_svg_and_pdf(evaluation, tmp_path):
    figure = plots.column(evaluation, column="place")
    for kind in ("png", "svg", "pdf"):
        figure.savefig(tmp_path / f"figure.{kind}")
        assert (tmp_path / f"figure.{kind}").stat().st_size > 1000


def test_names_with_unusual_characters_are_drawn_as_they_are():
    def draw(ax):
        ax.set_title(label("\x00$x_1$ 価格 <b>"))

    text = svg(canvas(draw), "k", 'a "title" <b>')
    assert "$x_1$ 価格 &lt;b&gt;" in text
    assert "\x00" not in text
    assert "<b>" not in text


def test_numbers_that_a_reader_reads_are_not_rounded_with_the_coordinates():
    def draw(ax):
        ax.set_title("0.01234")
        ax.plot([0, 1 / 3], [0, 1])

    text = svg(canvas(draw), "k", "t")
    assert ">0.01234<" in text
    assert not any(len(x) > 2 for x in re.findall(r"d=\"M \d+\.(\d+)", text))
