"""A shadow audit beside the limits of a policy: step 6 of the release gate."""

import numpy as np

from copulasynth.errors import DataError
from copulasynth.privacy.finding import Measured
from copulasynth.privacy.given import names_of
from copulasynth.privacy.membership import outlying
from copulasynth.privacy.policy import Policy
from copulasynth.privacy.shadow.audit import Audit
from copulasynth.privacy.steps import Tables

__all__ = ["audited", "unseen"]

#: An outlying record is one of so many times as many as were chosen.
NEAR = 4


def audited(audit: Audit, tables: Tables) -> list[Measured]:
    """Return the AUC and the bound of epsilon of the worst record, beside their limits.

    Raises
    ------
    DataError
        If the audit is of another table, or of another privacy unit.
    """
    if not isinstance(audit, Audit):
        raise DataError(
            f"audit is a {type(audit).__name__}: pass what privacy.shadow_audit returns, or "
            "privacy.read_audit(path)."
        )
    policy, rows = tables.policy, tables.sizes["train"]
    if (audit.rows, set(audit.columns)) != (rows, set(names_of(tables.given[0]))):
        raise DataError(
            f"the audit is of a table of {audit.rows:,} rows and {len(audit.columns)} columns, not "
            "of this training table: audit the table that is released from."
        )
    if not _outlying_here(audit, tables):
        raise DataError(
            "the audit is of another table: the records that it took for the most outlying ones "
            "are not those of this training table. Audit the table that is released from."
        )
    if audit.unit != policy.unit:
        raise DataError(
            f"the audit is of the unit {audit.unit!r} and the policy protects {policy.unit!r}."
        )
    table, place = audit.table, audit.records.index(audit.worst)
    epsilon = max(one.epsilon for one in audit.records)
    note = f"{len(table)} records, {audit.fits} fits, {audit.released}"
    return [
        Measured.of(table.iloc[place], "shadow audit AUC, worst record", policy.audit_auc, note),
        Measured.counted(
            "epsilon at least, worst record",
            epsilon,
            policy.audit_epsilon,
            epsilon > policy.audit_epsilon,
            "",
        ),
    ]


def _outlying_here(audit: Audit, tables: Tables) -> bool:
    """Whether most records that an audit chose as outlying are so in the training table."""
    rows = [one.row for one in audit.records if one.kind == "vulnerable"]
    if not rows:
        return True
    real = tables.aligned.real
    far = outlying(real, real)
    least = np.sort(far)[-min(NEAR * len(rows), far.size)]
    return bool((far[rows] >= least).mean() >= 0.5)


def unseen(audit: Audit, policy: Policy) -> str:
    """Return why an audit of so few fits tells nothing, or nothing."""
    least = audit.worst.smallest
    if not least > policy.audit_power:
        return ""
    return (
        f"too few fits: an AUC of {least:.2f} would have been missed one time in five, and the "
        f"policy allows {policy.audit_power:.2f}. Audit with more fits or fewer records."
    )
