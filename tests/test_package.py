"""The package as a whole: quick to import, complete in its public names."""

import inspect
import pkgutil
import subprocess
import sys

import pytest

import copulasynth as cs
import copulasynth.copulas
import copulasynth.report
import copulasynth.synthesizers


@pytest.mark.parametrize("what", ["import copulasynth", "import copulasynth.cli.main"])
def test_importing_is_light(what):
    code = f"import sys; {what}; print(sorted(m for m in sys.modules if '.' not in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"pandas", "matplotlib", "sklearn", "statsmodels", "pyvinecopulib", "pyarrow", "scipy"}
    assert not heavy & set(eval(done.stdout))


def test_doors_load_what_all_who_pass_need_and_a_quick_judgement_learns_no_model():
    code = (
        "import sys; import copulasynth as cs; "
        "loaded = lambda *names: [n for n in names if n in sys.modules]; "
        "cs.fit, cs.load, cs.evaluate, cs.compare; "
        "print(loaded('sklearn', 'statsmodels', 'matplotlib', 'pyvinecopulib', 'jinja2', "
        "'scipy.stats', 'scipy.optimize', 'scipy.interpolate', 'scipy.spatial')); "
        "import pandas as pd; "
        "table = pd.DataFrame({'x': [1.5, 2, 3.1] * 9, 'g': list('abb') * 9}); "
        "cs.evaluate(table, table, metrics='quick', rng=1); print(loaded('sklearn', 'scipy.stats'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "[]"]


def test_every_public_name_resolves_and_is_listed():
    for package in (cs, cs.copulas, cs.synthesizers):
        assert dir(package) == package.__all__
        for name in package.__all__:
            assert getattr(package, name) is not None


@pytest.mark.parametrize("package", [cs, cs.copulas, cs.synthesizers, cs.report], ids=str)
def test_no_public_name_is_that_of_a_module_beside_it_which_would_take_its_place(package):
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    for name in modules & set(package.__all__):
        # once the module is imported, the package has it under this name
        assert inspect.ismodule(getattr(package, name))


def test_only_public_names_are_listed():
    assert not [name for name in dir(cs) if name.startswith("_") and name != "__version__"]
    assert {"fit", "load", "Schema", "plots"} <= set(dir(cs))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'smile'"):
        _ = cs.smile
