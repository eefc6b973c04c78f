"""What does a shadow audit find in methods whose leaks are known, and how long does it take?

    python validation/shadow_audit.py --fits 256 --workers 2

20 records, the 10 most outlying and 10 random ones, of simulated telecom customers with 15 columns;
as many others stand in for those that are left out. Audited are rows of: the training values drawn
column by column (a raw ECDF), a bootstrap with replacement, a Gaussian copula and the default; and
the model files of the last two. Writes results/shadow_audit.json, and from it
results/shadow_audit.md. `--only NAME` runs one of them and keeps what the file has of the others;
`--rows` and `--fits` make it shorter.
"""

import argparse
import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import copulasynth as cs
from copulasynth import privacy

RESULTS = Path(__file__).parent / "results"
COLUMNS = 15
#: Minutes on two processors that an audit with the default number of fits may take.
TARGETS = {"gaussian": 5, "default": 30}


class Ecdf:
    """Columns drawn on their own from the training values."""

    def __init__(self, table: pd.DataFrame, rng: int) -> None:
        self.table = table

    def sample(self, n: int, *, rng: int) -> pd.DataFrame:
        """Return rows."""
        g = np.random.default_rng(rng)
        drawn = {
            name: self.table[name].take(g.integers(len(self.table), size=n)).reset_index(drop=True)
            for name in self.table
        }
        return pd.DataFrame(drawn)


class Copies(Ecdf):
    """Rows drawn with replacement."""

    def sample(self, n: int, *, rng: int) -> pd.DataFrame:
        """Return rows."""
        g = np.random.default_rng(rng)
        return self.table.take(g.integers(len(self.table), size=n)).reset_index(drop=True)


AUDITS: dict[str, tuple[Any, str]] = {
    "raw ECDF": (Ecdf, "rows"),
    "bootstrap": (Copies, "rows"),
    "gaussian": (partial(cs.fit, copula="gaussian"), "rows"),
    "gaussian, model file": (partial(cs.fit, copula="gaussian"), "model"),
    "default": (cs.fit, "rows"),
    "default, model file": (cs.fit, "model"),
}


def audited(name: str, rows: int, fits: int, workers: int) -> dict[str, Any]:
    """Return what an audit found, and its seconds."""
    fit, released = AUDITS[name]
    every = cs.datasets.simulate_telecom(2 * rows, rng=1).iloc[:, :COLUMNS]
    start, busy = time.perf_counter(), time.process_time()
    found = privacy.shadow_audit(
        every.iloc[:rows], fit, holdout=every.iloc[rows:], fits=fits, released=released,
        rng=1, workers=workers, progress=print,
    )  # fmt: skip
    seconds = time.perf_counter() - start, time.process_time() - busy
    print(f"{name}: {found!r}, {seconds[0]:.0f} s", flush=True)
    # the processor seconds of other processes are not known here
    processor = seconds[1] if workers == 1 else None
    return {
        "audit": json.loads(found.to_json()), "seconds": seconds[0], "processor": processor,
        "workers": workers,
    }  # fmt: skip


def page(found: dict[str, Any]) -> str:
    """Return the page of results."""
    lines = [
        "# Shadow audit",
        "",
        "`python validation/shadow_audit.py`: AUC of an attacker with shadow fits, .5 is chance. "
        "`told` are records whose AUC is above .5, limits for all 20 at once; epsilon is the "
        "largest of 20 lower bounds. An AUC of `seen` would have been told four times in five. "
        "Processor seconds are those of one audit in one process.",
        "",
        "| released | rows | fits | AUC, 10 most outlying | told | AUC, 10 random | told "
        "| worst AUC | seen | epsilon | processor s | s a fit |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *(_line(name, found[name]) for name in AUDITS if name in found)]) + (
        "\n" + _targets(found)
    )


def _line(name: str, one: dict[str, Any]) -> str:
    audit = one["audit"]
    table = pd.DataFrame(audit["records"])
    cells = [name, f"{audit['rows']:,}", str(audit["fits"])]
    for kind in ("vulnerable", "random"):
        some = table[table.kind == kind]
        cells += [f"{some.value.median():.2f}", f"{(some.low > 0.5).sum()} of {len(some)}"]
    worst = table.loc[table.low.idxmax()]
    cells.append(f"{worst.value:.2f} ({worst.low:.2f} to {worst.high:.2f})")
    cells += [f"{worst.smallest:.2f}", f"{table.epsilon.max():.2f}"]
    spent = one["processor"]
    cells += ["-", "-"] if spent is None else [f"{spent:.0f}", f"{spent / audit['fits']:.2f}"]
    return f"| {' | '.join(cells)} |"


def _targets(found: dict[str, Any]) -> str:
    """Return what an audit of 256 fits takes of two processors, beside the target."""
    said = []
    for name, most in TARGETS.items():
        one = found.get(name)
        if one is None or one["processor"] is None:
            continue
        minutes = one["processor"] / one["audit"]["fits"] * 256 / 2 / 60
        rows = one["audit"]["rows"]
        word = "met" if minutes <= most else "MISSED"
        said.append(
            f"256 fits of {name} to {rows:,} rows: {minutes:.1f} minutes of two processors, "
            f"by its seconds a fit (at most {most} at 2,000 rows: {word})."
        )
    return "\n".join(["", *said, ""]) if said else ""


def main() -> None:
    """Run the audits and write both files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=AUDITS)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--fits", type=int, default=256)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    path = RESULTS / "shadow_audit.json"
    found = json.loads(path.read_text()) if path.exists() else {}
    for name in [asked.only] if asked.only else AUDITS:
        found[name] = audited(name, asked.rows, asked.fits, asked.workers)
        path.write_text(json.dumps(found, indent=1) + "\n")
        path.with_suffix(".md").write_text(page(found))


if __name__ == "__main__":
    main()
