"""Rows beyond one disk's patience: engines against threads, and what a killed run costs.

    python validation/benchmarks/scale.py --study draw --rows 50000000 --default-rows 5000000

Ratios from one run on one machine. `--study draw`: a Gaussian model and the default, written as a
folder of Parquet files by threads and by Dask (and Spark, with --engines), with one and two workers
of one thread. The bytes of all must be equal. `--kills 10` kills a run with SIGKILL at so many
random moments and resumes it. Folders are deleted as soon as they are compared. Writes
results/scale_STUDY.md.
"""

import argparse
import hashlib
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

import psutil

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


#: A study a name: from what was asked for and a folder to write into to a page's lines.
STUDIES = {"draw": draw}


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
