"""The table of marginals: what one door takes, every door takes."""

import warnings

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import copulasynth as cs
from copulasynth.cli.main import app
from copulasynth.errors import DataError, FitWarning, SpecError
from copulasynth.marginals import CHOICES, COUNTS, FAMILIES
from copulasynth.marginals.registry import families
from copulasynth.run import read_spec

RNG = np.random.default_rng(1)
TABLE = pd.DataFrame({"part": RNG.beta(2, 3, 50), "count": RNG.poisson(3, 50)})


def column_of(name: str) -> str:
    return "count" if CHOICES[name].discrete else "part"


def spec(tmp_path, name):
    path = tmp_path / "spec.toml"
    path.write_text(f'[data]\npath = "x.csv"\n[marginals]\n{column_of("auto")} = "{name}"\n')
    return path


@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_is_taken_by_a_fit_and_a_run_file(tmp_path, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        model = cs.fit(
            TABLE, copula="independence", marginals={"*": "empirical", column_of(name): name}, rng=1
        )
    assert model.sample(5, rng=1).shape == (5, 2)
    assert read_spec(spec(tmp_path, name)).spec.marginals == {"part": name}


def test_the_command_line_takes_a_choice_and_lists_all(tmp_path):
    data, out = tmp_path / "t.csv", tmp_path / "m.json"
    TABLE.to_csv(data, index=False)
    args = ["fit", data, "-o", out, "--method", "independent", "--seed", 1]
    done = CliRunner().invoke(app, [*map(str, args), "--marginals", "part=normal_mixture"])
    assert done.exit_code == 0, done.output
    rows = cs.load(out).provenance.marginals
    assert "normal_mixture" in {row["candidate"] for row in rows if row["chosen"]}
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["methods", "--marginals"]).output
    assert all(name in shown for name in CHOICES)


@pytest.mark.parametrize("marginals", ["lognormall", {"part": "lognormall"}, {"*": "lognormall"}])
@pytest.mark.parametrize("copula", ["gaussian", "auto", "kernel"])
def test_an_unknown_choice_is_refused_by_name(copula, marginals):
    with pytest.raises(DataError, match=r"'lognormall'; did you mean 'lognormal'\?"):
        cs.fit(TABLE, copula=copula, marginals=marginals)


def test_an_unknown_choice_of_a_run_file_is_refused_by_name(tmp_path):
    with pytest.raises(SpecError, match=r"line 4.*did you mean 'lognormal'\?"):
        read_spec(spec(tmp_path, "lognormall"))


def test_every_family_is_in_the_table_and_says_where_it_lives():
    assert {*FAMILIES, *COUNTS} < set(CHOICES)
    for name, family in FAMILIES.items():
        assert (CHOICES[name].support, CHOICES[name].tried) == (family.support, family.quick)
    assert families(discrete=True) == list(COUNTS)
    with pytest.raises(ValueError, match="'spline' is no family"):
        CHOICES["spline"].fit(np.arange(3.0))


def test_a_family_of_positive_values_gets_a_hurdle_for_zeros_whatever_its_kind():
    x = np.append(np.random.default_rng(2).lognormal(size=600), 0.0)
    for name in ("lognormal", "lognormal_mixture"):
        model = cs.fit(pd.DataFrame({"x": x}), copula="independence", marginals=name, rng=1)
        assert type(model.marginals[0]).__name__ == "Hurdle"
