"""A model in a notebook: one line, and one row a variable."""

from collections.abc import Sequence
from html import escape

from copulasynth.marginals import Count, Marginal, Parametric
from copulasynth.model.api import Sampler
from copulasynth.model.joint_law import JointLaw
from copulasynth.schema import Variable

__all__ = ["as_html"]


def as_html(title: str, variables: Sequence[Variable], sampler: Sampler) -> str:
    """Return a model as a short HTML table of its variables, with the marginals of a joint law."""
    laws = ["derived"] * len(variables)
    if isinstance(sampler, JointLaw):
        for j, marginal in zip(sampler.free, sampler.marginals, strict=True):
            laws[j] = _name(marginal)
    width = 3 if isinstance(sampler, JointLaw) else 2
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
