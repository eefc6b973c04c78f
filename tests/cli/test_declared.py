"""What is said of columns on the command line, in run files and in schema files."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.errors import SpecError
from copulasynth.run.checks import read_spec
from tests.cli.conftest import here

RNG = np.random.default_rng(0)


@pytest.fixture
def folder(tmp_path):
    n = 60
    pd.DataFrame(
        {
            "paid": [f"{1 + i % 12:02d}/{1 + i % 9:02d}/2020" for i in range(n)],
            "price": [f"{v:.2f} EUR".replace(".", ",") for v in RNG.lognormal(3, 1, n)],
            "id": [f"K-{k:04d}" for k in RNG.permutation(n)],
            "remark": [f"this is a long remark about customer {i} in words" for i in range(n)],
        }
    ).to_csv(tmp_path / "t.csv", index=False)
    return tmp_path


def test_kinds_and_forms_are_declared_where_a_model_is_fitted(folder):
    asked = ["--kind", "remark=drop", "--format", "paid=%m/%d/%Y", "--format", "id=[A-Z]-####"]
    fit = ["fit", "t.csv", "-o", "m.json", "--method", "independent", "--seed", "1"]
    done = here([*fit, *asked], folder)
    assert done.returncode == 0, done.stderr
    schema = cs.load(folder / "m.json").schema
    assert schema.kinds == {
        "paid": "datetime", "price": "continuous", "id": "identifier", "remark": "drop"
    }  # fmt: skip
    forms = [c.writing for c in schema.columns]
    assert forms == ["%m/%d/%Y", "0,00 EUR", "Q-####", ""]


def test_free_text_is_refused_with_what_to_type_and_a_schema_leaves_it_out(folder):
    done = here(["fit", "t.csv", "-o", "m.json"], folder)
    assert done.returncode == 2
    assert "--kind remark=drop" in done.stderr
    assert (
        here(["schema", "t.csv", "-o", "s.toml", "--kind", "price=nominal"], folder).returncode == 0
    )
    kinds = cs.Schema.from_file(folder / "s.toml").kinds
    assert (kinds["remark"], kinds["price"]) == ("drop", "nominal")
    both = here(["fit", "t.csv", "-o", "m.json", "--schema", "s.toml", "--kind", "a=drop"], folder)
    assert "not both" in both.stderr
    bare = here(["fit", "t.csv", "-o", "m.json", "--format", "paid"], folder)
    assert "expected COLUMN=FORM" in bare.stderr


def test_a_run_file_declares_forms_and_init_lists_them(folder):
    assert here(["init", "t.csv", "-o", "r.toml"], folder).returncode == 0
    text = (folder / "r.toml").read_text(encoding="utf-8")
    assert '# paid = "%d/%m/%Y"' in text
    text = text.replace('# paid = "%d/%m/%Y"', 'paid = "%m/%d/%Y"')
    (folder / "r.toml").write_text(text, encoding="utf-8")
    assert read_spec(folder / "r.toml").spec.schema.formats == {"paid": "%m/%d/%Y"}
    (folder / "r.toml").write_text(text.replace("%m/%d/%Y", "%Q"), encoding="utf-8")
    with pytest.raises(SpecError, match=r"\[schema\.formats\] paid.*no form; forms are such as"):
        read_spec(folder / "r.toml")


def test_judges_and_treatments_are_told_what_columns_are(folder):
    bills = ["price=nominal", "remark=drop", "id=drop"]
    said = [f"--kind={item}" for item in bills] + ["--format=paid=%m/%d/%Y"]
    judged = here(["evaluate", "t.csv", "t.csv", "--metrics", "ks", "--seed", "1", *said], folder)
    assert judged.returncode == 0, judged.stderr
    treated = here(
        ["treat", "t.csv", "-o", "u.csv", "--k-min", "3", "--kind=price=drop", *said[1:]], folder
    )
    assert treated.returncode == 0, treated.stderr
    assert here(["init", "t.csv", "-o", "said.toml", *said], folder).returncode == 0
    spec = read_spec(folder / "said.toml").spec
    assert spec.schema.kinds == {"price": "nominal", "remark": "drop", "id": "drop"}
    assert spec.schema.formats == {"paid": "%m/%d/%Y"}
    wrong = here(["evaluate", "t.csv", "t.csv", "--kind", "prise=nominal"], folder)
    assert "did you mean 'price'" in wrong.stderr
