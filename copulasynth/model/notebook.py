"""A model in a notebook: one line, and one row a variable."""

from html import escape
from typing import Any

__all__ = ["as_html"]


def as_html(model: Any) -> str:
    """Return a JointModel as a short HTML table of its variables."""
    derived = {d.target for d in model.derivations}
    marginals = dict(zip(model.free, model.marginals, strict=True))
    rows = []
    for j, variable in enumerate(model.schema.variables):
        marginal = marginals.get(j)
        law = "derived" if j in derived else getattr(marginal, "family", type(marginal).__name__)
        cells = (variable.name, variable.kind, str(law))
        rows.append(f"<tr>{''.join(f'<td>{escape(str(c))}</td>' for c in cells)}</tr>")
    head = "<tr><th>variable</th><th>kind</th><th>marginal</th></tr>"
    return f"<p>{escape(repr(model)[1:-1])}</p><table>{head}{''.join(rows)}</table>"
