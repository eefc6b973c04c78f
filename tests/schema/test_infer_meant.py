"""Text that means a date, a measure or a number is no identifier with digits of its form."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.errors import FitWarning
from copulasynth.schema import Schema
from copulasynth.schema.infer_meant import meaning

RNG = np.random.default_rng(15)
N = 300
DAYS = pd.to_datetime("2019-01-01") + pd.to_timedelta(RNG.integers(0, 10**8, N), unit="s")
NUMBERS = RNG.permutation(10**4)[:N]
PAIRS = [(a, b) for a in range(100, 199) for b in range(60, 99)]
MEANT = {
    "zones": ([f"{t:%Y-%m-%dT%H:%M:%S}+0{1 + (3 < t.month < 11)}:00" for t in DAYS], "dates"),
    "days without years": ([f"{t:%a %d %b %H:%M:%S}" for t in DAYS], "dates"),
    "half seconds": ([f"{t:%Y-%m-%d %H:%M:%S}.{k % 2 * 5}" for k, t in enumerate(DAYS)], "dates"),
    "zeros in some": (
        [f"{t:%d/%m/%Y %H:%M:%S}" if k % 2 else f"{t.day}/{t.month}/{t:%Y %H:%M:%S}"
         for k, t in enumerate(DAYS)],
        "dates",
    ),
    "early": ([f"{300 + k:04d}-{1 + k % 12:02d}-{1 + k % 28:02d}" for k in range(N)], "dates"),
    "compact": ([f"{t:%Y%m%dT%H%M%S}Z" for t in DAYS], "dates"),
    "days and clock": ([f"{k // 24}d {k % 24:02d}:{k % 60:02d}:00" for k in NUMBERS], "times"),
    "spelled spans": ([f"{k // 60}h {k % 60}m" for k in NUMBERS], "times"),
    "ISO spans": ([f"PT{k // 60}H{k % 60}M0.5S" for k in NUMBERS], "times"),
    "pressures": ([f"{a}/{b}" for a, b in RNG.permutation(PAIRS)[:N]], "measures"),
    "sizes": ([f"{1 + k // 99} x {1 + k % 99} cm" for k in NUMBERS], "measures"),
    "degrees": ([f"{k // 60 % 90}°{k % 60:02d}'{k * 7 % 60:02d}\"N" for k in NUMBERS], "measures"),
    "Swiss": ([f"CHF {k // 999 + 1}'{k % 900 + 100}.-" for k in NUMBERS], "numbers"),
    "currencies": ([f"{'$€'[k % 2]}{k}.50" for k in NUMBERS], "numbers"),
    "units": ([f"{k / 10:.1f} {('kg', 'lb')[k % 2]}" for k in NUMBERS], "numbers"),
    "padded": ([f"{k:9.2f}" for k in NUMBERS], "numbers"),
}  # fmt: skip
#: What has digits and marks, and means nothing but itself.
NAMES = {
    "postal codes": [f"{1000 + k % 9000} {a}{b}" for k, a, b in zip(
        NUMBERS, "ABCDEF" * 50, "KLMNP" * 60, strict=True)],
    "social": [f"{100 + k % 800}-{10 + k % 89}-{k:04d}" for k in NUMBERS],
    "books": [f"978-3-16-{k:06d}-{k % 10}" for k in NUMBERS],
    "telephones": [f"+49151{k:07d}" for k in NUMBERS],
    "telephones in twos": [f"06.{k // 100:02d}.{k % 100:02d}.{k % 97:02d}.11" for k in NUMBERS],
    "machines": [f"{k // 256:02x}:{k % 256:02x}:0a:1b:2c:{k % 251:02x}" for k in NUMBERS],
    "files": [f"{k:05d}/{21 + k % 3}" for k in NUMBERS],
    "tags": [f"{k:05d}A" for k in NUMBERS],
    "numbers": [f"{k:05d}" for k in NUMBERS],
    "beyond ASCII": [f"{'ÄB'[k % 2]}{k:04d}" for k in NUMBERS],
    "signs": [f"№{k:04d}a" for k in NUMBERS],
}  # fmt: skip


@pytest.mark.parametrize("case", MEANT)
def test_what_means_something_gets_no_digits_of_its_form(case):
    texts, what = MEANT[case]
    texts = list(dict.fromkeys(texts))
    schema = Schema.infer(pd.DataFrame({"x": texts}))
    assert meaning(texts) == what
    assert (schema.column("x").kind, schema.column("x").writing) == ("identifier", "")
    assert f"column 'x' looks like {what}" in schema.notes[0]
    assert "--format" in schema.notes[0]
    assert not any(t in schema.notes[0] for t in texts)


@pytest.mark.parametrize("case", NAMES)
def test_names_of_digits_and_marks_keep_their_form(case):
    texts = list(dict.fromkeys(NAMES[case]))
    schema = Schema.infer(pd.DataFrame({"x": texts}))
    assert not meaning(texts)
    assert schema.column("x").kind == "identifier"
    assert schema.column("x").writing


def test_a_fit_warns_of_it_and_what_is_declared_counts():
    texts = MEANT["pressures"][0]
    df = pd.DataFrame({"x": texts, "y": range(len(texts))})
    with pytest.warns(FitWarning, match="column 'x' looks like measures.*nominal"):
        model = cs.fit(df[:60], copula="independence", rng=1)
    assert model.sample(2, rng=1)["x"].tolist() == ["id-0000001", "id-0000002"]
    assert Schema.infer(df, kinds={"x": "nominal"}).kinds["x"] == "nominal"
    declared = Schema.infer(df, formats={"x": "###/##"})
    assert declared.column("x").writing


def test_telephones_with_a_plus_are_names_and_signed_numbers_are_numbers():
    calls = [f"+4915{k:0{6 + k % 3}d}" for k in NUMBERS]
    assert Schema.infer(pd.DataFrame({"x": calls})).kinds["x"] == "identifier"
    changes = [f"{k - 5000:+d}" for k in NUMBERS]
    assert Schema.infer(pd.DataFrame({"x": [*changes, changes[0]]})).kinds["x"] == "integer"
