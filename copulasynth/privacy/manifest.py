"""What goes with a release: how it came about and was judged, and the releases before it."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any

import pandas as pd

from copulasynth._paths import read_bytes
from copulasynth._plain import json_text, plain
from copulasynth._write import write_text
from copulasynth.errors import DataError
from copulasynth.model.provenance import versions
from copulasynth.privacy.gating import GateResult
from copulasynth.schema import Schema

__all__ = [
    "FORMAT",
    "about",
    "about_result",
    "add_release",
    "read_releases",
    "release_key",
    "release_manifest",
    "totals",
]

FORMAT, LOG, VERSION = "copulasynth-release", "copulasynth-releases", 1
#: Bytes of a log; a thousand releases take a tenth.
LARGEST = 10_000_000

#: Whole numbers of three digits and more, which no decimal point stands before or behind.
_WHOLE = re.compile(r"(?<![\d.,])(?:\d{1,3}(?:,\d{3})+|\d{3,})(?![\d.]*\d|,\d)")

SEEDS = (
    "The seed is kept by whoever made the release and is in none of its files: with it, a guess of "
    "the training table could be checked to the byte."
)
#: What is counted of each release.
COUNTED = ("tables", "rows", "models")


def about(n: int) -> int:
    """Return a number of people with two digits, so that one more or less is not seen.

    >>> about(4987), about(12), about(0)
    (5000, 12, 0)
    """
    return int(float(f"{n:.2g}"))


def about_result(result: GateResult) -> GateResult:
    """Return a result that may leave: about how many rows, numbers of three digits, no seed.

    Shares with all their digits, and notes, say to the row how many people there are; and whoever
    has the seed can check a guess of the training table to the byte.
    """
    sizes = result.sizes | {name: about(result.sizes[name]) for name in ("train", "holdout")}
    steps = tuple(
        replace(step, reason=_about_words(step.reason), findings=_about_table(step.findings))
        for step in result.steps
    )
    return replace(result, steps=steps, sizes=sizes, seed=None)


def _about_words(text: str) -> str:
    """Return a text whose whole numbers from 100 on have two digits.

    >>> _about_words("618 training and 1,237 holdout units, limit 0.0123")
    '620 training and 1,200 holdout units, limit 0.0123'
    """
    return _WHOLE.sub(lambda found: f"{about(int(found[0].replace(',', ''))):,}", text)


def _about_table(table: pd.DataFrame) -> pd.DataFrame:
    rough = {
        name: [
            float(f"{value:.3g}") if isinstance(value, float) else value for value in table[name]
        ]
        for name in table.columns
        if name not in ("measure", "verdict", "note")
    }
    return table.assign(**rough, note=[_about_words(str(note)) for note in table.note])


def release_manifest(
    result: GateResult,
    *,
    schema: Schema,
    settings: Mapping[str, Any],
    data: str,
    tables: int,
    rows: int,
    models: int = 0,
    treatments: object = (),
    suppressed: object = (),
    earlier: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return what goes with a release, as plain values.

    It holds no hash of the data, which would let anybody check a guess of them, and no seed.

    Parameters
    ----------
    result : GateResult
    schema : Schema
        Of the tables that leave.
    settings : mapping
        What was asked for; its hash tells two releases apart.
    data : str
        What the data are called, such as the name of their file.
    tables, rows, models : int
        What leaves: synthetic tables, the rows of each, and models.
    treatments, suppressed : table or sequence
        What was done to the training table before the fit, and to the model after it.
    earlier : sequence of mapping
        Earlier releases of the same data, from `read_releases`.

    Examples
    --------
    >>> import copulasynth as cs
    >>> from copulasynth import privacy
    >>> rows = [cs.datasets.simulate_telecom(400, rng=k)[["age", "data_mb"]] for k in range(3)]
    >>> found = privacy.gate(rows[0], rows[1], holdout=rows[2], rng=1)
    >>> schema = cs.Schema.infer(rows[1])
    >>> made = release_manifest(found, schema=schema, settings={}, data="usage", tables=1, rows=400)
    >>> made["rows"], made["parameters"]["learnt"], [s["name"] for s in made["not_run"]][-1]
    ({'train': 400, 'holdout': 400, 'synthetic': 400}, ['age', 'data_mb'], 'model file')
    """
    said = result.to_data()
    steps: Any = said["steps"]
    public = set(result.policy.public)
    unrun = [step for step in steps if step["verdict"] == "NOT RUN"]
    made = {
        "format": FORMAT,
        "version": VERSION,
        "release": release_key(settings),
        "data": data,
        "versions": versions(),
        "settings": settings,
        "schema": {"sha256": _schema_hash(schema), "columns": schema.kinds},
        "rows": {
            "train": about(result.sizes["train"]),
            "holdout": about(result.sizes["holdout"]),
            "synthetic": rows,
        },
        "tables": tables,
        "models": models,
        "unit": result.policy.unit,
        "parameters": {
            "public": [name for name in result.columns if name in public],
            "learnt": [name for name in result.columns if name not in public],
        },
        "treatments": treatments,
        "suppressed": suppressed,
        "differential_privacy": None,
        "gate": {"passed": result.passed, "policy": said["policy"], "steps": steps},
        "not_run": [{key: step[key] for key in ("step", "name", "reason")} for step in unrun],
        "seeds": SEEDS,
    }
    made["earlier"] = {"releases": list(earlier), **totals([*earlier, made])}
    return {key: plain(value) for key, value in made.items()}


def release_key(settings: Mapping[str, Any]) -> str:
    """Return what tells the releases of two settings apart; it says nothing of the data."""
    text = json.dumps(plain(dict(settings)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _schema_hash(schema: Schema) -> str:
    columns = [plain(column) for column in schema.columns]
    return hashlib.sha256(json.dumps(columns, sort_keys=True).encode()).hexdigest()


def totals(releases: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many tables, rows and models of the same data have left with all releases.

    Each of them says a little more about the same people.

    >>> totals([{"tables": 1, "rows": 10, "models": 0}, {"tables": 2, "rows": 5, "models": 1}])
    {'tables': 3, 'rows': 20, 'models': 1}
    """
    return {
        "tables": sum(one["tables"] for one in releases),
        "rows": sum(_rows(one) for one in releases),
        "models": sum(one["models"] for one in releases),
    }


def _rows(release: Mapping[str, Any]) -> int:
    rows = release["rows"]
    return int(release["tables"] * (rows["synthetic"] if isinstance(rows, Mapping) else rows))


def read_releases(path: str | PathLike[str], data: str | None = None) -> list[dict[str, Any]]:
    """Return the releases that a log holds, of some data or of all; none where there is no file.

    Raises
    ------
    DataError
        If the file is no such log.
    """
    try:
        log = json.loads(read_bytes(path, LARGEST))
    except FileNotFoundError:
        return []
    except (OSError, ValueError, RecursionError) as e:
        raise DataError(f"cannot read the log of releases {path}: {e}") from None
    entries = log.get("releases") if isinstance(log, dict) and log.get("format") == LOG else None
    if not isinstance(entries, list) or not all(map(_is_release, entries)):
        raise DataError(f"{path} is no log of releases; choose another [release] log")
    return [one for one in entries if data is None or one.get("data") == data]


def _is_release(entry: object) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("release"), str):
        return False
    return all(type(entry.get(name)) is int and entry[name] >= 0 for name in COUNTED)


def add_release(path: str | PathLike[str], manifest: Mapping[str, Any]) -> None:
    """Add a release to a log; one that is there already, of the same settings, is not again.

    Raises
    ------
    DataError
        If the file is no such log.
    """
    known = read_releases(path)
    entry = {
        "release": manifest["release"],
        "data": manifest["data"],
        "tables": manifest["tables"],
        "rows": manifest["rows"]["synthetic"],
        "models": manifest["models"],
    }
    if all(one["release"] != entry["release"] for one in known):
        text = json_text({"format": LOG, "version": VERSION, "releases": [*known, entry]})
        write_text(path, text)
