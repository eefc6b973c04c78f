"""A model in a notebook: one line, and one row a variable."""

from html import escape

from copulasynth.marginals import Count, Marginal, Parametric
from copulasynth.model.api import Sampler
from copulasynth.model.joint_law import JointLaw
from copulasynth.schema import Schema

__all__ = ["as_html"]


def as_html(title: str, schema: Schema, sampler: Sampler) -> str:
    """Return a model as a short HTML table of its variables, with the marginals of a joint law."""
    law = sampler if isinstance(sampler, JointLaw) else None
    variables = schema.variables if law is None else law.coordinates(schema)
    laws = ["made by a rule"] * len(variables)
    if law is not None:
        for j, marginal in zip(law.free, law.marginals, strict=True):
            laws[j] = _name(marginal)
    width = 2 if law is None else 3
    rows = [("variable", "kind", "marginal")]
    rows += [(v.name, v.kind, law) for v, law in zip(variables, laws, strict=True)]
    tags = ["th", *["td"] * len(variables)]
    lines = [
        f"<tr>{''.join(f'<{tag}>{escape(str(c))}</{tag}>' for c in cells[:width])}</tr>"
        for tag, cells in zip(tags, rows, strict=True)
    ]
    return f"<p>{escape(title)}</p><table>{''.join(lines)}</table>"


def _name(marginal: Marginal) -> str:
    return marginal.family if isinstance(marginal, Parametric | Count) else type(marginal).__name__
