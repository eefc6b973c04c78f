"""Is the form of a text file found? Generated dialects, by our rules and by libraries of others.

Run `pip install clevercsv` and `python validation/csv_forms.py`; the table goes to
`validation/results/csv_forms.md`. Every table has a separator, a quote, a decimal mark and an
encoding of its own, texts that hold separators and quotes, numbers, dates, times, codes and gaps.
Half of them are changed as files of people are: titles or comments, no header, row names of R,
separators at the ends of lines, one column.
"""

import csv
import io
import tempfile
import time
import warnings
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from random import Random

import charset_normalizer
import clevercsv

from copulasynth.rows.csv_form import form_of
from copulasynth.rows.text_file import TextFile

TABLES = 400
RESULTS = Path(__file__).parent / "results" / "csv_forms.md"
TOWNS = ["Köln", "Zürich", "Bonn", "Málaga", "Århus", "Napoli", "Lyon", "Wien", "Graz"]
KINDS = ["whole", "decimal", "text", "town", "day", "time", "code", "truth"]
ODD = ("title", "comment", "no header", "row names", "trailing", "one column")


@dataclass(frozen=True)
class Made:
    """A file: its bytes and text, and what is true of it."""

    data: bytes
    text: str
    separator: str
    quote: str
    decimal: str
    encoding: str
    odd: str


def sentence(rng: Random) -> str:
    a, b = rng.sample(TOWNS, 2)
    return rng.choice([f"{a}, {b}", f"{a}; {b}", f'the "{a}" house', a, b, a])


def cell(kind: str, rng: Random, decimal: str) -> str:
    if rng.random() < 0.05:
        return ""
    day = f"20{rng.randint(10, 24)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    made = {
        "whole": str(rng.randint(0, 9999)),
        "decimal": f"{rng.gammavariate(2, 30):.{rng.randint(1, 3)}f}".replace(".", decimal),
        "text": sentence(rng),
        "town": rng.choice(TOWNS),
        "day": day,
        "time": f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}",
        "code": f"{rng.randint(0, 99999):05}",
        "truth": rng.choice(["yes", "no"]),
    }
    return made[kind]


def make(seed: int, odd: str) -> Made:
    rng = Random(seed)
    separator, quote = rng.choice(",;\t|"), rng.choice(['"', '"', '"', "'"])
    decimal = rng.choice(".,") if separator != "," else "."
    encoding = rng.choice(["utf8", "utf-8-sig", "cp1252", "utf-16"])
    kinds = ["decimal", *rng.choices(KINDS, k=rng.randint(1, 8))]
    names = [f"{kind} größe {i}" for i, kind in enumerate(kinds)]
    rows = [[cell(k, rng, decimal) for k in kinds] for _ in range(rng.choice([4, 8, 30, 200]))]
    sink = io.StringIO()
    quoting = csv.QUOTE_ALL if rng.random() < 0.25 else csv.QUOTE_MINIMAL
    writer = csv.writer(
        sink, delimiter=separator, quotechar=quote, quoting=quoting, lineterminator="\n"
    )
    writer.writerows([names, *rows])
    lines = changed(sink.getvalue().splitlines(), odd, separator, rng)
    text = "\n".join(lines) + "\n"
    commas = decimal == "," and any("," in row[0] for row in rows)
    mark = "," if commas and odd != "one column" else "."
    return Made(text.encode(encoding), text, separator, quote, mark, encoding, odd)


def changed(lines: list[str], odd: str, separator: str, rng: Random) -> list[str]:
    match odd:
        case "title":
            return ["Table 1. People and money", "as of 2024", *lines]
        case "comment":
            return ["# by us, for you", *lines[:2], "# see; notes | here", *lines[2:]]
        case "no header":
            return lines[1:]
        case "row names":
            return [lines[0], *(f"{i}{separator}{x}" for i, x in enumerate(lines[1:], 1))]
        case "trailing":
            return [line + separator for line in lines]
        case "one column":
            return ["town", *(rng.choice(TOWNS) for _ in lines)]
        case _:
            return lines


def judge(made: Made, path: Path, got: Counter[str], seconds: Counter[str]) -> None:
    path.write_bytes(made.data)
    single = made.odd == "one column"
    start = time.perf_counter()
    form = form_of(TextFile(path.name, path))
    seconds["ours"] += time.perf_counter() - start
    got["separator, ours"] += single or form.separator == made.separator
    got["quote, ours"] += made.quote not in made.text or form.quote == made.quote
    got["decimal mark, ours"] += form.decimal == made.decimal
    plain = "utf8" if made.encoding == "utf-8-sig" or made.data.isascii() else made.encoding
    got["encoding, ours"] += form.encoding == plain
    first = (form.names or ("",))[0]
    told = {"title": form.skipped == 2, "comment": form.remark == "#", "no header": first == "c1"}
    got["lines and header, ours"] += told.get(made.odd, first == "row" * (made.odd == "row names"))
    start = time.perf_counter()
    dialect = clevercsv.Sniffer().sniff(made.text)
    seconds["clevercsv"] += time.perf_counter() - start
    found = dialect.delimiter if dialect else None
    got["separator, clevercsv"] += found == ("" if single else made.separator)
    right = dialect is not None and dialect.quotechar == made.quote
    got["quote, clevercsv"] += made.quote not in made.text or right
    start = time.perf_counter()
    best = charset_normalizer.from_bytes(made.data).best()
    seconds["charset-normalizer"] += time.perf_counter() - start
    read = "" if best is None else str(best)
    got["encoding, charset-normalizer"] += read.removeprefix("\ufeff") == made.text


def main() -> None:
    got: dict[str, Counter[str]] = {"as they are": Counter(), "odd": Counter()}
    seconds: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(TABLES):
            odd = ODD[seed // 2 % len(ODD)] if seed % 2 else ""
            judge(
                make(seed, odd),
                Path(folder, "t.csv"),
                got["odd" if odd else "as they are"],
                seconds,
            )
    lines = ["| right, of 200 each | as they are | odd |", "|---|---|---|"]
    lines += [
        f"| {name} | {got['as they are'][name]} | {got['odd'][name]} |"
        for name in sorted(got["odd"] | got["as they are"])
    ]
    spent = ", ".join(f"{who} {1000 * s / TABLES:.1f} ms" for who, s in seconds.items())
    names = ", ".join(f"{p} {version(p)}" for p in ("clevercsv", "charset-normalizer"))
    text = "\n".join(
        [
            "# The form of text files",
            "",
            f"`python validation/csv_forms.py`, {names}.",
            "",
            *lines,
            "",
            f"A file takes {spent}.",
            "",
        ]
    )
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
