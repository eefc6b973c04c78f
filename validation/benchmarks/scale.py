"""Rows beyond one disk's patience: engines against threads, and what a killed run costs.

    python validation/benchmarks/scale.py --study draw --copula gaussian --rows 50000000
    python validation/benchmarks/scale.py --study draw --copula auto --rows 5000000 --each 131072

Ratios from one run on one machine. `--study draw`: rows of a Gaussian model or of the default, as a
folder of Parquet files by threads, Dask and Spark, with one and two workers of one thread. All must
have the same bytes. The pace is that between the first file and the last, so that the seconds in
which an engine starts stand apart. On a machine that others use, seconds of processors are the fair
measure of what an engine costs: those of all processes of a run, Java's too. `--kills 10`
kills a run with SIGKILL at so many random moments and resumes it. Folders are deleted as soon as
they are compared. Writes results/scale_draw_COPULA.md.

    python validation/benchmarks/scale.py --study fit --rows 20000000

`--study fit`: the passes over a folder of so many drawn rows, and of a fourth of them, against
DuckDB, which counts the values of every column of the same files and computes 101 quantiles of
every number, by two threads each; the largest memory of the whole fit; and whether the model is the
same from other files of the same rows. Writes results/scale_fit.md.
"""

import argparse
import hashlib
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import psutil
import pyarrow.parquet as pq

import copulasynth as cs

RESULTS = Path(__file__).resolve().parents[1] / "results"
SCRIPT = """
import json, sys, time
import psutil
import copulasynth as cs
model, out, n, engine, workers, resume, each = sys.argv[1:]
told = []
here = psutil.Process()

def used():
    times = [one.cpu_times() for one in (here, *here.children(recursive=True))]
    return sum(t.user + t.system + t.children_user + t.children_system for t in times)

cs.load(model).write(
    out, int(n), rng=7, engine=engine, workers=int(workers), resume=resume == "1",
    rows_per_file=int(each), progress=lambda rows: told.append((time.time(), used(), rows)),
)
print(json.dumps(told))
"""


@dataclass(frozen=True)
class Run:
    """What is to be drawn, and where to."""

    model: Path
    out: Path
    rows: int
    each: int

    def command(self, engine: str, workers: int, resume: bool = False) -> list[str]:
        """Return the command that writes it."""
        asked = self.model, self.out, self.rows, engine, workers, int(resume), self.each
        return [sys.executable, "-c", SCRIPT, *map(str, asked)]


@dataclass(frozen=True)
class Found:
    """What a run took: seconds, those until the first file, and from there on, a million rows.

    Then memory in GB, and what became of it.
    """

    seconds: float
    start: float
    each: float
    processor: float
    peak: float
    checksum: str


def checksum(folder: Path) -> str:
    """Return a hash of the names and bytes of all files of rows."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.parquet")):
        found.update(str(path.relative_to(folder)).encode())
        found.update(path.read_bytes())
    return found.hexdigest()


class Watch(threading.Thread):
    """Watches a process and its children: memory of the largest Python."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.process, self.largest = psutil.Process(pid), 0

    def run(self) -> None:
        """Look five times a second until the process ends."""
        while self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE:
            with suppress(psutil.Error):
                for one in (self.process, *self.process.children(recursive=True)):
                    self.look(one)
            time.sleep(0.2)

    def look(self, one: psutil.Process) -> None:
        """Note what a process has used so far."""
        with suppress(psutil.Error):
            if "java" not in one.name():
                self.largest = max(self.largest, one.memory_info().rss)


def timed(run: Run, engine: str, workers: int) -> Found:
    """Write a dataset and delete it."""
    shutil.rmtree(run.out, ignore_errors=True)
    start = time.time()
    command = run.command(engine, workers)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    watch = Watch(process.pid)
    watch.start()
    told = process.communicate()[0]
    if process.returncode:
        raise SystemExit(f"{engine} with {workers} workers failed")
    seconds = time.time() - start
    (first, used, _), *rest = json.loads(told)
    millions = sum(rows for _, _, rows in rest) / 1e6
    wall, processor = ((b - a) / millions for a, b in zip((first, used), rest[-1], strict=False))
    peak = watch.largest / 1e9
    found = Found(seconds, first - start, wall, processor, peak, checksum(run.out))
    shutil.rmtree(run.out)
    return found


def killed(run: Run, kills: int, seconds: float, whole: str) -> str:
    """Kill a run at random moments and resume it; say what came of it."""
    rng, times = random.Random(1), 0
    shutil.rmtree(run.out, ignore_errors=True)
    while True:
        process = subprocess.Popen(
            run.command("threads", 2, run.out.exists()), stdout=subprocess.DEVNULL
        )
        wait = rng.uniform(0.05, 0.25) * seconds if times < kills else None
        try:
            process.wait(wait)
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            times += 1
    stray = [p.name for p in run.out.rglob("*") if p.is_file() and p.suffix != ".parquet"]
    same = checksum(run.out) == whole
    shutil.rmtree(run.out)
    return f"Killed {times} times and resumed: bytes equal {same}, other files {stray}."


#: Processor seconds are a million rows, after the first file; "to threads" compares them.
COLUMNS = ("model", "rows", "engine", "workers", "s", "s to first file", "rows/s afterwards")
COLUMNS += ("to one worker", "processor s", "to threads", "peak GB", "bytes")


def draw(asked: argparse.Namespace, folder: Path) -> list[str]:
    """Draw datasets by each engine with one and two workers; return a page's lines."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    run = Run(folder / "model.json", folder / "out", asked.rows, asked.each)
    table = cs.datasets.simulate_telecom(5000, rng=1)
    cs.fit(table.iloc[:, :20], copula=asked.copula, rng=1).save(run.model)
    threads = {w: timed(run, "threads", w) for w in (1, 2)}
    for engine in asked.engines:
        one = None
        for workers in (1, 2):
            found = threads[workers] if engine == "threads" else timed(run, engine, workers)
            one, base = one or found, threads[workers]
            equal = "equal" if found.checksum == base.checksum else "OTHER"
            lines.append(
                f"| {asked.copula} | {asked.rows:,} | {engine} | {workers} | {found.seconds:.0f} | "
                f"{found.start:.0f} | {1e6 / found.each:,.0f} | "
                f"{one.each / found.each:.2f} | {found.processor:.2f} | "
                f"{found.processor / base.processor:.2f} | {found.peak:.2f} | {equal} |"
            )
            print(lines[-1], flush=True)
    if asked.kills:
        lines += ["", killed(run, asked.kills, threads[2].seconds, threads[2].checksum)]
        print(lines[-1])
    return lines


FIT = """
import json, resource, sys, time
import copulasynth as cs
files, out, started = sys.argv[1], sys.argv[2], time.perf_counter()
steps = [("start", 0.0)]
def tell(line):
    steps.append((str(line), time.perf_counter() - started))
cs.fit(files, copula="gaussian", rng=1, workers=2, progress=tell).save(out)
steps.append(("end", time.perf_counter() - started))
print(json.dumps([steps, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6]))
"""
FIRST, SECOND = "all rows: levels", "all rows: shares"
#: Most rows of which DuckDB is asked for exact quantiles, which it keeps all numbers for.
EXACT = 2_000_000


def passes(files: str, out: Path) -> tuple[list[float], float, float]:
    """Return the seconds of both passes and of the whole fit, and the largest memory in GB."""
    done = subprocess.run(
        [sys.executable, "-c", FIT, files, str(out)], capture_output=True, text=True, check=True
    )
    steps, memory = json.loads(done.stdout.splitlines()[-1])
    seconds = []
    for name in (FIRST, SECOND):
        begin = next(k for k, (line, _) in enumerate(steps) if line.startswith(name))
        ends = [t for line, t in steps[begin + 1 :] if line.endswith("rows are read")]
        last = [t for t in ends if name == SECOND or t < _begin(steps, SECOND)][-1]
        seconds.append(last - steps[begin][1])
    return seconds, steps[-1][1], memory


def _begin(steps: list[tuple[str, float]], name: str) -> float:
    return next(t for line, t in steps if line.startswith(name))


def counted(files: str, quantile: str) -> float:
    """Return the seconds that DuckDB takes for counts and quantiles of the columns of files."""
    import duckdb

    base = duckdb.connect()
    base.execute("set threads = 2")
    columns = base.execute(f"describe select * from '{files}'").fetchall()
    at = [k / 100 for k in range(101)]
    numbers = [n for n, kind, *_ in columns if kind not in ("VARCHAR", "BOOLEAN")]
    wanted = ", ".join(
        f'{quantile}("{n}", {at}), min("{n}"), max("{n}"), count("{n}")' for n in numbers
    )
    start = time.perf_counter()
    for name, *_ in columns:
        base.execute(
            f"select \"{name}\", count(*) from '{files}' group by 1 order by 2 desc limit 10000"
        ).fetchall()
    base.execute(f"select {wanted} from '{files}'").fetchall()
    return time.perf_counter() - start


def mingled(files: Path, out: Path) -> None:
    """Write the row groups of files, each in reverse, as files of another size and order."""
    out.mkdir(parents=True)
    paths = sorted(files.glob("*.parquet"), reverse=True)
    schema = pq.read_schema(paths[0])
    for k in range(3):
        with pq.ParquetWriter(out / f"{k}.parquet", schema) as sink:
            for path in paths[k::3]:
                table = pq.read_table(path)
                sink.write_table(table.take(np.arange(len(table))[::-1]), row_group_size=50_000)


def fit(asked: argparse.Namespace, folder: Path) -> list[str]:
    """Fit to folders of Parquet files; return a page's lines."""
    table = cs.datasets.simulate_telecom(5000, rng=1)
    model = cs.fit(table, copula="gaussian", rng=1)
    lines = ["| rows | columns | first pass s | second s | rows/s | whole fit s | peak GB | "]
    lines[0] += "DuckDB approximate s | DuckDB exact s | speed to approximate | to exact |"
    lines.append("|---" * 11 + "|")
    for n in (asked.rows // 4, asked.rows):
        lake = folder / "lake"
        shutil.rmtree(lake, ignore_errors=True)
        model.write(f"{lake}/", n, rng=7, workers=2)
        files, out = f"{lake}/*.parquet", folder / "fit.json"
        (first, second), whole, memory = passes(files, out)
        duck = [counted(files, "approx_quantile")]
        if n <= EXACT:
            duck.append(counted(files, "quantile_cont"))
        both = first + second
        told = " | ".join(f"{v:.1f}" for v in (first, second))
        speeds = " | ".join([*(f"{d / both:.2f}" for d in duck), ""][:2])
        base = " | ".join([*(f"{d:.1f}" for d in duck), ""][:2])
        lines.append(
            f"| {n:,} | {len(table.columns)} | {told} | {n / both:,.0f} | {whole:.0f} | "
            f"{memory:.2f} | {base} | {speeds} |"
        )
        print(lines[-1], flush=True)
        if n == asked.rows // 4:
            mingled(lake, folder / "mingled")
            passes(f"{folder}/mingled/*.parquet", folder / "other.json")
            equal = out.read_bytes() == (folder / "other.json").read_bytes()
            same = "the same" if equal else "ANOTHER"
            shutil.rmtree(folder / "mingled")
    shutil.rmtree(lake)
    return [*lines, "", f"Model of a fourth of the rows, mingled and in other files: {same}."]


#: A study a name: from what was asked for and a folder to write into to a page's lines.
STUDIES = {"draw": draw, "fit": fit}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--study", choices=STUDIES, default="draw")
    parser.add_argument("--rows", type=int, default=50_000_000)
    parser.add_argument("--copula", default="gaussian")
    parser.add_argument("--engines", nargs="+", default=["threads", "dask", "spark"])
    parser.add_argument("--each", type=int, default=16 * 65_536, help="rows of a file")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--folder", type=Path, help="where datasets are written; a temporary one")
    parser.add_argument("--dry", action="store_true", help="print, and write no results")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    lines = STUDIES[asked.study](asked, folder)
    name = f"{asked.study}_{asked.copula}" if asked.study == "draw" else asked.study
    versions = f"Python {platform.python_version()}, copulasynth {cs.__version__}"
    how = f"`python validation/benchmarks/scale.py {' '.join(sys.argv[1:])}`, {versions}."
    if not asked.dry:
        page = "\n".join([f"# Datasets: {asked.study}", "", how, "", *lines]) + "\n"
        (RESULTS / f"scale_{name}.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
