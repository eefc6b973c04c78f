"""Does `fit` die on odd tables? Thousands of them, each fitted, drawn from, stored and written.

The recipes are those of ``tests/hostile_tables.py``. Each table goes through ``cs.fit(df)`` and
``sample(50)`` in a process with limits on memory and time, where every warning but the package's
own is an error. What comes back must have the table's columns, types, levels and gaps, survive a
model file and be written as CSV and Parquet; a table that is refused must hear which column and
why. Every fifth also meets another copula, another method, and the quick metrics.

    python validation/fuzz_tables.py --tables 10000 --seed 1 --minutes 8

goes on where it stopped, until all tables were seen; what it saw is kept in ``--state``. Writes
``validation/results/fuzz_tables.md`` (``--out``).
"""

import argparse
import csv
import json
import os
import re
import resource
import select
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from hostile_checks import check_refusal, check_rows, need
from hostile_tables import seeded

HERE = Path(__file__).resolve().parent
SECONDS, WALL, GIGABYTES, DRAWN = 20.0, 120.0, 2, 50
COPULAS = ("gaussian", "student", "vine", "mixture", "tree")
METHODS = ("independent", "smote", "munge", "cart", "parametric", "kde", "kernel", "bootstrap")


def stored(model: Any, drawn: Any, folder: Path) -> None:
    """Hold the rows of a model file, and files of rows, against drawn rows."""
    import pandas as pd
    import pyarrow.parquet as papq

    import copulasynth as cs

    model.save(folder / "m.json")
    again = cs.load(folder / "m.json").sample(DRAWN, rng=1)
    pd.testing.assert_frame_equal(again, drawn, check_exact=True)
    model.write(folder / "rows.csv", DRAWN, rng=1, workers=1)
    with open(folder / "rows.csv", newline="", encoding="utf-8") as f:
        need(sum(1 for _ in csv.reader(f)) == DRAWN + 1, "rows.csv has other rows")
    model.write(folder / "rows.parquet", DRAWN, rng=1, workers=1)
    need(papq.read_metadata(folder / "rows.parquet").num_rows == DRAWN, "rows.parquet")


def default(df: Any, folder: Path, found: dict[str, Any], say: Callable[[str], None]) -> Any:
    """Put a table through the default, and return the drawn rows and their schema, or None."""
    import copulasynth as cs

    say("fit")
    try:
        model = cs.fit(df, rng=1)
    except cs.errors.CopulasynthError as e:
        check_refusal(df, e)
        found["refused"] = re.sub(r"'[^']*'|\d[\d.,e+-]*", "#", str(e))[:90]
        return None
    say("sample")
    drawn = model.sample(DRAWN, rng=1)
    why = model.selection_table["why"].iloc[0] if len(model.selection_table) > 1 else ""
    found["fallback"] = re.sub(r"\d[\d.,e+-]*", "#", why)[:120]
    found["method"] = model.method
    say("compare")
    check_rows(df, drawn, model.schema.kinds, DRAWN)
    say("store")
    stored(model, drawn, folder)
    return drawn, model.schema


def others(df: Any, drawn: Any, number: int, say: Callable[[str], None]) -> None:
    """Put a table through another copula, another method, and the quick metrics."""
    import copulasynth as cs

    turn = number // 5
    for name in (COPULAS[turn % len(COPULAS)], METHODS[turn % len(METHODS)]):
        say(name)
        with suppress(cs.errors.CopulasynthError):
            model = cs.fit(df, copula=name, rng=1)
            check_rows(df, model.sample(DRAWN, rng=1), model.schema.kinds, DRAWN)
    if drawn is not None:
        for schema in (drawn[1], None):
            say("evaluate")
            with suppress(cs.errors.CopulasynthError):
                cs.evaluate(df, drawn[0], metrics="quick", schema=schema, rng=1)


def tried(number: int, seed: int, folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Return what one table met."""
    found: dict[str, Any] = {"number": number}
    said: list[str] = []

    def note(stage: str) -> None:
        said[:] = [stage]
        say(stage)

    note("make")
    df = seeded(seed, number).table()
    start = time.process_time()
    try:
        drawn = default(df, folder, found, note)
        if number % 5 == 0:
            others(df, drawn, number, note)
    except Exception as e:
        last = [f for f in traceback.extract_tb(e.__traceback__) if "copulasynth/" in f.filename]
        where = f"{Path(last[-1].filename).name}:{last[-1].lineno}" if last else ""
        found["fault"] = f"{said[0]}: {type(e).__name__}: {str(e)[:200]} ({where})"
    found["seconds"] = time.process_time() - start
    return found


def work(numbers: range, seed: int) -> None:
    """Try tables one by one, and print what each met as a line of JSON."""
    import copulasynth as cs

    cs.fit(seeded(0, 3).table(), copula="independence", rng=1)
    limit = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (limit + GIGABYTES * 2**30,) * 2)
    out = os.fdopen(os.dup(1), "w")

    def say(data: dict[str, Any]) -> None:
        print(json.dumps(data), file=out, flush=True)

    warnings.simplefilter("error")
    warnings.simplefilter("ignore", cs.errors.FitWarning)
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            before = os.fstat(2).st_size
            found = tried(number, seed, Path(folder), lambda stage: say({"stage": stage}))
            if os.fstat(2).st_size > before and "fault" not in found:
                found["fault"] = "something was printed on standard error"
            if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > GIGABYTES * 2**20:
                found["fault"] = f"more than {GIGABYTES} GB"
            say(found)


def processor_seconds(pid: int) -> float:
    """Return the processor time of a running process."""
    parts = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def lines_of(worker: subprocess.Popen[bytes]) -> Iterator[str]:
    """Yield lines of a worker; stop where it ends, or a stage takes too long."""
    assert worker.stdout is not None
    begun, wall, held = processor_seconds(worker.pid), time.monotonic(), b""
    # what comes before the first line is the import of the package
    while True:
        if select.select([worker.stdout], [], [], 1.0)[0]:
            piece = os.read(worker.stdout.fileno(), 65536)
            if not piece:
                return
            *whole, held = (held + piece).split(b"\n")
            yield from (line.decode() for line in whole)
            begun, wall = processor_seconds(worker.pid), time.monotonic()
        elif processor_seconds(worker.pid) - begun > SECONDS or time.monotonic() - wall > WALL:
            worker.kill()
            return


def seen(numbers: range, seed: int, until: float) -> Iterator[dict[str, Any]]:
    """Try tables in workers, a new one after each that died, and yield what each table met."""
    while numbers and time.monotonic() < until:
        shown = f"{numbers.start},{numbers.stop},{numbers.step}"
        call = [sys.executable, __file__, "--work", shown]
        with tempfile.TemporaryFile() as errors:
            worker = subprocess.Popen(
                [*call, "--seed", str(seed)],
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
            stage, next_one = "start", numbers.start
            for line in lines_of(worker):
                found = json.loads(line)
                if "number" not in found:
                    stage = found["stage"]
                    continue
                next_one = found["number"] + numbers.step
                yield found
                if time.monotonic() > until:
                    break
            stopped = time.monotonic() > until
            worker.kill()
            code = worker.wait()
            if not stopped and next_one < numbers.stop:
                errors.seek(0)
                tail = errors.read().decode(errors="replace")[-300:]
                yield {"number": next_one, "fault": f"{stage}: the worker ended ({code}) {tail}"}
                next_one += numbers.step
        numbers = range(next_one, numbers.stop, numbers.step)


def page(found: list[dict[str, Any]], seed: int) -> str:
    """Return the results as Markdown."""
    names = ("copulasynth", "numpy", "pandas", "scipy", "scikit-learn", "pyarrow")
    made = [f for f in found if "method" in f]
    faults = Counter(re.sub(r"\d+", "#", f["fault"]) for f in found if "fault" in f)
    kinds = Counter(
        "over the limits" if "worker ended" in f["fault"] or "GB" in f["fault"] else "other"
        for f in found
        if "fault" in f
    )
    slow = max((f.get("seconds", 0.0) for f in found), default=0.0)
    lines = [
        "# Odd tables",
        "",
        f"`python validation/fuzz_tables.py --tables {len(found)} --seed {seed}`, "
        f"{date.today().isoformat()}; " + ", ".join(f"{n} {version(n)}" for n in names) + ".",
        "",
        "| what | tables |",
        "|---|---:|",
        f"| tried | {len(found):,} |",
        f"| fitted and drawn from | {len(made):,} |",
        f"| refused, with column or table and remedy | {sum('refused' in f for f in found):,} |",
        f"| fitted by a simpler copula than the rule named | "
        f"{sum(bool(f.get('fallback')) for f in found):,} |",
        f"| crashes, hangs over {SECONDS:.0f} s, memory over {GIGABYTES} GB | "
        f"{kinds['over the limits']:,} |",
        f"| exceptions outside the family, warnings, rows that came back otherwise | "
        f"{kinds['other']:,} |",
        "",
        f"The slowest took {slow:.1f} s of processor time. Every fifth table also met another "
        "copula, another method and the quick metrics.",
    ]
    tables = {
        "Copulas": Counter(f["method"] for f in made),
        "Refusals": Counter(f["refused"] for f in found if "refused" in f),
        "Simpler copulas, and why": Counter(f["fallback"] for f in made if f["fallback"]),
        "Faults": faults,
    }
    for title, counts in tables.items():
        lines += ["", f"## {title}", "", *(f"- {n:,}: {what}" for what, n in counts.most_common())]
        if not counts:
            lines.append("None.")
    return "\n".join(lines) + "\n"


def kept(share: range, seed: int, folder: Path, until: float) -> list[dict[str, Any]]:
    """Go on with a share of the tables, and return all of it that was seen."""
    state = folder / f"{seed}_{share.start}_{share.step}.jsonl"
    lines = state.read_text().splitlines() if state.exists() else []
    found = [json.loads(line) for line in lines]
    with open(state, "a", encoding="utf-8") as file:
        for one in seen(share[len(found) :], seed, until):
            found.append(one)
            print(json.dumps(one), file=file, flush=True)
            if "fault" in one:
                print(one["number"], one["fault"], flush=True)
    return found


def main() -> None:
    """Go on with the tables that were not seen yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=600.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--state", type=Path, default=Path(tempfile.gettempdir()) / "fuzz_tables")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "fuzz_tables.md")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work:
        work(range(*map(int, args.work.split(","))), args.seed)
        return
    args.state.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + 60 * args.minutes
    shares = [range(k, args.tables, args.workers) for k in range(args.workers)]
    with ThreadPoolExecutor(args.workers) as pool:
        parts = pool.map(lambda share: kept(share, args.seed, args.state, until), shares)
    found = [one for part in parts for one in part]
    args.out.write_text(page(found, args.seed))
    print(f"{len(found)} of {args.tables} tables seen")


if __name__ == "__main__":
    main()
