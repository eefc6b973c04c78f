"""The sections of a report, one a file, in the order of reading."""

from copulasynth.report.background import Background
from copulasynth.report.page import Section
from copulasynth.report.sections.columns import columns_section
from copulasynth.report.sections.joint import joint_section
from copulasynth.report.sections.methods import methods_section
from copulasynth.report.sections.overview import overview_section
from copulasynth.report.sections.pairs import pairs_section
from copulasynth.report.sections.privacy import privacy_section
from copulasynth.report.sections.rules import rules_section
from copulasynth.report.sections.utility import utility_section

__all__ = ["sections_of"]

_ORDER = (
    overview_section,
    rules_section,
    columns_section,
    pairs_section,
    joint_section,
    utility_section,
    privacy_section,
    methods_section,
)


def sections_of(source: Background) -> list[Section]:
    """Return all sections of a report."""
    return [make(source) for make in _ORDER]
