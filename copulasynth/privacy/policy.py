"""What a release must satisfy: limits with documented defaults, read from and written to TOML."""

import tomllib
from dataclasses import asdict, dataclass, fields
from os import PathLike
from pathlib import Path
from typing import Annotated, get_type_hints

import msgspec
import numpy as np
from msgspec import Meta

from copulasynth._masking import K_MIN
from copulasynth.errors import DataError, did_you_mean

__all__ = ["Policy", "policy_text", "read_policy"]

Share = Annotated[float, Meta(ge=0, le=1)]
Positive = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
# More attacks take hours and tell hardly more: intervals are then narrower than any limit.
Attacks = Annotated[int, Meta(ge=1, le=100_000)]
Step = Annotated[int, Meta(ge=0, le=8)]


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
        Most attacks of each kind, up to 100,000.
    audit_auc : float
        Largest AUC of a shadow audit, of the record of which most is known.
    audit_epsilon : float
        Largest lower bound of epsilon of a shadow audit, of any record.
    audit_power : float
        Largest AUC of one record that a pass of step 6 may have missed one time in five; where the
        audit had too few fits for it, the step is NOT RUN.
    required : tuple of int
        Steps that must have run for a pass, of 0 to 8.

    Raises
    ------
    DataError
        If a value is of another type or out of range.
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
    attacks: Attacks = 1000
    audit_auc: Share = 0.6
    audit_epsilon: Positive = 1.0
    audit_power: Share = 0.75
    required: tuple[Step, ...] = (0, 1, 2, 3, 4, 5)

    @property
    def changed(self) -> dict[str, tuple[object, object]]:
        """Settings that differ from the defaults: each with its value and the default."""
        usual = asdict(Policy())
        own = asdict(self).items()
        return {name: (value, usual[name]) for name, value in own if value != usual[name]}

    def __post_init__(self) -> None:
        kinds = get_type_hints(Policy, include_extras=True)
        for name, value in asdict(self).items():
            object.__setattr__(self, name, _checked(name, value, kinds[name]))


def _checked(name: str, value: object, kind: object) -> object:
    """Return the value of a setting as its type says, whether Python or TOML gave it."""
    plain = value.item() if isinstance(value, np.generic) else value
    try:
        found: object = msgspec.convert(plain, type=kind)
    except msgspec.ValidationError as e:
        raise DataError(f"the policy's {name} is {value!r}: {e}") from None
    if found != found:
        raise DataError(f"the policy's {name} is {value!r}: expected a number")
    return found


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
        return Policy(**data)
    except DataError as e:
        raise DataError(f"{path}: {e}") from None


def policy_text(policy: Policy | None = None) -> str:
    """Return a policy as the text of a TOML file, each setting with what it means.

    >>> "auc = 0.52" in policy_text()
    True
    """
    chosen, said = asdict(policy or Policy()), _meanings()
    lines = ["# Limits of 'copulasynth gate': edit what your rules demand.", ""]
    for name, value in chosen.items():
        lines += [f"# {line}" for line in said[name]]
        lines += [f"{name} = {_toml(value)}", ""]
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
