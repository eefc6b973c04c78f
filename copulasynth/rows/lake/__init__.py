"""Tables that are read in pieces, because they do not fit in memory."""

from copulasynth.rows.lake.lake import Lake, Piece
from copulasynth.rows.lake.mapping import Where, begun, mapped, spread
from copulasynth.rows.lake.sampling import SAMPLE, LakeSample, sampled
from copulasynth.rows.lake.sources import is_lake, lake_of

__all__ = [
    "SAMPLE",
    "Lake",
    "LakeSample",
    "Piece",
    "Where",
    "begun",
    "is_lake",
    "lake_of",
    "mapped",
    "sampled",
    "spread",
]
