"""Is the dependence of a fitted model that of a table? Tests and curves, as tables."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import ndtr

from copulasynth import copulas
from copulasynth._arrays import Floats, open_unit
from copulasynth.copulas import Cells, Copula, CopulaKnobs, latent_scores
from copulasynth.copulas.api import Transform
from copulasynth.copulas.checks.diagnostics import kendall_plot, rosenblatt_diagnostics, tail_curve
from copulasynth.copulas.checks.gof import GoodnessOfFit, goodness_of_fit
from copulasynth.errors import DataError
from copulasynth.model.encoded import cells_among
from copulasynth.model.joint_law import JointLaw
from copulasynth.schema import Schema, Tabular

__all__ = ["Diagnosis", "copula_test", "diagnose"]

#: A variable of which more than this share of rows is tied has no continuous copula to test.
TIED = 0.05

#: Rows of the table that are transformed: the statistics compare every row with every other.
ROWS = 5000

#: Draws of the model that stand beside the table.
DRAWS = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Diagnosis:
    """How the dependence of a model compares with that of a table.

    Attributes
    ----------
    rosenblatt : pandas.DataFrame or None
        One row a variable: Kolmogorov-Smirnov distance of its Rosenblatt transform from the
        uniform law, and its p-value; None for a copula without a Rosenblatt transform.
    overall : dict
        ``anderson_darling`` of all transforms together with ``anderson_darling_p``, and ``SnB``.
        P-values take the model as known: on the rows that it was fitted to they are too large.
    names : tuple of str
        The variables of the copula.
    real, drawn : (d, n) float64
        Values of the table and of the model, NaN where missing.
    """

    rosenblatt: pd.DataFrame | None
    overall: dict[str, float]
    names: tuple[str, ...]
    real: Floats = field(repr=False)
    drawn: Floats = field(repr=False)

    def tails(self, first: str, second: str, *, tail: str = "upper") -> pd.DataFrame:
        """Return chi(q) and chi-bar(q) of two variables in the table, with limits, and the model.

        Parameters
        ----------
        first, second : str
            Names of variables; rows in which either is missing are left out.
        tail : "upper" or "lower"

        Returns
        -------
        pandas.DataFrame
            Columns ``q, chi, chi_low, chi_high, chi_model, chibar, chibar_low, chibar_high,
            chibar_model``; see :func:`copulasynth.copulas.tail_curve`.
        """
        real = tail_curve(*self._pair(self.real, first, second), tail=tail)
        model = tail_curve(*self._pair(self.drawn, first, second), tail=tail)
        table = {"q": real.q}
        for name in ("chi", "chibar"):
            table |= {name + end: getattr(real, name + end) for end in ("", "_low", "_high")}
            table[name + "_model"] = getattr(model, name)
        return pd.DataFrame(table)

    def kendall(self, first: str, second: str) -> pd.DataFrame:
        """Return the points of the Kendall plots of two variables in the table and in the model.

        Returns
        -------
        pandas.DataFrame
            ``expected`` under independence, ``observed``, and ``model``; see
            :func:`copulasynth.copulas.kendall_plot`.
        """
        real = self._pair(self.real, first, second)
        drawn = self._pair(self.drawn, first, second)
        n = min(len(real[0]), len(drawn[0]))
        points, model = (
            kendall_plot(*_some(np.stack(pair, axis=1), n, np.random.default_rng(0)).T, rng=0)
            for pair in (real, drawn)
        )
        return pd.DataFrame(
            {"expected": points.expected, "observed": points.observed, "model": model.observed}
        )

    def _pair(self, x: Floats, first: str, second: str) -> tuple[Floats, Floats]:
        a, b = (x[_place(self.names, name)] for name in (first, second))
        both = ~np.isnan(a) & ~np.isnan(b)
        return a[both], b[both]


def _some(x: Floats, n: int, rng: np.random.Generator) -> Floats:
    """Return at most n rows, by chance: the first ones of a sorted table are no sample."""
    return x if len(x) <= n else x[np.sort(rng.choice(len(x), n, replace=False))]


def diagnose(schema: Schema, law: JointLaw, df: Tabular, rng: np.random.Generator) -> Diagnosis:
    """Compare the dependence of a law with that of a table; see `Model.diagnose`."""
    free = list(law.free)
    variables = law.coordinates(schema)
    x = law.extended(schema.encode(df))
    some = _some(x, ROWS, rng)
    table, overall = _rosenblatt(law.copula, cells_among(variables, some, free), rng)
    names = tuple(variables[j].name for j in free)
    if table is not None:
        table.insert(0, "variable", names)
    seen = _observed(schema, law.draw(DRAWS, rng))
    drawn = law.extended(seen.T).T[free]
    return Diagnosis(table, overall, names, np.ascontiguousarray(x[:, free].T), drawn)


def _rosenblatt(
    copula: Copula, cells: Cells, rng: np.random.Generator
) -> tuple[pd.DataFrame | None, dict[str, float]]:
    """Test the Rosenblatt transforms of latent scores: ties and gaps are imputed as in the fit."""
    if not isinstance(copula, Transform):
        return None, {}
    _, z = latent_scores(cells, rng)
    found = rosenblatt_diagnostics(copula, open_unit(ndtr(z)))
    overall = {
        "anderson_darling": found.anderson_darling,
        "anderson_darling_p": found.anderson_darling_p,
        "SnB": found.snb,
    }
    return pd.DataFrame({"ks": found.ks, "p_value": found.ks_p}), overall


def _observed(schema: Schema, x: Floats) -> Floats:
    """Return drawn values with NaN where the state of their column says that none is there."""
    out, variables = x.copy(), schema.variables
    state = {v.column: s for s, v in enumerate(variables) if v.kind == "state"}
    for j, v in enumerate(variables):
        if v.kind != "state" and v.column in state:
            out[j, x[state[v.column]] != 0] = np.nan
    return out


def _place(names: Sequence[str], name: str) -> int:
    if name not in names:
        raise DataError(f"the copula has no variable {name!r}. Its variables are {list(names)}.")
    return names.index(name)


def copula_test(
    schema: Schema,
    law: JointLaw,
    df: Tabular,
    columns: Sequence[str] | None,
    knobs: CopulaKnobs | None,
    statistic: str,
    replicates: int,
    rows: int,
    rng: np.random.Generator,
) -> GoodnessOfFit:
    """Test a law's family of copulas on a table, by parametric bootstrap.

    `columns` names continuous variables, by default all with hardly any ties; `knobs` say how the
    copula is fitted, by default as others of the law's kind. `statistic` is "Sn" or "SnB" of
    :func:`copulasynth.copulas.goodness_of_fit`; "auto" is "SnB" where the copula has a Rosenblatt
    transform. Each of the `replicates` is a fit to at most `rows` complete rows.

    Raises
    ------
    DataError
        If columns are unknown or tied, or there are too few rows.
    """
    x, names = _continuous(schema, law, df, columns)
    x = x[~np.isnan(x).any(axis=1)]
    if len(x) < 10 or x.shape[1] < 2:
        raise DataError(
            f"a test of the copula needs two variables without ties and 10 complete rows, got "
            f"{x.shape[1]} ({', '.join(names)}) and {len(x)}."
        )
    x = _some(x, rows, rng)
    if statistic == "auto":
        statistic = "SnB" if isinstance(law.copula, Transform) else "Sn"
    return goodness_of_fit(
        x, knobs or knobs_of(law.copula), statistic=statistic, replicates=replicates, rng=rng
    )


def _continuous(
    schema: Schema, law: JointLaw, df: Tabular, columns: Sequence[str] | None
) -> tuple[Floats, list[str]]:
    """Return the variables that may be tested: those named, or all with hardly any ties."""
    values = law.extended(schema.encode(df))
    names = [law.coordinates(schema)[j].name for j in law.free]
    places = range(len(names)) if columns is None else [_place(names, c) for c in columns]
    chosen = []
    for k in places:
        v = values[:, law.free[k]]
        seen = v[~np.isnan(v)]
        repeated = 1.0 - len(np.unique(seen)) / max(1, len(seen))
        if repeated <= TIED and len(seen):
            chosen.append(k)
        elif columns is not None:
            raise DataError(
                f"variable {names[k]!r}: {repeated:.0%} of its values repeat others. The test "
                "is for continuous variables; leave it out."
            )
    return values[:, [law.free[k] for k in chosen]], [names[k] for k in chosen]


def knobs_of(copula: Copula) -> CopulaKnobs:
    """Return default knobs of the kind of a fitted copula, or raise DataError if it names none."""
    told = copula.summary()
    if told.base is not None:
        return copulas.Calibrated(knobs_of(told.base))
    if told.parts:
        shares, parts = zip(*told.parts, strict=True)
        return copulas.Blend(tuple(map(knobs_of, parts)), shares)
    if told.kind.capitalize() not in dir(copulas):
        raise DataError(f"copula {told.kind!r} has no default choices; pass knobs=.")
    made: CopulaKnobs = getattr(copulas, told.kind.capitalize())()
    return made
