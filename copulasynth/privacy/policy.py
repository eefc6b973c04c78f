"""What a release must satisfy: limits with documented defaults, read from and written to TOML."""

import tomllib
from dataclasses import dataclass, fields
from os import PathLike
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from copulasynth._masking import K_MIN
from copulasynth.errors import DataError, did_you_mean

__all__ = ["Policy", "policy_text", "read_policy"]

Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=1)]


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of the release gate. None of them is blessed by a law: whoever releases decides.

    A limit is exceeded when the whole 95 % interval of what was measured lies above it.

    Attributes
    ----------
    unit : str
        Whose data are protected: "row", or a column such as "customer_id" where a person has
        several rows.
    public : tuple of str
        Columns whose bounds and levels are public knowledge, not learnt from the table.
    k_min : int
        Least number of training rows behind a level or an extreme value that may be released.
    exact_values : float
        Most by which the share of cells that equal a training value may exceed the holdout's.
    extremes : float
        Most by which the share of the training table's extreme values that occur again may exceed
        the holdout's.
    exact_rows : float
        Most by which the share of rows that equal a training row may exceed the holdout's.
    keys : tuple of str
        What an intruder knows; none means the columns that make most rows unique.
    replicated_uniques : float
        Most by which the share of training rows alone with their keys that meet one synthetic row
        may exceed the holdout's.
    disclosure : float
        Most by which DiSCO of any column may exceed the holdout's.
    auc : float
        Largest AUC of membership inference, of all rows and of the most outlying ones.
    power : float
        Largest AUC that a pass of step 4 may have missed one time in five; where the tables are too
        small for it, the step is NOT RUN.
    tpr : float
        Largest share of training rows that are recognised at 1 % false alarms.
    attribute_inference, singling_out, linkability : float
        Largest normalised risk: attack minus control, over one minus control.
    attacks : int
        Most attacks of each kind.
    required : tuple of int
        Steps that must have run for a pass.
    """

    unit: str = "row"
    public: tuple[str, ...] = ()
    k_min: Count = K_MIN
    exact_values: Share = 0.01
    extremes: Share = 0.1
    exact_rows: Share = 0.01
    keys: tuple[str, ...] = ()
    replicated_uniques: Share = 0.01
    disclosure: Share = 0.02
    auc: Share = 0.52
    power: Share = 0.6
    tpr: Share = 0.02
    attribute_inference: Share = 0.05
    singling_out: Share = 0.05
    linkability: Share = 0.05
    attacks: Count = 1000
    required: tuple[int, ...] = (0, 1, 2, 3, 4, 5)


def read_policy(path: str | PathLike[str]) -> Policy:
    """Read a policy from a TOML file; what it does not say has its default.

    Raises
    ------
    DataError
        If the file is no TOML, or names a setting that does not exist, or a value out of range.
    """
    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise DataError(f"cannot read the policy {path}: {e}") from None
    known = [field.name for field in fields(Policy)]
    for name in data:
        if name not in known:
            raise DataError(f"{path}: a policy has no {name!r}; {did_you_mean(name, known)}")
    try:
        return msgspec.convert(data, Policy)
    except msgspec.ValidationError as e:
        raise DataError(f"{path}: {e}") from None


def policy_text(policy: Policy | None = None) -> str:
    """Return a policy as the text of a TOML file, each setting with what it means.

    >>> "auc = 0.52" in policy_text()
    True
    """
    chosen, said = policy or Policy(), _meanings()
    lines = ["# Limits of 'copulasynth gate': edit what your rules demand.", ""]
    for field in fields(Policy):
        lines += [f"# {line}" for line in said[field.name]]
        lines += [f"{field.name} = {_toml(getattr(chosen, field.name))}", ""]
    return "\n".join(lines)


def _meanings() -> dict[str, list[str]]:
    """Return what the documentation says of every setting."""
    part = (Policy.__doc__ or "").partition("----------\n")[2]
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for line in part.splitlines():
        if " : " in line and not line.startswith(" " * 8):
            names = [name.strip() for name in line.partition(" : ")[0].split(",")]
            found |= {name: [] for name in names}
        elif line.strip():
            for name in names:
                found[name].append(line.strip())
    return found


def _toml(value: object) -> str:
    """Return a value as TOML writes it, which for these is as JSON does."""
    return msgspec.json.encode(value).decode()
