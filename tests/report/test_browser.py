"""The report in a real browser: nothing missing, broken, or wider than the screen."""

import base64
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth import privacy
from copulasynth.metrics import Score
from copulasynth.metrics.catalogue import CATALOGUE, DEFAULT
from copulasynth.report import render_html

pytestmark = pytest.mark.browser

LONG = "the_plan_that_a_customer_has_chosen_or_was_given_in_2011"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)
SIZES = """
return [...document.querySelectorAll('svg[role="img"], .levels[role="img"]')].map(e => {
  const r = e.getBoundingClientRect();
  return [e.getAttribute('aria-label'), r.width, r.height];
}).filter(x => x[1] || x[2]);
"""
DANGLING = """
return [...document.querySelectorAll('a[href^="#"]')].map(a => a.getAttribute('href').slice(1))
  .filter(id => !document.getElementById(id));
"""
OUTSIDE = """
const wide = document.documentElement.clientWidth;
return [...document.querySelectorAll('main *')].filter(e => {
  if (e.closest('.scroll') || e.closest('svg') || e.closest('.canvas')) return false;
  const r = e.getBoundingClientRect();
  return r.width > 0 && (r.right > wide + 1 || r.left < -1);
}).map(e => e.tagName + ' ' + e.className);
"""
#: Texts beyond the edge of their figure, and texts of the page that are cut without a title.
CUT = """
const inside = (r, box) => r.right <= box.right + 2 && r.left >= box.left - 2
  && r.bottom <= box.bottom + 2 && r.top >= box.top - 2;
const figures = [...document.querySelectorAll('svg[role="img"]')].flatMap(e =>
  [...e.querySelectorAll('text')].filter(t =>
    !inside(t.getBoundingClientRect(), e.getBoundingClientRect()))
  .map(t => t.textContent + ' of ' + e.getAttribute('aria-label')));
const words = [...document.querySelectorAll('main span, main p, main h3, main li, main summary')]
  .filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0
    && getComputedStyle(e).overflowX !== 'visible' && !e.title);
const short = [...document.querySelectorAll('svg text')].filter(t =>
  t.textContent.includes('\u2026') && !t.closest('.figure') && !t.querySelector('title'));
return [...figures, ...words.concat(short).map(e => e.textContent)];
"""
OVERLAPPING = """
const kinds = 'svg[role="img"], .levels, .card summary, div.card, .tile, .looks';
return [...document.querySelectorAll(kinds)].map(e => {
  const slanted = t => (t.getAttribute('transform') || '').includes('rotate(-45');
  const leaves = e.matches('svg') ? 'text' : '.name, .share, .rest, .say, h3 > span, p, a';
  const boxes = [...e.querySelectorAll(leaves)].filter(t => !slanted(t) && !t.children.length)
    .map(t => [t.textContent, t.getBoundingClientRect()]).filter(x => x[1].width > 0);
  const found = [];
  for (let i = 0; i < boxes.length; i++) for (let j = 0; j < i; j++) {
    const a = boxes[i][1], b = boxes[j][1];
    const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (width > 2 && height > 3) found.push(boxes[i][0] + ' on ' + boxes[j][0]);
  }
  return [e.getAttribute('aria-label') || e.className, found];
}).filter(x => x[1].length);
"""
OPEN = "document.querySelectorAll('details').forEach(e => { e.open = true; });"
HEIGHT = "return document.documentElement.scrollHeight"
SERIOUS = """
const done = arguments[arguments.length - 1];
axe.run({resultTypes: ['violations'], preload: false}).then(found => done(found.violations
  .filter(v => ['serious', 'critical'].includes(v.impact))
  .map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | '))));
"""


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver")
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    control = shutil.which("chromedriver")
    if browser is None or control is None:
        pytest.skip("chromium and chromedriver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(executable_path=control)
    started = webdriver.Chrome(options=options, service=service)
    yield started
    started.quit()


def shown(driver, path, width):
    """Show a page on a screen of a width."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.get(path.as_uri())
    return driver


def sheets(driver):
    """Return how many sheets the page that is shown prints on."""
    printed = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    return len(re.findall(rb"/Type /Page\b", base64.b64decode(printed["data"])))


def in_scheme(driver, scheme):
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)


@pytest.fixture(scope="module")
def files(page, tmp_path_factory):
    """A page of odd names and a page of twenty columns, as files."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "odd.html").write_text(page, encoding="utf-8")
    (folder / "twenty.html").write_text(render_html(twenty_columns()), encoding="utf-8")
    return {path.stem: path for path in folder.iterdir()}


def twenty_columns():
    """Return an evaluation of 5,000 x 20 with every part of a page; judges' scores are made up."""
    table = cs.datasets.simulate_telecom(10_000, rng=1)
    table = table[table.columns[:20]].rename(columns={"plan": LONG})
    table["region"] = table["region"].map(lambda name: f"{name}, a region with a long name")
    train, made = cs.split(table, rng=1)
    found = cs.evaluate(
        train, made, holdout=made, metrics=["total_variation", "exact_copies"], rng=1
    )
    names = found.portrait.names
    parts = {key: scored(key, parts_of(CATALOGUE[key].part, names)) for key in DEFAULT}
    return replace(found, scores=parts | found.scores)


def scored(key, table):
    half = {"c2st_boosting": 0.63, "c2st_forest": 0.61, "dcr_share": 0.51}
    value = half.get(key, 0.1 if CATALOGUE[key].part in ("columns", "pairs") else 0.9)
    ideal = 0.5 if key in half else round(value)
    better = "closer" if key in half else "down" if ideal == 0 else "up"
    numbers = value, value - 0.02, value + 0.02, ideal, float(ideal), 5000
    return Score(key, *numbers, table, better=better)


def parts_of(part, names):
    """Return a table with the columns that the parts of a page show."""
    k = np.arange(15)
    numbers = {"real": 0.7, "synthetic": 0.6, "value": 0.86, "low": 0.8, "high": 0.92}
    pairs = {"first": np.take(names, k), "second": np.take(names, k + 1)}
    rules = {"kind": "order", "rule": [f"{names[j]} <= {names[j + 1]}" for j in k]}
    told = {
        "rules": rules | {"rows that could tell": 5000, "holdout": 1.0},
        "joint": {"column": np.take(names, k), "drop": 0.1 / (1 + k), "se": 0.02},
        "utility": {"target": np.take(names, k), "task": "classification"},
        "pairs": pairs | {"columns": [f"{names[j]}:{names[j + 1]}" for j in k]},
        "columns": {"column": np.take(names, k)},
        "privacy": {"quantile": k / 15, "distance to training": 0.1, "distance to holdout": 0.1},
    }
    return pd.DataFrame(told[part] | {"reference": 0.9} | numbers)


@pytest.fixture(scope="module", params=[1400, 390], ids=["desktop", "phone"])
def width(request):
    return request.param


@pytest.fixture(scope="module", params=["odd", "twenty"])
def opened(request, driver, files, width):
    return shown(driver, files[request.param], width)


def test_every_figure_has_a_size(opened):
    sizes = opened.execute_script(SIZES)
    assert len(sizes) > 10
    assert [name for name, width, height in sizes if width < 110 or height < 20] == []


def test_every_anchor_resolves(opened):
    assert opened.execute_script(DANGLING) == []


def test_the_console_shows_no_error(opened):
    assert [entry for entry in opened.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_nothing_is_wider_than_the_screen_closed_or_open(opened):
    widths = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    for script in ("", OPEN):
        opened.execute_script(script)
        whole, seen = opened.execute_script(widths)
        assert whole <= seen
        assert opened.execute_script(OUTSIDE) == []


def test_no_text_is_cut_off_and_none_lies_on_another(opened):
    opened.execute_script(OPEN)
    assert opened.execute_script(CUT) == []
    assert opened.execute_script(OVERLAPPING) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(driver, files, scheme):
    package = pytest.importorskip("axe_core_python")
    shown(driver, files["odd"], 390 if scheme == "dark" else 1400)
    in_scheme(driver, scheme)
    driver.execute_script(OPEN)
    driver.execute_script((Path(package.__file__).parent / "axe.min.js").read_text())
    found = driver.execute_async_script(SERIOUS)
    in_scheme(driver, "light")
    assert found == []


def test_dark_and_light_have_different_paper(driver, files):
    shown(driver, files["odd"], 1400)
    colours = []
    for scheme in ("dark", "light"):
        in_scheme(driver, scheme)
        script = "return getComputedStyle(document.body).backgroundColor"
        colours.append(driver.execute_script(script))
    assert colours == ["rgb(20, 24, 28)", "rgb(255, 255, 255)"]


def test_twenty_columns_are_read_on_ten_screens_and_printed_on_twelve_sheets(driver, files):
    shown(driver, files["twenty"], 1400)
    assert driver.execute_script(HEIGHT) <= 9000
    answer = "return document.querySelector('.looks').getBoundingClientRect().bottom"
    assert driver.execute_script(answer) <= 900
    assert 4 <= sheets(driver) <= 12


def test_a_column_opens_on_a_click_and_in_print(driver, files):
    shown(driver, files["odd"], 1400)
    seen = "return document.querySelector('.card .more table').checkVisibility()"
    assert not driver.execute_script(seen)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    printed = driver.execute_script(seen)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert printed
    driver.execute_script("document.querySelector('.card summary').click()")
    assert driver.execute_script(seen)


@pytest.fixture(scope="module")
def gate_page(tables, tmp_path_factory):
    """The page of a table that fails everywhere, the longest that there is."""
    real, _, holdout = tables
    result = privacy.gate(real, real, holdout=holdout, policy=privacy.Policy(attacks=50), rng=1)
    path = tmp_path_factory.mktemp("gate") / "gate.html"
    result.to_html(path)
    return path


@pytest.mark.parametrize("width", [1400, 390])
def test_the_page_of_a_gate_fits_the_screen(driver, gate_page, width):
    shown(driver, gate_page, width)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    assert driver.execute_script(OUTSIDE) == []


def test_the_page_of_a_gate_prints_on_two_sheets_at_most(driver, gate_page):
    driver.get(gate_page.as_uri())
    assert 1 <= sheets(driver) <= 2
