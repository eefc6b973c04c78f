"""Damaged model files: none may crash, hang, take gigabytes or raise what is no error of ours.

Small models of every kind are saved; their files are damaged field by field with extremes, in
their structure and in their bytes, loaded, and sampled: in processes of their own, with limits on
memory and time, and with warnings as errors.

    python validation/fuzz_files.py --files 10000 --seed 14 --out validation/results/fuzz_files.md

Writes how many there were of each outcome, and every fault.
"""

import argparse
import json
import platform
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
from damage import WAYS, damaged, fields, outcome
from file_kinds import KINDS, document

#: Bytes of address space and seconds that loading and sampling one file may take.
MEMORY, SECONDS = 2 << 30, 20
GOOD = ("refused", "sampled", "unmet")


def work(folder: Path, seed: int, first: int, last: int) -> None:
    """Try files in this process, which a hang or a crash ends; say each one before and after."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    texts = {p.stem: p.read_text() for p in sorted(folder.glob("*.kind"))}
    known, chances = fields(texts), np.array(list(WAYS.values()))
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch, "damaged.json")
        for index in range(first, last):
            rng = np.random.default_rng([seed, index])
            way = list(WAYS)[int(rng.choice(len(WAYS), p=chances / chances.sum()))]
            kind, raw, words = damaged(texts, known, rng, way)
            target.write_bytes(raw)
            print(json.dumps([index, kind, way, words]), flush=True)
            start = time.perf_counter()
            signal.alarm(SECONDS)
            result = outcome(target)
            signal.alarm(0)
            print(json.dumps([result, round(time.perf_counter() - start, 3)]), flush=True)


def tried(folder: Path, seed: int, first: int, last: int) -> Iterator[tuple[list, str, float]]:
    """Yield what was done to each file, its outcome and its seconds."""
    while first < last:
        told = [sys.executable, __file__, "--work", str(folder), str(seed), str(first), str(last)]
        done = subprocess.run(told, capture_output=True, text=True, check=False)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        for what, (result, seconds) in zip(lines[::2], lines[1::2], strict=False):
            yield what, result, seconds
        first += len(lines) // 2
        if len(lines) % 2:
            why = "hang" if done.returncode == -signal.SIGALRM else f"crash ({done.returncode})"
            yield lines[-1], why, float(SECONDS)
            first += 1
        elif done.returncode:
            raise RuntimeError(done.stderr)


def save_kinds(folder: Path) -> None:
    """Save a file of every kind that is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in KINDS:
        path = folder / f"{name}.kind"
        if not path.exists():
            path.write_text(json.dumps(document(name, folder)))


def page(files: int, seed: int, counts: Counter, faults: list[str], slowest: float) -> str:
    """Return the results as a page."""
    packages = ("copulasynth", "numpy", "scipy", "pandas", "msgspec")
    versions = ", ".join(f"{p} {version(p)}" for p in packages)
    names = sorted({name for _, name in counts}, key=lambda n: (n not in GOOD, n))
    lines = [
        f"| {way} | " + " | ".join(f"{counts[way, n]:,}" for n in names) + " |" for way in WAYS
    ]
    return "\n".join(
        [
            f"Made by `python validation/fuzz_files.py --files {files} --seed {seed}` on "
            f"{datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()}, {versions}: "
            f"{files:,} damaged files of {len(KINDS)} kinds, loaded and sampled (200 rows) with at "
            f"most {MEMORY >> 30} GiB and {SECONDS} s each, warnings as errors. The slowest took "
            f'{slowest:.1f} s. "Unmet" is an error of ours in `sample`: no rows obey the rules '
            "that the file holds.",
            "",
            "| damaged by | " + " | ".join(names) + " |",
            "|---" * (len(names) + 1) + "|",
            *lines,
            "",
            *(faults or ["No crash, no hang, no exception outside the family, none over 2 GiB."]),
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--batch", type=int, default=200)
    parser.add_argument("--folder", type=Path, help="keep the undamaged files here")
    parser.add_argument("--log", type=Path, help="add every outcome to this file")
    parser.add_argument("--out", type=Path, help="write the results to this page")
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work:
        folder, *numbers = args.work
        work(Path(folder), *map(int, numbers))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.folder or Path(scratch)
        save_kinds(folder)
        run(folder, args)


def run(folder: Path, args: argparse.Namespace) -> None:
    """Try all files, print faults as they come, and write the page."""
    counts: Counter[tuple[str, str]] = Counter()
    faults, slowest = [], 0.0
    for first in range(args.first, args.files, args.batch):
        last = min(first + args.batch, args.files)
        for what, result, seconds in tried(folder, args.seed, first, last):
            name = result.partition(":")[0].partition(" (")[0]
            counts[what[2], name] += 1
            slowest = max(slowest, seconds)
            if name not in GOOD:
                faults.append(f"- {result[:200]}: {what}, {seconds} s")
                print(faults[-1], flush=True)
            if args.log:
                with args.log.open("a") as log:
                    log.write(json.dumps([what, result, seconds]) + "\n")
        print(f"{last} files, {len(faults)} faults", file=sys.stderr, flush=True)
    text = page(args.files - args.first, args.seed, counts, faults, slowest)
    print(text)
    if args.out:
        args.out.write_text(text)


if __name__ == "__main__":
    main()
