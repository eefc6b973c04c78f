"""What a model that is to leave says of its table, beside the fewest rows of a policy."""

from dataclasses import replace

from copulasynth.model import Model
from copulasynth.privacy.finding import Measured

__all__ = ["disclosed"]

REMEDY = "write the file with model.export_release, or 'copulasynth export'"


def disclosed(model: Model, k_min: int) -> list[Measured]:
    """Return what rests on fewer than k_min rows, kind by kind; one finding if nothing does."""
    held = model.disclose()
    few = held[held["rows"] < k_min]
    if model.holds_training_rows:
        note = f"{type(model.sampler).__name__} is the table in other words"
        return [Measured.counted("models that hold training rows", 1.0, 0.0, True, note)]
    if few.empty:
        return [Measured.counted("entries that rest on few rows", 0.0, 0.0, False, "")]
    found = []
    for (part, what), rows in few.groupby(["part", "what"], sort=False):
        columns = [c for c in rows["column"].unique().tolist() if c]
        named = ", ".join(columns[:3]) + (f" and {len(columns) - 3} more" if columns[3:] else "")
        note = f"of {named}" if named else ""
        count = float(rows["k"].sum())
        found.append(Measured.counted(f"{what} of few rows ({part})", count, 0.0, True, note))
    found[-1] = replace(found[-1], note="; ".join(filter(None, (found[-1].note, REMEDY))))
    return found
