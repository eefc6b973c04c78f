"""Rules: the relations of the real table, and who keeps them."""

from copulasynth.report.background import Background
from copulasynth.report.grid import scores_grid
from copulasynth.report.page import Section

__all__ = ["rules_section"]

_RULES = {
    "kind": "kind",
    "rule": "rule",
    "rows that could tell": "rows that could tell",
    "real": "share of real rows that obey",
    "holdout": "of rows never seen",
    "synthetic": "of synthetic rows",
}
_LEAD = (
    "A rule is a relation that the real rows obey and chance would not: a sum of parts, an end "
    "after a start, a flag that follows from an amount. One row that breaks one is seen to be "
    "made up, and is useless to who reads it."
)


def rules_section(source: Background) -> Section:
    """Return the score of the rules, and the share of rows of each table that obey each rule."""
    tables = (
        scores_grid(source.scores, "rules", "Rows that obey every rule"),
        *source.grid("rules_kept", "Rules", _RULES),
    )
    return Section("rules", "Rules", (_LEAD,), tables)
