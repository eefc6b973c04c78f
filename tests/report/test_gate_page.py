"""The page of the release gate: every verdict and reason, to sign, and nothing of the tables."""

import html
import json
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from copulasynth import privacy
from copulasynth.cli.main import app
from copulasynth.metrics import Score
from copulasynth.report import render_html
from copulasynth.report.grid import number
from copulasynth.report.release import release_sheet

N = 400
HOSTILE = '<b onclick="x()">pay & more'


def rows(n, seed):
    """Return n rows of numbers with many digits; `place` has a level of three rows."""
    g = np.random.default_rng(seed)
    z = g.normal(size=(n, 2))
    place = g.choice(["north", "south"], n).astype(object)
    place[:3] = "zanzibar-rare"
    pay = np.exp(z[:, 0] + 8)
    return pd.DataFrame({HOSTILE: pay, "score": z[:, 0] + z[:, 1], "place": place})


TRAIN, HELD, FRESH = rows(N, 1), rows(2 * N, 2), rows(N, 3)


def gated(made, held=HELD, **settings):
    policy = privacy.Policy(**{"attacks": 100, **settings})
    return privacy.gate(TRAIN, made, holdout=held, policy=policy, rng=7)


@pytest.fixture(scope="module")
def results():
    return {
        "pass": gated(FRESH, public=["place"], auc=0.6, power=0.7),
        "fail": gated(TRAIN),
        "NOT RUN": gated(FRESH, held=None),
    }


class Texts(HTMLParser):
    """Collect tags, and the texts of every row of a table."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.rows, self.text = set(), [], ""
        self._cell = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag):
        self._cell = self._cell and tag not in ("td", "th")

    def handle_data(self, data):
        self.text += data
        if self._cell:
            self.rows[-1][-1] += data


@pytest.mark.parametrize("verdict", ["pass", "fail", "NOT RUN"])
def test_every_step_has_its_verdict_and_every_measure_its_numbers(results, verdict):
    result = results[verdict]
    seen = Texts(result.to_html()).rows
    for step in result.steps:
        title = f"{step.number} {step.name}"
        row = next(k for k, cells in enumerate(seen) if cells[0] == title)
        assert seen[row][1] == step.verdict
        if step.verdict == "NOT RUN" and step.reason:
            assert step.reason in seen[row][2]
        first = step.findings.sort_values("verdict", key=lambda v: v != "fail", kind="stable")
        for k, found in enumerate(first.head(8).itertuples()):
            cells = seen[row + 1 + k]
            assert cells[0].startswith(found.measure)
            assert cells[1] == (found.verdict or "no limit")
            assert cells[2] == number(float(found.value))
            assert cells[4:] == [number(float(found.limit)), number(float(found.smallest))]


@pytest.mark.parametrize("verdict", ["pass", "fail", "NOT RUN"])
def test_the_verdict_stands_first_and_what_was_not_tested_is_listed(results, verdict):
    page = results[verdict].to_html()
    text = Texts(page).text
    assert f"<strong>{verdict.upper()}</strong>" in page
    assert page.index("<strong>") < page.index("<section")
    part = text[text.index("What was not tested") : text.index("What a pass does not mean")]
    for step in results[verdict].steps:
        assert (f"{step.number} {step.name}: {step.reason}" in part) is (step.verdict == "NOT RUN")
    for words in ("Who decides", "may be released", "Date, signature", "no guarantee of privacy"):
        assert words in text


def test_what_was_tested_is_told_with_seed_versions_and_changed_limits(results):
    page = render_html(results["pass"], origin="made.csv against train.csv")
    text = Texts(page).text
    for words in (
        "made.csv against train.csv",
        "400 synthetic rows, 3 columns",
        "400 training rows",
        "800 rows (the holdout)",
        "every row counts as one person",
        "auc 0.6 (default 0.52)",
        "public place (default none)",
        f"seed 7; copulasynth {results['pass'].to_data()['versions']['copulasynth']}",
    ):
        assert words in text
    assert "the default in every limit" in Texts(gated(FRESH, None, attacks=1000).to_html()).text
    assert "nothing: no holdout was given" in Texts(results["NOT RUN"].to_html()).text


def test_a_unit_other_than_rows_is_told():
    shared = [
        t.assign(who=[f"{k}{j // 2}" for j in range(len(t))]) for k, t in enumerate((TRAIN, HELD))
    ]
    policy = privacy.Policy(unit="who", attacks=50)
    made = FRESH.assign(who=[f"2{j // 2}" for j in range(N)])
    result = privacy.gate(shared[0], made, holdout=shared[1], policy=policy, rng=1)
    assert "all rows of one who" in result.to_html()


@pytest.mark.parametrize("verdict", ["pass", "fail"])
def test_no_value_and_no_rare_level_of_a_table_is_on_the_page(results, verdict):
    text = Texts(results[verdict].to_html()).text
    assert "zanzibar" not in text
    for table in (TRAIN, HELD, FRESH):
        for name in (HOSTILE, "score"):
            told = [f"{abs(x):.5g}" for x in table[name]]
            assert not [x for x in told if len(x.strip("0.").replace(".", "")) > 4 and x in text]


def test_the_page_is_safe_whole_and_repeatable(results, tmp_path):
    page = results["fail"].to_html(tmp_path / "gate.html")
    assert (tmp_path / "gate.html").read_text(encoding="utf-8") == page == results["fail"].to_html()
    seen = Texts(page)
    assert {"script", "b", "img", "link rel=stylesheet"}.isdisjoint(seen.tags)
    assert html.escape(HOSTILE, quote=False) in page.replace("&#34;", '"')
    assert not re.findall(r"https?://", page)
    assert "@page" in page


def test_verdicts_are_told_apart_without_colours(results):
    page = results["fail"].to_html()
    for sign in ('.v-worse::before { content: "✗ "', '.v-good::before { content: "✓ "'):
        assert sign in page
    assert 'class="v-worse">fail' in page
    assert 'class="v-good">pass' in page
    assert 'class="v-unknown">NOT RUN' in page


def test_a_step_with_many_measures_stays_short_and_says_so(results):
    """Two hundred columns that fail would not be read, and the page is to be printed."""
    step = results["fail"].steps[2]
    many = pd.concat([step.findings] * 60, ignore_index=True)
    object.__setattr__(step, "findings", many)
    seen = release_sheet(results["fail"], "").steps[2]
    assert len(seen.measures) == 8
    assert seen.more == len(many) - 8
    assert all(row[1] == "fail" for row in seen.measures)


def test_a_report_shows_the_gate_among_what_it_says_of_privacy(results):
    score = Score("KS", 0.1, 0.05, 0.15, 0.1, 0.0, N)
    sizes = {"real": N, "synthetic": N}
    judged = SimpleNamespace(scores={"ks": score}, rows=sizes, notes=(), portrait=None)
    gate = results["NOT RUN"]
    page = render_html(judged, gate=gate)
    part = page[page.index('<section id="privacy"') : page.index('<section id="methods"')]
    assert gate.sentence in part
    cells = [row[:2] for row in Texts(part).rows]
    assert [[f"{s.number} {s.name}", s.verdict] for s in gate.steps] == cells[-len(gate.steps) :]
    assert "Release gate" not in render_html(judged)


def test_the_ending_of_the_file_decides_and_both_can_be_had(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, table in {"train": TRAIN, "made": FRESH}.items():
        table.to_csv(f"{name}.csv", index=False)
    (tmp_path / "policy.toml").write_text("required = [0, 1]")
    gate = ["gate", "train.csv", "made.csv", "--policy", "policy.toml", "--seed", "3"]
    done = CliRunner().invoke(app, [*gate, "-o", "gate.html", "--json", "all.json"])
    assert done.exit_code == 0
    page = (tmp_path / "gate.html").read_text(encoding="utf-8")
    assert "made.csv against train.csv, without a holdout; policy policy.toml" in page
    told = json.loads((tmp_path / "all.json").read_text())
    assert told["seed"] == 3
    assert f"{told['rows']['train']} training rows" in page
    assert CliRunner().invoke(app, [*gate, "-o", "gate.json"]).exit_code == 0
    assert json.loads((tmp_path / "gate.json").read_text()) == told
    refused = CliRunner().invoke(app, [*gate, "-o", "gate.pdf"])
    assert "ends in .html (a page) or .json" in str(refused.exception)
    assert not (tmp_path / "gate.pdf").exists()
