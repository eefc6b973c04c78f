"""Identifiers come back in their form, once each, and never as one of the table's own."""

import uuid

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import copulasynth as cs
from copulasynth import model_file
from copulasynth.errors import SchemaError
from copulasynth.schema import Schema
from copulasynth.schema.infer_pattern import beyond, find_pattern, unused
from copulasynth.schema.numbering import write_identifiers
from copulasynth.schema.patterns import is_pattern, read_pattern
from copulasynth.synthesizers.stored import STORED

N = 150
RNG = np.random.default_rng(0)
UPPER = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def luhn(text):
    digits = [int(c) for c in reversed(text) if c.isdigit()]
    return sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits)) % 10 == 0


def iban(text):
    moved = (text[4:] + text[:4]).replace(" ", "")
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def with_luhn(body):
    return next(body + str(k) for k in range(10) if luhn(body + str(k)))


def with_iban(country, body):
    return next(f"{country}{k:02d}{body}" for k in range(2, 99) if iban(f"{country}{k:02d}{body}"))


def letters(k):
    return "".join(RNG.choice(UPPER, k))


SEQUENCE = RNG.permutation(N) + 1
CASES = {
    "sequence": ([f"ID-{k:05d}" for k in SEQUENCE], "ID-#####", "ID-6####"),
    "no zeros": ([f"C{k}/x" for k in SEQUENCE], "C#{1,}/x", "C#{4,}/x"),
    "telephones": (
        [f"+49 171 {k}" for k in RNG.integers(10**6, 10**7, N)],
        "+49 171 #######",
        None,
    ),
    "plates": (
        [f"{letters(2)}-{RNG.integers(100, 999)}-{letters(2)}" for _ in range(N)],
        "[A-Z]{2}-###-[A-Z]{2}",
        None,
    ),
    "UUID": (
        [str(uuid.UUID(bytes=RNG.bytes(16), version=4)) for _ in range(N)],
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        None,
    ),
    "telephones without a country": (
        [f"07{k:09d}" for k in RNG.permutation(10**6)[:N]],
        "07#########",
        None,
    ),
    "cards": (
        [with_luhn(f"4000{k:011d}") for k in RNG.integers(0, 10**11, N)],
        "4" + "#" * 14 + "{luhn}",
        None,
    ),
    "accounts": (
        [with_iban("DE", f"{k:018d}") for k in RNG.integers(0, 10**18, N)],
        "DE{mod97}" + "#" * 18,
        None,
    ),
    "signs beyond ASCII": ([f"№{k:07d}ü" for k in RNG.permutation(10**6)[:N]], "№#######ü", None),
    "postal codes": ([f"{k:05d}" for k in RNG.permutation(4000)[:N] * 9], "#####", None),
}


@pytest.mark.parametrize("case", CASES)
def test_new_identifiers_have_the_form_are_new_and_occur_once(case):
    texts, form, part = CASES[case]
    assert find_pattern(texts).words == form
    schema = Schema.infer(pd.DataFrame({"id": texts}))
    column = schema.column("id")
    assert column.kind == "identifier"
    assert part in (None, column.writing)
    assert repr(form) in schema.notes[0]
    assert repr(column.writing) in schema.notes[0]
    made = write_identifiers(read_pattern(column.writing), np.arange(1, 20_001)).to_pylist()
    assert len(set(made)) == len(made)
    assert not set(made) & set(texts)
    data = model_file.to_data(schema)
    assert model_file.to_data(model_file.from_data(data, STORED)) == data


@pytest.mark.parametrize(("case", "passes"), [("cards", luhn), ("accounts", iban)])
def test_check_digits_are_right(case, passes):
    column = Schema.infer(pd.DataFrame({"id": CASES[case][0]})).column("id")
    made = write_identifiers(read_pattern(column.writing), np.arange(1, 500)).to_pylist()
    assert all(map(passes, made))
    assert len(set(map(len, made))) == 1


@pytest.mark.parametrize("make", [pa.table, pl.DataFrame, pd.DataFrame])
def test_rows_of_a_model_are_numbered_through_whatever_the_batch(make, tmp_path):
    model = cs.fit(
        make({"id": CASES["sequence"][0], "x": RNG.normal(size=N)}), copula="independence", rng=1
    )
    rows = pl.DataFrame(model.sample(300, rng=2))["id"].to_list()
    assert rows[:2] == ["ID-60000", "ID-60001"]
    parts = [pl.DataFrame(b)["id"].to_list() for b in model.iter_batches(300, batch_size=77, rng=3)]
    assert [name for part in parts for name in part] == rows
    model.write(tmp_path / "rows.csv", 300, rng=4)
    assert pd.read_csv(tmp_path / "rows.csv")["id"].tolist() == rows


def test_more_rows_than_the_form_has_room_for_get_longer_identifiers():
    texts = CASES["sequence"][0]
    pattern = read_pattern(Schema.infer(pd.DataFrame({"id": texts})).column("id").writing)
    made = write_identifiers(
        pattern, np.array([9_999, 10_000, 10_001, 110_000, 110_001])
    ).to_pylist()
    assert made == ["ID-69998", "ID-69999", "ID-600000", "ID-699999", "ID-6000000"]


def test_a_form_that_is_used_up_gets_a_digit_more():
    texts = [f"{k:03d}" for k in range(1000)]
    assert unused(find_pattern(texts), texts).words == "####"


def test_a_declared_pattern_leaves_out_the_table_and_is_settled_again_for_another(tmp_path):
    texts = [f"{letters(1)}{k}" for k in SEQUENCE]
    df = pd.DataFrame({"id": texts})
    column = Schema.infer(df, formats={"id": "[A-Z]##"}).column("id")
    assert column.kind == "identifier"
    drawn = set(write_identifiers(read_pattern(column.writing), np.arange(1, 2000)).to_pylist())
    assert len(drawn) == 1999
    assert not drawn & set(texts)
    path = tmp_path / "schema.toml"
    Schema.infer(pd.DataFrame({"id": CASES["sequence"][0]})).to_file(path)
    text = path.read_text(encoding="utf-8")
    assert 'pattern = "ID-6####"' in text
    later = pd.DataFrame({"id": [f"ID-{k:05d}" for k in range(60_000, 60_000 + N)]})
    assert Schema.from_file(path).complete(later).column("id").writing == "ID-66###"


def test_what_has_no_form_in_common_gets_the_usual_one_unless_the_table_has_it():
    names = [f"{a}{b}" for a in ("Anna", "Bo", "Cleo", "Didi") for b in map(str, UPPER)]
    assert Schema.infer(pd.DataFrame({"x": names})).column("x").writing == ""
    usual = [f"id-{k:07d}" for k in range(1, 200)]
    column = Schema.infer(pd.DataFrame({"x": usual})).column("x")
    assert column.writing == "id-6######"


def test_one_odd_value_does_not_hide_the_form():
    texts = [*CASES["sequence"][0], "unknown"]
    assert Schema.infer(pd.DataFrame({"x": texts})).column("x").writing == "ID-6####"


def test_numbers_that_name_rows_begin_beyond_a_power_of_ten():
    df = pd.DataFrame({"id": SEQUENCE, "x": RNG.normal(size=N)})
    model = cs.fit(df, copula="independence", rng=1)
    assert model.sample(3, rng=1)["id"].tolist() == [1000, 1001, 1002]
    assert beyond([9_999], 2**31 - 1) == 9_999
    assert beyond([2 * 10**9], 2**31 - 1) == 0


def test_a_model_file_holds_no_identifier_and_no_exact_range_of_them(tmp_path):
    texts = [f"K{k:08d}" for k in RNG.choice(10**8, N, replace=False)]
    df = pd.DataFrame({"id": texts, "x": RNG.normal(size=N)})
    cs.fit(df, copula="independence", rng=1).save(tmp_path / "model.json")
    text = (tmp_path / "model.json").read_text(encoding="utf-8")
    # two digits are the most that a table of so few rows needs
    assert not any(t[:4] in text for t in texts)


def test_an_export_keeps_the_form_and_says_how_many_rows_stand_behind_it(tmp_path):
    df = pd.DataFrame({"id": CASES["plates"][0], "no": SEQUENCE, "x": RNG.normal(size=N)})
    model = cs.fit(df, copula="independence", rng=1)
    model.export_release(tmp_path / "released.json", k_min=10)
    for left in (model, cs.load(tmp_path / "released.json")):
        held = left.disclose().set_index(["column", "what"])["rows"]
        assert held["id", "the form of its text"] == N // 2
        assert held["no", "a power of ten above all of its numbers"] == N
        assert left.schema.column("id").writing == model.schema.column("id").writing
    assert not set(left.sample(200, rng=1)["id"]) & set(df["id"])


def test_an_export_keeps_no_pattern_and_no_length_of_fewer_than_k_min_rows(tmp_path):
    few = [f"SECRET-{k:05d}" if k < 25 else None for k in range(N)]
    longest = [f"C{k}" for k in range(1, N)] + ["C123456789012"]
    df = pd.DataFrame({"few": few, "long": longest, "all": SEQUENCE, "x": RNG.normal(size=N)})
    df["all"] = [f"K{k:06d}" for k in SEQUENCE]
    model = cs.fit(df, kinds={"few": "identifier"}, copula="independence", rng=1)
    assert model.schema.column("few").writing.startswith("SECRET")
    assert model.schema.column("long").writing == "C#{13,}"
    assert Schema.infer(df).complete(df).column("long").behind == 1
    out = tmp_path / "released.json"
    model.export_release(out, k_min=100)
    left = cs.load(out).schema
    assert [left.column(c).writing for c in ("few", "long")] == ["new-#######"] * 2
    assert left.column("all").writing == model.schema.column("all").writing
    assert "SECRET" not in out.read_text(encoding="utf-8")
    held = model.disclose().set_index(["column", "what"])["rows"]
    assert held["long", "the form of its text"] == 1
    model.export_release(out, k_min=20)
    assert cs.load(out).schema.column("few").writing.startswith("SECRET")
    again = cs.load(out).export_release(tmp_path / "again.json", k_min=100)
    assert again.schema.column("few").writing == "new-#######"


@pytest.mark.parametrize(
    "words",
    ["", "abc", "[", "[a", "{luhn}", "#{0,}##", "#" * 65, "[a]{99}", "[A-Z]{0}", "#\n", "\\",
     "#{99,}", "[z-a]", "#{luhn}{luhn}", "[A-F0-9]{luhn}", "#{4,}#", "x" * 500],
)  # fmt: skip
def test_what_is_no_pattern_is_refused(words):
    assert not is_pattern(words)


def test_an_identifier_of_few_rows_gives_away_no_signs():
    df = pd.DataFrame({"id": [f"secret-{k}" for k in range(9)], "x": range(9)})
    schema = Schema.infer(df, kinds={"id": "identifier"})
    assert schema.column("id").writing == ""
    with pytest.raises(SchemaError, match=r"column 'id'.*no pattern"):
        Schema.infer(df, kinds={"id": "identifier"}, formats={"id": "[x"})


PARTS = st.sampled_from(["#", "[A-Z]", "[0-9a-f]", "-", "K", "ü", "\\#", "[89ab]"])


@settings(max_examples=60, deadline=None)
@given(st.lists(PARTS, min_size=1, max_size=14), st.data())
def test_no_row_is_numbered_like_a_given_one_or_like_another(parts, data):
    pattern = read_pattern("".join(parts))
    if pattern is None:
        return
    assert read_pattern(pattern.words) == pattern
    most = min(pattern.capacity, 400)
    rows = data.draw(st.lists(st.integers(1, most), min_size=1, max_size=60, unique=True))
    texts = write_identifiers(pattern, np.array(rows)).to_pylist()
    made = write_identifiers(unused(pattern, texts), np.arange(1, 3000)).to_pylist()
    assert len(set(made)) == len(made)
    assert not set(made) & set(texts)
