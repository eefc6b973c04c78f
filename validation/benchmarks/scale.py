"""Rows beyond one disk's patience: engines against threads, and what a killed run costs.

    python validation/benchmarks/scale.py --study draw --rows 50000000 --default-rows 5000000

Ratios from one run on one machine. `--study draw`: a Gaussian model and the default, written as a
folder of Parquet files by threads, Dask and Spark, with one and two workers of one thread. All must
have the same bytes. The pace is that between the first file and the last, so that the seconds in
which an engine starts stand apart. On a machine that others use, seconds of processors are the fair
measure of what an engine costs: those of all processes of a run, Java's too. `--kills 10`
kills a run with SIGKILL at so many random moments and resumes it. Folders are deleted as soon as
they are compared. Writes results/scale_STUDY.md.
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

import psutil

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
    return sum(t.user + t.system for t in times)

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
        wait = rng.uniform(0.1, 0.5) * seconds if times < kills else None
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
    table = cs.datasets.simulate_telecom(5000, rng=1)
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    run, threads = None, {}
    sizes = {"gaussian": asked.rows, "auto": asked.default_rows}
    for copula, n in ((c, n) for c, n in sizes.items() if n):
        run = Run(folder / "model.json", folder / "out", n, asked.each)
        cs.fit(table.iloc[:, :20], copula=copula, rng=1).save(run.model)
        threads = {w: timed(run, "threads", w) for w in (1, 2)}
        for engine in asked.engines:
            one = None
            for workers in (1, 2):
                found = threads[workers] if engine == "threads" else timed(run, engine, workers)
                one = one or found
                base = threads[workers]
                equal = "equal" if found.checksum == base.checksum else "OTHER"
                lines.append(
                    f"| {copula} | {n:,} | {engine} | {workers} | {found.seconds:.0f} | "
                    f"{found.start:.0f} | {1e6 / found.each:,.0f} | "
                    f"{one.each / found.each:.2f} | {found.processor:.2f} | "
                    f"{found.processor / base.processor:.2f} | {found.peak:.2f} | {equal} |"
                )
                print(lines[-1], flush=True)
    if asked.kills and run is not None:
        lines += ["", killed(run, asked.kills, threads[2].seconds, threads[2].checksum)]
        print(lines[-1])
    return lines


#: A study a name: from what was asked for and a folder to write into to a page's lines.
STUDIES = {"draw": draw}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--study", choices=STUDIES, default="draw")
    parser.add_argument("--rows", type=int, default=50_000_000)
    parser.add_argument("--default-rows", type=int, default=5_000_000)
    parser.add_argument("--engines", nargs="+", default=["threads", "dask", "spark"])
    parser.add_argument("--each", type=int, default=16 * 65_536, help="rows of a file")
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
