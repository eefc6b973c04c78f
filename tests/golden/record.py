"""Record the golden rows anew, and say which changed: ``python tests/golden/record.py``.

A change of recorded rows is a change of behaviour: it belongs in CHANGELOG.md.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.golden.cases import CASES
from tests.golden.environment import packages, processor
from tests.golden.fingerprint import digest, summary


def main() -> None:
    path = Path(__file__).with_name("rows.json")
    before = json.loads(path.read_text())["cases"] if path.exists() else {}
    cases = {}
    for name, draw in CASES.items():
        df = draw()
        cases[name] = {"sha256": digest(df), **summary(df)}
        if name not in before:
            print(f"new: {name}")
        elif before[name] != cases[name]:
            print(f"changed: {name}")
    for name in before.keys() - cases.keys():
        print(f"gone: {name}")
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items())
    head = f'{{"packages": {json.dumps(packages())},\n"processor": {json.dumps(processor())},\n'
    path.write_text(f'{head}"cases": {{\n{lines}\n}}}}\n')
    print(f"{len(cases)} cases recorded")


if __name__ == "__main__":
    main()
