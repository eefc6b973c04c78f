"""Laws of groups whose shares are those of all rows; each law is that of the sample's rows."""

from dataclasses import replace

import numpy as np

from copulasynth.model import Model, Strata, Stratum
from copulasynth.model.learn import fit_variable
from copulasynth.model.seen import evened
from copulasynth.model.strata import named_groups
from copulasynth.model.tally import Tallies
from copulasynth.model.whole import VALUES, rounded_shares
from copulasynth.rules.levels.patterns import nominal_part

__all__ = ["of_all_groups"]

#: Groups that are named.
TOLD = 5


def of_all_groups(
    model: Model, strata: Strata, counts: Tallies, rng: np.random.Generator
) -> tuple[Model, list[str]]:
    """Return a model that draws groups as often as all rows have them, and what is to be said."""
    streams = rng.spawn(len(strata.strata))
    each = tuple(map(lambda s, r: _counted(strata, s, counts, r), strata.strata, streams))
    made = replace(model.provenance, rows=counts.rows)
    model = replace(model, sampler=replace(strata, strata=each), provenance=made)
    return model, _lacking(model, strata, counts)


def _counted(strata: Strata, s: Stratum, counts: Tallies, rng: np.random.Generator) -> Stratum:
    """Return a stratum with the rows of its groups; of several the law draws each by its share."""
    rows = np.array([counts.groups[tuple(key)] for key in s.keys.tolist()], dtype=np.int64)
    if not s.pooled:
        return replace(s, rows=rows)
    part = nominal_part("[group]", strata.column, len(rows))
    code = np.repeat(np.arange(len(rows), dtype=np.float64), rounded_shares(rows, VALUES))
    marginals = (*s.marginals[:-1], fit_variable(part, code, "auto", rng).marginal)
    s = replace(s, rows=rows, marginals=marginals)
    return replace(s, marginals=evened(replace(strata, strata=(s,)).laws[0], rng).marginals)


def _lacking(model: Model, strata: Strata, counts: Tallies) -> list[str]:
    """Return what is said of groups of which the sample has no row."""
    known = {tuple(key) for s in strata.strata for key in s.keys.tolist()}
    left = sorted((-rows, key) for key, rows in counts.groups.items() if key not in known)
    if not left:
        return []
    keys = np.array([key for _, key in left[:TOLD]])
    table = named_groups(model.schema, strata, keys)
    names = [", ".join(map(str, row)) for row in table.itertuples(index=False)]
    told = [f"{name} ({-rows:,} rows)" for name, (rows, _) in zip(names, left, strict=False)]
    more = f", and {len(left) - TOLD:,} more" if len(left) > TOLD else ""
    lost = -sum(rows for rows, _ in left)
    return [
        f"by: the sample has no row of {len(left):,} of {len(counts.groups):,} groups: "
        f"{'; '.join(told)}{more}. Their {lost:,} of {counts.rows:,} rows have no law, and none is "
        "drawn; raise sample_rows, or put rare groups together"
    ]
