"""Do default models pass the gate when they are released, and what does it cost in fidelity?

    python validation/release.py [--shared ../shared] [--rows 3000] [--only NAME] [--ends]

For each table: half of the rows is fitted as `copulasynth run` does with a section [release]: the
rows treated, the default method fitted, once with prefer="privacy", as such a run does, and once
with prefer="fidelity", the model exported. Its rows are held against the gate with the other half,
and told from that half by the split judge, beside those of the default without any treatment. Two
more scores say what treating costs whoever models the rows: the treated training rows themselves,
and the training rows as they are. Writes validation/results/release.md.
"""

import argparse
import gzip
import platform
import time
import warnings
from datetime import date
from pathlib import Path

import pandas as pd

import copulasynth as cs
from copulasynth import privacy
from copulasynth.metrics import c2st
from copulasynth.privacy.treating.treat import schema_like

RESULTS = Path(__file__).parent / "results" / "release.md"
TABLES = ("simulate_telecom", "adult", "ibm_telco", "SD2011", "acs_ma2019", "mlc_churn")
#: That of a run with a section [release] first.
PREFER = ("privacy", "fidelity")
#: What tells rows apart and is no feature of anybody.
IDENTIFIERS = {"ibm_telco": ["customerID"]}


def table_of(name, rows, shared, seed):
    """Return so many rows twice over, or all that there are."""
    if name == "simulate_telecom":
        return cs.datasets.simulate_telecom(2 * rows, rng=seed)
    with gzip.open(Path(shared) / "data" / f"{name}.csv.gz") as f:
        found = pd.read_csv(f).drop(columns=IDENTIFIERS.get(name, []))
    return found.sample(min(2 * rows, len(found)), random_state=seed).reset_index(drop=True)


def judged(model, train, holdout, seed):
    """Return AUC of boosting and forest by the split judge, two draws against two halves."""
    names = ["c2st_boosting", "c2st_forest"]
    found = cs.evaluate_model(model, train, holdout=holdout, metrics=names, rng=seed)
    return [found.scores[name].value for name in names]


def told(rows, holdout, schema, seed):
    """Return the same AUCs of a table that is at hand, in halves."""
    return [
        c2st(holdout, rows, judge=j, schema=schema, rng=seed).value for j in ("boosting", "forest")
    ]


def study(name, args):
    """Return one row of the results."""
    table = table_of(name, args.rows, args.shared, args.seed)
    train, holdout = cs.split(table, rng=args.seed)
    start = time.process_time()
    plain = cs.fit(train, rng=args.seed)
    fitted = time.process_time() - start
    done = privacy.treat(train, ends=args.ends)
    schema = schema_like(done.table, cs.Schema.infer(train))
    scores, gates, seconds = [judged(plain, train, holdout, args.seed)], [], 0.0
    for prefer in PREFER:
        model = cs.fit(done.table, schema=schema, prefer=prefer, rng=args.seed)
        model = model.export_release(args.scratch)
        scores.append(judged(model, train, holdout, args.seed))
        start = time.process_time()
        gates.append(
            privacy.gate(
                train, model.sample(len(train), rng=args.seed), holdout=holdout, model=model,
                schema=plain.schema, rng=args.seed,
            )
        )  # fmt: skip
        seconds = time.process_time() - start
    scores += [told(rows, holdout, plain.schema, args.seed) for rows in (done.table, train)]
    row = [
        name,
        len(train),
        *map(pair, scores),
        *map(verdict, gates),
        f"{fitted:.0f} / {seconds:.0f}",
    ]
    print(*row, sep=" | ", flush=True)
    return row


def verdict(gate):
    """Return "passed", or the steps that failed and why."""
    failed = (f"{step.number} {step.name}: {step.reason[:60]}" for step in gate.failed)
    return ", ".join(failed) or "passed"


def pair(values):
    return " / ".join(f"{v:.3f}" for v in values)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", default="../shared")
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", nargs="*", help="print these tables, write no page")
    parser.add_argument("--ends", action="store_true", help="code ends before the fit too")
    args = parser.parse_args()
    args.scratch = RESULTS.with_suffix(".json")
    warnings.simplefilter("ignore")
    heads = ["table", "rows", "default", *(f"released, {p}" for p in PREFER),
             "treated training rows", "training rows", *(f"gate, {p}" for p in PREFER),
             "fit / gate, s"]  # fmt: skip
    rows = [study(name, args) for name in args.only or TABLES]
    args.scratch.unlink()
    if args.only or args.ends:
        return
    lines = [
        "# Default models that are released",
        "",
        f"`python validation/release.py --rows {args.rows} --seed {args.seed}`, {date.today()}, "
        f"copulasynth {cs.__version__}, Python {platform.python_version()}. Boosting / forest AUC; "
        "the default and the released model by the split judge, two draws each; tables in halves.",
        "",
        "| " + " | ".join(heads) + " |",
        "|" + "---|" * len(heads),
        *("| " + " | ".join(map(str, row)) + " |" for row in rows),
    ]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
