"""Damaged model files: none may crash, hang, take gigabytes or raise what is no error of ours.

Small models of every kind are saved; their files are damaged field by field with extremes, in
their structure and in their bytes, loaded, and sampled: in processes of their own, with limits on
memory and time, and with warnings as errors. With a log the files can be tried in pieces.

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

#: Bytes of address space, and seconds of a processor, that one file may take.
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
            start = time.process_time()
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            result = outcome(target)
            signal.setitimer(signal.ITIMER_PROF, 0)
            print(json.dumps([result, round(time.process_time() - start, 3)]), flush=True)


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
            why = "hang" if done.returncode == -signal.SIGPROF else f"crash ({done.returncode})"
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


def page(tried: list[tuple[list, str, float]], seed: int) -> str:
    """Return the results as a page."""
    packages = ("copulasynth", "numpy", "scipy", "pandas", "msgspec")
    versions = ", ".join(f"{p} {version(p)}" for p in packages)
    counts = Counter((what[2], name_of(result)) for what, result, _ in tried)
    names = sorted({name for _, name in counts} | set(GOOD), key=lambda n: (n not in GOOD, n))
    rows = [[way, *(f"{counts[way, n]:,}" for n in names)] for way in WAYS]
    faults = [f"- {r[:200]}: {w}" for w, r, _ in tried if name_of(r) not in GOOD]
    return "\n".join(
        [
            "# Damaged model files",
            "",
            f"Made by `python validation/fuzz_files.py --files {len(tried)} --seed {seed}` on "
            f"{datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()}, {versions}: "
            f"{len(tried):,} damaged files of {len(KINDS)} kinds, loaded and sampled (200 rows) "
            f"with at most {MEMORY >> 30} GiB and {SECONDS} s of a processor each, warnings as "
            f"errors. The slowest took {max(seconds for *_, seconds in tried):.1f} s. Refused is "
            "a `ModelFileError`; unmet another error of the package, in `sample`.",
            "",
            *table(["damaged by", *names], rows),
            "",
            *(faults or ["No crash, no hang, no exception outside the family, none over 2 GiB."]),
            "",
        ]
    )


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Return the lines of a table."""
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def name_of(result: str) -> str:
    """Return the kind of an outcome: what stands before its words."""
    return result.partition(":")[0].partition(" (")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--folder", type=Path, help="keep the undamaged files here")
    parser.add_argument("--log", type=Path, help="go on from this file of outcomes")
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
    """Try what the log does not have yet, say faults as they come, and write the page."""
    known = args.log.read_text().splitlines() if args.log and args.log.exists() else []
    done = {entry[0][0]: entry for entry in map(json.loads, known)}
    for first in range(args.first, args.files, args.batch):
        last = min(first + args.batch, args.files)
        new = [k for k in range(first, last) if k not in done]
        for entry in tried(folder, args.seed, new[0], last) if new else ():
            done[entry[0][0]] = entry
            if name_of(entry[1]) not in GOOD:
                print(entry, flush=True)
            if args.log:
                with args.log.open("a") as log:
                    log.write(json.dumps(entry) + "\n")
        print(f"{last} files", file=sys.stderr, flush=True)
    text = page([done[k] for k in sorted(done)], args.seed)
    print(text)
    if args.out:
        args.out.write_text(text)


if __name__ == "__main__":
    main()
