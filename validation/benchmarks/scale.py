"""Rows beyond one disk's patience: engines against threads, and what a killed run costs.

    python validation/benchmarks/scale.py --study draw --rows 50000000 --default-rows 5000000

Ratios from one run on one machine. `--study draw`: a Gaussian model and the default, written as a
folder of Parquet files by threads and by Dask (and Spark, with --engines), with one and two workers
of one thread. The bytes of all must be equal. `--kills 10` kills a run with SIGKILL at so many
random moments and resumes it. Folders are deleted as soon as they are compared. Writes
results/scale_STUDY.md.

    python validation/benchmarks/scale.py --study fit --rows 20000000

`--study fit`: the passes over a folder of so many drawn rows, and of a fourth of them, against
DuckDB, which counts the values of every column of the same files and computes 101 quantiles of
every number, by two threads each; the largest memory of the whole fit; and whether the model is the
same from other files of the same rows.
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
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import psutil
import pyarrow.parquet as pq

import copulasynth as cs

RESULTS = Path(__file__).resolve().parents[1] / "results"
SCRIPT = """
import sys
import copulasynth as cs
model, out, n, engine, workers, resume = sys.argv[1:]
cs.load(model).write(out, int(n), rng=7, engine=engine, workers=int(workers), resume=resume == "1")
"""


def command(model: Path, out: Path, n: int, engine: str, workers: int, resume: bool) -> list[str]:
    """Return the command that writes a dataset."""
    asked = [str(model), str(out), str(n), engine, str(workers), str(int(resume))]
    return [sys.executable, "-c", SCRIPT, *asked]


def checksum(folder: Path) -> str:
    """Return a hash of the names and bytes of all files of rows."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.parquet")):
        found.update(str(path.relative_to(folder)).encode())
        found.update(path.read_bytes())
    return found.hexdigest()


class Peak(threading.Thread):
    """Watches the memory of a process and its children: the largest of any one."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.process, self.largest = psutil.Process(pid), 0

    def run(self) -> None:
        """Look twice a second until the process ends."""
        while self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE:
            try:
                for one in (self.process, *self.process.children(recursive=True)):
                    self.largest = max(self.largest, one.memory_info().rss)
            except psutil.Error:
                pass
            time.sleep(0.5)


def timed(model: Path, out: Path, n: int, engine: str, workers: int) -> tuple[float, float, str]:
    """Return seconds, peak memory of a process in GB, and the checksum of a dataset."""
    shutil.rmtree(out, ignore_errors=True)
    start = time.perf_counter()
    process = subprocess.Popen(command(model, out, n, engine, workers, False))
    peak = Peak(process.pid)
    peak.start()
    if process.wait():
        raise SystemExit(f"{engine} with {workers} workers failed")
    seconds = time.perf_counter() - start
    found = seconds, peak.largest / 1e9, checksum(out)
    shutil.rmtree(out)
    return found


def killed(model: Path, folder: Path, n: int, kills: int, whole: str) -> str:
    """Kill a run at random moments and resume it; say what came of it."""
    out, rng = folder / "killed", random.Random(1)
    shutil.rmtree(out, ignore_errors=True)
    times = 0
    while True:
        process = subprocess.Popen(command(model, out, n, "threads", 2, out.exists()))
        wait = rng.uniform(2, 8) if times < kills else None
        try:
            process.wait(wait)
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            times += 1
    stray = [p.name for p in out.rglob("*") if p.is_file() and p.suffix != ".parquet"]
    same = checksum(out) == whole
    shutil.rmtree(out)
    return f"killed {times} times and resumed: bytes equal {same}, other files {stray}"


def draw(asked: argparse.Namespace, folder: Path) -> list[str]:
    """Draw datasets by each engine with one and two workers; return a page's lines."""
    table = cs.datasets.simulate_telecom(5000, rng=1)
    lines = ["| model | rows | engine | workers | s | to one worker of threads | peak GB | bytes |"]
    lines += ["|---|---|---|---|---|---|---|---|"]
    sizes = {"gaussian": asked.rows, "auto": asked.default_rows}
    for copula, n in ((c, n) for c, n in sizes.items() if n):
        model = folder / "model.json"
        cs.fit(table, copula=copula, rng=1).save(model)
        first: tuple[float, float, str] | None = None
        for engine in asked.engines:
            for workers in (1, 2):
                found = timed(model, folder / "out", n, engine, workers)
                first = first or found
                equal = "equal" if found[2] == first[2] else "OTHER"
                lines.append(
                    f"| {copula} | {n:,} | {engine} | {workers} | {found[0]:.0f} | "
                    f"{found[0] / first[0]:.2f} | {found[1]:.2f} | {equal} |"
                )
                print(lines[-1], flush=True)
    if asked.kills and first:
        lines += ["", killed(model, folder, n, asked.kills, first[2])]
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
        duck = [counted(files, q) for q in ("approx_quantile", "quantile_cont")]
        both = first + second
        told = " | ".join(f"{v:.1f}" for v in (first, second))
        speeds = " | ".join(f"{d / both:.2f}" for d in duck)
        lines.append(
            f"| {n:,} | {len(table.columns)} | {told} | {n / both:,.0f} | {whole:.0f} | "
            f"{memory:.2f} | {duck[0]:.1f} | {duck[1]:.1f} | {speeds} |"
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
    parser.add_argument("--default-rows", type=int, default=5_000_000)
    parser.add_argument("--engines", nargs="+", default=["threads", "dask"])
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--folder", type=Path, help="where datasets are written; a temporary one")
    parser.add_argument("--dry", action="store_true", help="print, and write no results")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    lines = STUDIES[asked.study](asked, folder)
    versions = f"Python {platform.python_version()}, copulasynth {cs.__version__}"
    how = f"`python validation/benchmarks/scale.py --study {asked.study}`, {versions}."
    if not asked.dry:
        page = "\n".join([f"# Datasets: {asked.study}", "", how, "", *lines]) + "\n"
        (RESULTS / f"scale_{asked.study}.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
