"""Damaged model files of every kind: a ModelFileError, or a model that draws; nothing else."""

import importlib
import json
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

import copulasynth as cs
from copulasynth import _untrusted, model_file
from copulasynth.errors import ModelFileError
from copulasynth.synthesizers.stored import STORED

sys.path.insert(0, str(Path(__file__).parents[1] / "validation"))
file_kinds, fuzz_files = map(importlib.import_module, ("file_kinds", "fuzz_files"))

#: Fitted in seconds; smaller kinds hold the same classes.
SLOW = ("vine", "blend", "marginals: parametric", "mixture", "student")
FILES, SEED = 200, 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kinds")
    with pytest.MonkeyPatch.context() as patch:
        kept = {k: v for k, v in file_kinds.KINDS.items() if not k.startswith(SLOW)}
        patch.setattr(fuzz_files, "KINDS", kept)
        fuzz_files.save_kinds(folder)
    return folder


def tags(data):
    """Return the types that a document names."""
    if isinstance(data, dict):
        own = {data["type"]} if isinstance(data.get("type"), str) else set()
        return own.union(*map(tags, data.values()))
    return set().union(*map(tags, data)) if isinstance(data, list) else set()


@pytest.mark.filterwarnings("ignore")
def test_the_files_that_are_damaged_hold_every_class_that_a_file_may_hold(folder):
    held = tags([json.loads(p.read_text()) for p in folder.glob("*.kind")])
    assert set(STORED) - held == {"student_copula", "mixture_copula"}


@pytest.mark.filterwarnings("ignore")
def test_hundreds_of_damaged_files_are_refused_or_draw(folder):
    outcomes = list(fuzz_files.tried(folder, SEED, 0, FILES))
    assert len(outcomes) == FILES
    assert [o for o in outcomes if fuzz_files.name_of(o[1]) not in fuzz_files.GOOD] == []
    assert {fuzz_files.name_of(result) for _, result, _ in outcomes} >= {"refused", "sampled"}


def places():
    """Yield every field of numbers of every class that a file may hold."""
    known, left = set(), [model_file.stored_class(path) for path in STORED.values()]
    while left:
        cls = left.pop()
        if cls in known:
            continue
        known.add(cls)
        for name, kind in model_file._fields(cls).items():
            left += model_file._classes(kind)
            if "numpy.ndarray" in str(kind) or kind is float:
                yield pytest.param(kind, id=f"{cls.__name__}.{name}")


@pytest.mark.parametrize("kind", list(places()))
@pytest.mark.parametrize("number", [np.nan, 1e308, -np.inf, 10**30, "1", None])
def test_no_field_takes_a_number_that_is_none_or_overflows(kind, number):
    data = number if kind is float else [[number]] if "tuple[numpy" in str(kind) else [number]
    if kind is float and number == 10**30:
        return
    if number == -np.inf and np.inf in getattr(kind, "__metadata__", ()):
        assert model_file._convert(kind, data, {}) == -np.inf
        return
    with pytest.raises((ValueError, TypeError, msgspec.ValidationError)):
        model_file._convert(kind, data, {})


@pytest.mark.parametrize("number", [2**31 + 1, -(2**62), 2**63, 2**64, 0.5])
def test_whole_numbers_of_arrays_cannot_wrap(number):
    with pytest.raises(ValueError, match=r"whole numbers|no int64"):
        _untrusted.checked_array(model_file._fields(cs_class("cart_law"))["offset"], [number, 1])


def cs_class(tag):
    return model_file.stored_class(STORED[tag])


def test_a_file_may_ask_for_numbers_in_proportion_to_its_size():
    few, many = _untrusted.FREE, _untrusted.FREE + 10 * _untrusted.EACH
    with _untrusted.allowance(10):
        _untrusted.spend(few)
        assert not _untrusted.affordable(many)
        with pytest.raises(ValueError, match="more than a file of its size may ask for"):
            _untrusted.spend(many - few + 1)
        _untrusted.spend(many - few)
    _untrusted.spend(1e30)


def changed(folder, tmp_path, kind, change):
    """Save a file of a kind after a change of its sampler."""
    document = json.loads((folder / f"{kind}.kind").read_text())
    change(document["model"]["sampler"])
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(document))
    return path


def wrap_counts(sampler):
    sampler["copula"]["trees"]["pieces"][:4] = [2**62] * 4


def wrap_offsets(sampler):
    law = next(law for law in sampler["laws"] if "offset" in law)
    law["offset"][1:3] = [2**62, -(2**62)]


FAULTS = {
    "counts that wrap": ("tree", wrap_counts),
    "offsets that wrap": ("cart", wrap_offsets),
    "offsets of leaves that wrap": ("inverse tree", lambda s: s.update(offset=[0, 2**62, 120])),
    "a bound that keeps no row": ("tree + calibration", lambda s: s["copula"].update(bound=2**63)),
    "a tiny scale": ("munge", lambda s: s.update(s=5e-324)),
    "a large scale": ("munge", lambda s: s.update(s=1e300)),
    "a tiny step": ("rules: orders", lambda s: s["following"].update(
        steps=[1e-320] * len(s["following"]["steps"]))),
    "an infinite step": ("rules: bills", lambda s: s["following"].update(
        steps=[{"$float": "inf"}] * len(s["following"]["steps"]))),
    "a count without end": (
        "marginal: negative_binomial", lambda s: s["marginals"][0].update(params=[1e15, 0.1])),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FAULTS)
def test_files_that_once_crashed_hung_or_failed_in_sample_are_refused(name, folder, tmp_path):
    kind, change = FAULTS[name]
    with pytest.raises(ModelFileError):
        cs.load(changed(folder, tmp_path, kind, change))


@pytest.mark.filterwarnings("ignore")
def test_counts_of_version_2_cannot_wrap_either(tmp_path):
    text = (file_kinds.FILES / "version2_tree.json").read_text()
    (tmp_path / "old.json").write_text(text.replace('"count": [', f'"count": [{2**62}, ').replace(
        '"count":[', f'"count":[{2**62},'))  # fmt: skip
    with pytest.raises(ModelFileError, match="whole numbers must lie within"):
        cs.load(tmp_path / "old.json")


@pytest.mark.filterwarnings("ignore")
def test_a_time_zone_opens_no_file(folder, tmp_path):
    text = (folder / "dates: cart.kind").read_text()
    assert "Europe/Berlin" in text
    path = tmp_path / "zone.json"
    path.write_text(text.replace("Europe/Berlin", "dateutil//etc/passwd"))
    with pytest.raises(ModelFileError):
        cs.load(path)


@pytest.mark.filterwarnings("ignore")
def test_few_words_cannot_ask_for_gigabytes(folder, tmp_path):
    def fill(sampler):
        trees, d = sampler["copula"]["trees"], len(sampler["copula"]["order"])
        bags = 15_000 // d
        one = {name: [1] * bags * d for name in ("pieces", "width")}
        trees.update(bags=bags, feature=[-1] * bags * d, cut=[], first=[0] * bags * d, **one)
        trees.update(count=[16384] * bags * d, moving=[], slope=[], centre=[])

    path = changed(folder, tmp_path, "tree", fill)
    assert path.stat().st_size < 400_000
    with pytest.raises(ModelFileError, match="more than a file of its size may ask for"):
        cs.load(path)


def test_wide_counts_are_inverted_exactly():
    from copulasynth.marginals.count import TABLE, Count

    wide = Count("negative_binomial", (1e5, 0.5), (0.0, 0.0))
    assert wide._top > TABLE
    u = np.array([1e-9, 0.01, 0.3, 0.5, 0.9, 0.999, 1 - 1e-12])
    k = wide.quantile(u)
    assert (wide._cdf(k) >= u).all()
    assert (wide._cdf(k - 1.0) < u).all()
    with pytest.raises(ValueError, match="counts beyond"):
        Count("negative_binomial", (1e15, 0.1), (0.0, 0.0))
