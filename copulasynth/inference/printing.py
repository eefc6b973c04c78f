"""Coefficient tables as text and HTML, and the sentences beneath them."""

import html as escaping
import textwrap

import pandas as pd

__all__ = ["html", "inferred", "p_value", "text"]

_WIDTH = 88


def text(title: str, table: pd.DataFrame, sentence: str = "") -> str:
    """Return title, table and sentence for a console."""
    body = _formatted(table).to_string()
    return "\n\n".join(filter(None, (title, body, textwrap.fill(sentence, _WIDTH))))


def html(title: str, table: pd.DataFrame, sentence: str = "") -> str:
    """Return title, table and sentence for a notebook."""
    body = _formatted(table).to_html(border=0)
    foot = f"<p>{escaping.escape(sentence)}</p>" if sentence else ""
    return f"<div><p><b>{escaping.escape(title)}</b></p>{body}{foot}</div>"


def inferred(rule: str, proper: bool, n: int, k: int, m: int) -> str:
    """Say what a fit under `rule` infers."""
    source = f"{m} synthes{'is' if m == 1 else 'es'} of {k:,} rows"
    if rule == "expected":
        return (
            f"Estimates what the same fit on the original {n:,} rows is expected to give, from "
            f"{source}. The standard errors are those that the original fit is expected to report; "
            "they leave out the error of the synthesis itself, which is in synthesis_se. Not for "
            "inference about the population."
        )
    if rule == "rubin":
        return (
            f"Inference about the population that the {n:,} rows are a sample of, from {m} tables "
            "whose gaps were filled, gaps being at random given the other columns. Valid only if "
            "the model that filled them contains this model."
        )
    drawn = "drawn anew for each synthesis" if proper else "fixed at their estimates"
    basis = {
        "population": f"all columns being synthetic and the synthesis parameters {drawn}",
        "partial": "some columns being synthetic and the others as observed",
        "raghunathan": "all columns being drawn from the posterior predictive distribution",
    }[rule]
    return (
        f"Inference about the population that the original {n:,} rows are a sample of, from "
        f"{source}, {basis}. Valid only if the synthesis model contains this model."
    )


def _formatted(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table as strings: p-values as statisticians print them, the rest to 4 digits."""
    shown = {name: p_value if name == "p" else "{:.4g}".format for name in table}
    return pd.DataFrame({name: column.map(shown[name]) for name, column in table.items()})


def p_value(value: float) -> str:
    """Return a p-value as statisticians print it."""
    return "<.0001" if value < 1e-4 else f"{value:.4f}"
