"""The package as a whole: quick to import, complete in its public names."""

import subprocess
import sys

import pytest

import copulasynth as cs


@pytest.mark.parametrize("what", ["import copulasynth", "import copulasynth.cli.main"])
def test_importing_is_light(what):
    code = f"import sys; {what}; print(sorted(m for m in sys.modules if '.' not in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"pandas", "matplotlib", "sklearn", "statsmodels", "pyvinecopulib", "pyarrow", "scipy"}
    assert not heavy & set(eval(done.stdout))


def test_every_public_name_resolves_and_is_listed():
    assert set(cs.__all__) <= set(dir(cs))
    for name in cs.__all__:
        assert getattr(cs, name) is not None
    assert set(cs.__all__) == {"__version__", *cs._HOME, *cs._MODULES}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'smile'"):
        _ = cs.smile
