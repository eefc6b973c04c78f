"""Fit one model to every synthesis and combine the estimates."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from copulasynth.errors import DataError, FitWarning
from copulasynth.inference import printing
from copulasynth.inference._frames import prepare
from copulasynth.inference.combine import Combined, Rule, combine
from copulasynth.inference.left_out import Codes, LeftOut
from copulasynth.inference.models import Coefficients, Family, ModelSpec, fit_model
from copulasynth.schema import Schema, Tabular

__all__ = ["OriginalFit", "SyntheticFit", "fit_original", "fit_synthetic"]


@dataclass(frozen=True, slots=True, eq=False)
class OriginalFit:
    """A model fitted to the original table: what :func:`compare_fits` compares with.

    Attributes
    ----------
    formula, model : str
    n : int
        Rows of the table, incomplete ones included.
    coefficients : Coefficients
        Terms, estimates and their covariance.
    left_out : LeftOut
        How many rows were left out, and for which missing values and codes.
    """

    formula: str
    model: str
    n: int
    coefficients: Coefficients
    left_out: LeftOut

    @property
    def table(self) -> pd.DataFrame:
        """One row a term: estimate, se, z, p, low, high (95 %)."""
        c = self.coefficients
        return _table(c.terms, combine(c.estimate[None], np.diag(c.covariance)[None], k=1), 0.95)

    def __repr__(self) -> str:
        return f"<OriginalFit {self.model} {self.formula!r}, {self.n:,} rows>"

    @property
    def sentence(self) -> str:
        """Say how many rows were left out, and why; empty where none was."""
        return self.left_out.sentence("the original")

    def __str__(self) -> str:
        return printing.text(repr(self)[1:-1], self.table, self.sentence)

    def _repr_html_(self) -> str:
        return printing.html(repr(self)[1:-1], self.table, self.sentence)


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticFit:
    """A model fitted to m syntheses, combined by one rule.

    Attributes
    ----------
    formula, model, rule : str
    proper : bool
        Whether the synthesis parameters were drawn before each synthesis.
    n, k, m : int
        Rows of the original, rows of one synthesis, number of syntheses.
    level : float
        Level of the intervals in `table`.
    terms : tuple of str
    combined : Combined
        Estimates, variances and degrees of freedom, arrays of shape (p,).
    parts : tuple of Coefficients
        The fits of the single syntheses.
    left_out : LeftOut
        How many rows of all syntheses were left out, and for which missing values and codes.
    """

    formula: str
    model: str
    rule: Rule
    proper: bool
    n: int
    k: int
    m: int
    level: float
    terms: tuple[str, ...]
    combined: Combined
    parts: tuple[Coefficients, ...]
    left_out: LeftOut

    @property
    def table(self) -> pd.DataFrame:
        """One row a term: estimate, se, z (or t), p, low, high, synthesis_se."""
        table = _table(self.terms, self.combined, self.level)
        return table.assign(synthesis_se=self.combined.synthesis_se)

    @property
    def fits(self) -> pd.DataFrame:
        """Estimates and standard errors of every synthesis: synthesis, term, estimate, se."""
        rows = [
            pd.DataFrame(
                {
                    "synthesis": i,
                    "term": part.terms,
                    "estimate": part.estimate,
                    "se": np.sqrt(np.diag(part.covariance)),
                    "rows_used": part.used,
                }
            )
            for i, part in enumerate(self.parts, 1)
        ]
        return pd.concat(rows, ignore_index=True)

    @property
    def sentence(self) -> str:
        """Say what is inferred, from what, under which assumption, and what was left out."""
        said = printing.inferred(self.rule, self.proper, self.n, self.k, self.m)
        whose = f"the {self.m} syntheses" if self.m > 1 else "the synthesis"
        return " ".join(filter(None, (said, self.left_out.sentence(whose))))

    def __repr__(self) -> str:
        return f"<SyntheticFit {self.model} {self.formula!r}, rule={self.rule!r}, m={self.m}>"

    def __str__(self) -> str:
        return printing.text(repr(self)[1:-1], self.table, self.sentence)

    def _repr_html_(self) -> str:
        return printing.html(repr(self)[1:-1], self.table, self.sentence)


def fit_synthetic(
    formula: str,
    syntheses: Any,
    model: ModelSpec = "ols",
    rule: Rule = "expected",
    *,
    n_original: int | None = None,
    proper: bool = False,
    family: Family = None,
    level: float = 0.95,
    schema: Schema | None = None,
    missing_codes: Codes | None = None,
    trusted: bool = False,
) -> SyntheticFit:
    """Fit a regression to every synthesis and combine the fits.

    Parameters
    ----------
    formula : str
        A formula of statsmodels. Rows with a missing value or a missing code in its columns are
        left out, and the result says how many. It may hold columns, operators, ``C``, ``I``,
        ``Q``, functions of numpy such as ``np.log``, and splines; see `trusted`.
    syntheses : DataFrame or sequence of DataFrame
        One or more synthetic tables of the same number of rows.
    model : {"ols", "glm", "logit", "mnlogit", "ordered"} or callable
        A callable takes (formula, DataFrame) and returns a fitted statsmodels result, or anything
        with `params` and `cov_params()`. The first level of a nominal response is the reference;
        an ordered model reports slopes and thresholds 'a|b' of P(y <= a) = F(threshold - x'b).
    rule : {"expected", "population", "partial", "raghunathan", "rubin"}
        What is inferred; see :func:`copulasynth.inference.combine`.
    n_original : int, optional
        Rows of the original table; by default as many as a synthesis has.
    proper : bool
        Whether the synthesis parameters were drawn before each synthesis.
    family : str or statsmodels family, optional
        For "glm": "gaussian" (default), "binomial", "poisson", "gamma"; for "ordered": "logit"
        (default) or "probit".
    level : float
        Level of the intervals.
    schema : Schema, optional
        Of the original table, such as ``model.schema``: the missing codes that it declares are
        missing here too.
    missing_codes : mapping of column to values, optional
        More of them, such as ``{"income": [-8]}``, or instead of those of the schema.
    trusted : bool
        Run whatever the formula holds as Python. Never for one that somebody else wrote.

    Raises
    ------
    DataError
        If the formula does more than compute with columns, a column or a level is absent from a
        synthesis, the design is singular, the response is separated perfectly, the syntheses
        differ in size, or the rule needs more of them.

    Warns
    -----
    FitWarning
        If the variance of rule "raghunathan" was negative for a term and was replaced, or a
        column holds what looks like a missing code and is not declared to be one.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(2, 500))
    >>> tables = [pd.DataFrame({"x": v, "y": 2 * v + rng.normal(size=500)}) for v in x]
    >>> fit = fit_synthetic("y ~ x", tables, rule="population")
    >>> bool(fit.table.loc["x", "low"] < 2 < fit.table.loc["x", "high"])
    True
    """
    tables, k = _tables(syntheses)
    n = k if n_original is None else int(n_original)
    if not 0 < level < 1:
        raise DataError(f"expected a level between 0 and 1, got {level}")
    frames, left_out = prepare(
        formula, tables, schema=schema, missing_codes=missing_codes, trusted=trusted
    )
    parts = tuple(
        fit_model(formula, frame, model, family, f"synthesis {i}")
        for i, frame in enumerate(frames, 1)
    )
    terms = parts[0].terms
    for i, part in enumerate(parts, 1):
        if part.terms != terms:
            raise DataError(f"synthesis {i} has the terms {part.terms}, synthesis 1 has {terms}")
    estimates = np.stack([part.estimate for part in parts])
    variances = np.stack([np.diag(part.covariance) for part in parts])
    left = min(part.used for part in parts) - len(terms)
    combined = combine(
        estimates, variances, k=k, n=n, rule=rule, proper=proper, complete=max(left, 1)
    )
    for term in np.asarray(terms, dtype=object)[combined.adjusted]:
        warnings.warn(
            f"term {term!r}: the variance (1 + 1/m) b - v is negative with m = {len(tables)}; "
            "v k/n is used instead. Make more syntheses",
            FitWarning,
            stacklevel=2,
        )
    m, name = len(tables), _name(model)
    return SyntheticFit(
        formula, name, rule, proper, n, k, m, level, terms, combined, parts, left_out
    )


def fit_original(
    formula: str,
    data: Tabular,
    model: ModelSpec = "ols",
    *,
    family: Family = None,
    schema: Schema | None = None,
    missing_codes: Codes | None = None,
    trusted: bool = False,
) -> OriginalFit:
    """Fit the same models to the original table, with the same names of terms.

    `schema` and `missing_codes` say which values mean missing, as in :func:`fit_synthetic`.

    Raises
    ------
    DataError
        As :func:`fit_synthetic`.
    """
    (frame,), left_out = prepare(
        formula, [data], "table", schema=schema, missing_codes=missing_codes, trusted=trusted
    )
    coefficients = fit_model(formula, frame, model, family, "the original")
    return OriginalFit(formula, _name(model), len(data), coefficients, left_out)


def _name(model: ModelSpec) -> str:
    return model if isinstance(model, str) else getattr(model, "__name__", "callable")


def _tables(syntheses: Any) -> tuple[list[Tabular], int]:
    """Return one or more syntheses as a list, and the rows that each of them has."""
    many = isinstance(syntheses, Sequence | Iterator)
    tables: list[Any] = list(syntheses) if many else [syntheses]
    sizes = [len(t) for t in tables]
    if not tables:
        raise DataError("expected at least one synthesis, got none")
    if len(set(sizes)) > 1:
        raise DataError(f"the syntheses have {sizes} rows; the rules need equal numbers")
    if sizes[0] == 0:
        raise DataError("the syntheses are empty")
    return tables, sizes[0]


def _table(terms: Sequence[str], combined: Combined, level: float) -> pd.DataFrame:
    low, high = combined.interval(level)
    columns = {
        "estimate": combined.estimate,
        "se": combined.se,
        "z": combined.estimate / combined.se,
        "p": combined.p_value(),
        "low": low,
        "high": high,
    }
    if np.isfinite(combined.df).any():
        columns["df"] = combined.df
    return pd.DataFrame(columns, index=pd.Index(terms, name="term"))
