"""One table of methods: what each is called, where it is, what it takes, holds and costs.

`copulasynth.fit`, `copulasynth.compare`, run files, the command line, its help and the documents
read it. A new method is one row. What only its caller can complete, `External` and `InverseTree`,
has no name and is passed as an object.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from copulasynth.errors import DataError, did_you_mean
from copulasynth.synthesizers import cost
from copulasynth.synthesizers.cost import Cost, growing
from copulasynth.synthesizers.method import CALIBRATED, DEFAULTS, Method, checked, parameters

if TYPE_CHECKING:
    from copulasynth.copulas import Blend, Calibrated

__all__ = [
    "DEFAULTS",
    "METHODS",
    "Method",
    "expected_seconds",
    "is_foreign",
    "named",
    "refuse",
    "resolve",
    "row_of",
    "table",
]

_SCHEMA, _MARGINALS = frozenset({"schema"}), frozenset({"marginals", "schema"})
_JOINT = _MARGINALS | {"proper", "draws", "rules"}
_COPULAS, _HERE = "copulasynth.copulas.", "copulasynth.synthesizers."
_SEQUENCE = ("sequence.sampler:SequenceSampler", "sequence.sampler:StratifiedSampler")


def _calibration(knobs: "Calibrated", n: int, d: int) -> float:
    return expected_seconds(knobs.base, n, d) + cost.calibration(knobs, n, d)


def _blend(knobs: "Blend", n: int, d: int) -> float:
    return sum(expected_seconds(part, n, d) for part in knobs.parts)


def _copula(
    name: str, where: str, about: str, cost: Cost, stored: str, *, tried: bool = False,
    lean: Mapping[str, object] | None = None,
) -> Method:  # fmt: skip
    return Method(name, _COPULAS + where, about, "copula", _JOINT, cost, tried=tried,
                  lean=lean or {}, stored=_paths(_COPULAS, where, [stored]))  # fmt: skip


def _calibrated(plain: Method) -> Method:
    name, tried = plain.name + CALIBRATED, plain.tried or plain.name == "blend"
    about = f"{plain.name} copula, its pair tables made those of the data"
    stored = f"{_COPULAS}calibration.calibrated:CalibratedCopula"
    return replace(plain, name=name, about=about, cost=_calibration, tried=tried,
                   stored=(stored,), calibrated=True)  # fmt: skip


def _other(
    name: str, where: str, about: str, cost: Cost | None, *stored: str,
    takes: frozenset[str] = _SCHEMA, holds_rows: bool = True,
) -> Method:  # fmt: skip
    return Method(name, _HERE + where, about, "synthesizer", takes, cost, holds_rows,
                  stored=_paths(_HERE, where, stored))  # fmt: skip


def _paths(room: str, where: str, stored: Iterable[str]) -> tuple[str, ...]:
    """Return paths of classes: in the module of `where`, or in one of the room that is named."""
    module = where.partition(":")[0]
    return tuple(room + (s if ":" in s else f"{module}:{s}") for s in stored)


_ALL_COPULAS = (
    _copula("independence", "independence:Independence", "no dependence", growing(1e-8),
            "IndependenceCopula"),
    _copula("gaussian", "elliptical.gaussian:Gaussian", "normal scores and their correlations",
            cost.gaussian, "GaussianCopula", tried=True),
    _copula("student", "elliptical.student:Student", "as gaussian, with joint tails",
            growing(1e-5, 4e-8), "StudentCopula"),
    _copula("vine", "vine.fit:Vine", "a cascade of pair copulas", cost.vine,
            "vine.copula:VineCopula", tried=True, lean={"truncation": 1}),
    _copula("tree", "tree.fit:Tree", "conditional laws from bags of trees", cost.tree,
            "tree.copula:TreeCopula", tried=True, lean={"parents": 12}),
    _copula("mixture", "mixture.copula:Mixture", "a mixture of normal laws", growing(1e-5, 2e-7),
            "MixtureCopula"),
    _copula("blend", "blend:Blend", "rows of a tree or of a vine copula", _blend, "BlendCopula"),
)  # fmt: skip

#: Every method that has a name: "auto", "search", copulas, calibrated copulas, and other methods.
METHODS: tuple[Method, ...] = (
    Method("auto", "", "the copula that a rule names for the numbers of rows and variables",
           "rule", _JOINT | {"prefer"}),
    Method("search", "", "several copulas fitted to one half of the rows and judged on the other",
           "search", _JOINT | {"prefer"}),
    *_ALL_COPULAS,
    *map(_calibrated, _ALL_COPULAS),
    _other("bootstrap", "bootstrap:Bootstrap", "training rows as they are", growing(5e-7),
           "BootstrapSampler"),
    _other("independent", "independent:IndependentMarginals", "every column on its own",
           growing(1e-8), takes=_MARGINALS, holds_rows=False),
    _other("smote", "neighbours.smote:Smote", "points between neighbouring rows", growing(1.5e-6),
           "neighbours.smote_sampler:SmoteSampler"),
    _other("munge", "neighbours.munge:Munge", "values exchanged between neighbours",
           growing(2.5e-6), "neighbours.munge_sampler:MungeSampler"),
    _other("cart", "sequence.cart:SequentialCart", "each column from a tree of those before it",
           growing(0.0, 3e-7), "sequence.cart_law:CartLaw", "sequence.smooth_law:SmoothLaw",
           *_SEQUENCE),
    _other("parametric", "sequence.parametric:SequentialParametric",
           "each column from a regression on those before it", growing(0.0, 2e-7),
           *(f"sequence.parametric_laws:{law}Law" for law in ("Level", "NormalRank", "Ordered")),
           *_SEQUENCE, holds_rows=False),
    _other("kde", "neighbours.kde:Kde", "training rows with noise", growing(6e-7), "KdeSampler"),
    _other("kernel", "neighbours.kernel_copula:KernelCopula",
           "training ranks with noise, and marginals", growing(3e-5), "KernelCopulaSampler",
           takes=_MARGINALS),
    _other("copulas-gaussian", "foreign.peers:CopulasGaussian",
           "the Gaussian model of the package copulas", None),
    _other("copulas-vine", "foreign.peers:CopulasVine", "the vine of the package copulas", None),
)  # fmt: skip
_BY_NAME = {m.name: m for m in METHODS}
#: A generator of another package that knows nothing of this one.
_EXTERNAL = _other("External", "foreign.external:External", "any fit and sample", None)


def named(name: str) -> Method:
    """Return the row of a name.

    Raises
    ------
    DataError
        If no method is called so.
    """
    if name not in _BY_NAME:
        plain = name.removesuffix(CALIBRATED)
        if plain != name and plain in _BY_NAME:
            raise DataError(f"method {plain!r} cannot be calibrated; copulas can.")
        raise DataError(f"no method is called {name!r}; {did_you_mean(name, _BY_NAME)}")
    return _BY_NAME[name]


def resolve(method: object) -> tuple[Method, Any]:
    """Return the row of a name or an object, and the object; "auto" and "search" have none.

    Copula knobs are known by their ``fit(cells, ...)``. What does not take ``rng`` is wrapped by
    `External`.

    Raises
    ------
    DataError
        If the name is unknown or the object has no `fit`.

    Examples
    --------
    >>> resolve("smote")[1]
    Smote(...)
    """
    if not isinstance(method, str):
        made = checked(method)
        if is_foreign(made) and not _takes(made, "rng") and row_of(made).kind == "synthesizer":
            made = _EXTERNAL.make(obj=made)
        return row_of(made), made
    row = named(method)
    return row, None if row.chooses else row.make()


def row_of(made: object) -> Method:
    """Return the row of an object, or one that its signature tells."""
    cls = type(made)
    where = f"{cls.__module__}:{cls.__name__}"
    known = next((m for m in METHODS if m.where == where and not m.calibrated), None)
    if known is not None:
        return known
    if where == "copulasynth.copulas.calibration.calibrated:Calibrated":
        base = row_of(cast("Calibrated", made).base)
        return replace(base, name=base.name + CALIBRATED, cost=_calibration, calibrated=True)
    if next(iter(parameters(checked(made).fit)), "") == "cells":
        return Method(cls.__name__, where, "", "copula", _JOINT)
    takes = {"schema"} if _takes(made, "schema") else set()
    if is_dataclass(made) and any(f.name == "marginals" for f in fields(made)):
        takes.add("marginals")
    return Method(cls.__name__, where, "", "synthesizer", frozenset(takes), holds_rows=True)


def refuse(row: Method, settings: Mapping[str, object]) -> None:
    """Refuse settings that a method would not heed.

    Parameters
    ----------
    row : Method
    settings : mapping
        Values by the names in `DEFAULTS`; the default of one counts as not given.

    Raises
    ------
    DataError
        Which setting it is, and which the method takes.
    """
    for name, value in settings.items():
        if name not in row.takes and value != DEFAULTS[name]:
            takers = [m.name for m in METHODS if name in m.takes]
            few = len(takers) <= 2
            only = f" (only {' and '.join(map(repr, takers))} take it)" if few else ""
            taken = ", ".join(sorted(row.takes)) or "no setting"
            own = f", and the knobs {', '.join(row.knobs)}" if row.knobs else ""
            raise DataError(f"method {row.name!r} takes no {name}{only}; it takes {taken}{own}.")


def table() -> list[dict[str, str]]:
    """Return the table in words, a row a method; each copula can be calibrated as well."""
    return [
        {
            "method": m.name,
            "what it draws": m.about,
            "takes": ", ".join(sorted(m.takes)),
            "knobs": ", ".join(m.knobs),
            "keeps training rows": "yes" if m.holds_rows else "no",
        }
        for m in METHODS
        if not m.calibrated
    ]


def is_foreign(made: object) -> bool:
    """Say whether an object runs code of another package."""
    module = type(made).__module__
    ours = module.startswith("copulasynth.")
    return not ours or module.startswith("copulasynth.synthesizers.foreign.")


def expected_seconds(made: object, n: int, d: int) -> float:
    """Return about how many seconds of processor time a fit to n rows of d variables takes.

    Not a number where nobody measured.

    Examples
    --------
    >>> gaussian, vine = (named(name).make() for name in ("gaussian", "vine"))
    >>> expected_seconds(gaussian, 5000, 20) < expected_seconds(vine, 5000, 20)
    True
    """
    foretell = row_of(made).cost
    return float("nan") if foretell is None else foretell(made, n, d)


def _takes(made: object, name: str) -> bool:
    known = parameters(checked(made).fit)
    return name in known or any(p.kind is p.VAR_KEYWORD for p in known.values())
