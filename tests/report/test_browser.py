"""The report in a real browser: nothing missing, broken, or wider than the screen."""

import base64
import re
import shutil

import pytest

from copulasynth import privacy

pytestmark = pytest.mark.browser

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
return [...document.querySelectorAll('svg.figure')].map(e => {
  const r = e.getBoundingClientRect();
  return [e.getAttribute('aria-label'), r.width, r.height];
});
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
CUT = """
return [...document.querySelectorAll('svg.figure')].filter(e => {
  const box = e.getBoundingClientRect();
  return [...e.querySelectorAll('text')].some(t => {
    const r = t.getBoundingClientRect();
    return r.right > box.right + 2 || r.left < box.left - 2
      || r.bottom > box.bottom + 2 || r.top < box.top - 2;
  });
}).map(e => e.getAttribute('aria-label'));
"""
OVERLAPPING = """
return [...document.querySelectorAll('svg.figure')].map(e => {
  const slanted = t => (t.getAttribute('transform') || '').includes('rotate(-45');
  const boxes = [...e.querySelectorAll('text')].filter(t => !slanted(t))
    .map(t => [t.textContent, t.getBoundingClientRect()]).filter(x => x[1].width > 0);
  const found = [];
  for (let i = 0; i < boxes.length; i++) for (let j = 0; j < i; j++) {
    const a = boxes[i][1], b = boxes[j][1];
    const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (width > 2 && height > 3) found.push(boxes[i][0] + ' on ' + boxes[j][0]);
  }
  return [e.getAttribute('aria-label'), found];
}).filter(x => x[1].length);
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


@pytest.fixture(scope="module", params=[1280, 390], ids=["desktop", "phone"])
def opened(request, driver, page, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page, encoding="utf-8")
    metrics = {"width": request.param, "height": 900, "deviceScaleFactor": 1}
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", metrics | {"mobile": request.param < 500}
    )
    driver.get(path.as_uri())
    return driver


def test_every_figure_is_there_and_has_a_size(opened, page):
    sizes = opened.execute_script(SIZES)
    assert len(sizes) == page.count("<svg class=")
    assert [name for name, width, height in sizes if width < 150 or height < 80] == []


def test_every_anchor_resolves(opened):
    assert opened.execute_script(DANGLING) == []


def test_the_console_shows_no_error(opened):
    assert [entry for entry in opened.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_nothing_is_wider_than_the_screen(opened):
    widths = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    whole, seen = opened.execute_script(widths)
    assert whole <= seen
    assert opened.execute_script(OUTSIDE) == []


def test_no_text_is_cut_off_at_the_edge_of_a_figure(opened):
    assert opened.execute_script(CUT) == []


def test_no_label_lies_on_another(opened):
    assert opened.execute_script(OVERLAPPING) == []


def test_dark_and_light_have_different_paper(opened):
    colours = []
    for scheme in ("light", "dark"):
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        opened.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        script = "return getComputedStyle(document.body).backgroundColor"
        colours.append(opened.execute_script(script))
    assert colours == ["rgb(255, 255, 255)", "rgb(20, 24, 28)"]


@pytest.fixture(scope="module")
def gate_page(tables, tmp_path_factory):
    """The page of a table that fails everywhere, the longest that there is."""
    real, _, holdout = tables
    result = privacy.gate(real, real, holdout=holdout, policy=privacy.Policy(attacks=50), rng=1)
    path = tmp_path_factory.mktemp("gate") / "gate.html"
    result.to_html(path)
    return path.as_uri()


@pytest.mark.parametrize("width", [1400, 390])
def test_the_page_of_a_gate_fits_the_screen(driver, gate_page, width):
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.get(gate_page)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    assert driver.execute_script(OUTSIDE) == []


def test_the_page_of_a_gate_prints_on_two_sheets_at_most(driver, gate_page):
    driver.get(gate_page)
    printed = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    pages = re.findall(rb"/Type /Page\b", base64.b64decode(printed["data"]))
    assert 1 <= len(pages) <= 2
