"""The shape of the house: sizes, circles, names. What grows past a bound holds two ideas."""

import ast
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

import copulasynth

ROOT = Path(copulasynth.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in FILES}


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    doc = ast.get_docstring(function, clean=False)
    lines = function.end_lineno - function.lineno + 1
    return lines - (doc.count("\n") + 1 if doc else 0)


def imported(path: Path) -> set[str]:
    """Return the modules of the package that a file imports where it runs, not for types alone."""
    skipped = {
        id(inner)
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(TREES[path]):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in MODULES else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name in MODULES and name != "copulasynth"}


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that import each other round in a ring (Tarjan 1972)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        number[name] = low[name] = len(number)
        stack.append(name)
        for other in edges[name]:
            if other not in number:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], number[other])
        if low[name] == number[name]:
            at = stack.index(name)
            group = stack[at:]
            del stack[at:]
            if len(group) > 1:
                found.append(sorted(group))

    for name in edges:
        if name not in number:
            visit(name)
    return found


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_a_file_holds_one_idea(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 320


def test_nine_functions_in_ten_have_at_most_twenty_two_lines():
    sizes = sorted(
        body_lines(node)
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert sizes[int(0.9 * len(sizes))] <= 22


def test_no_files_import_each_other_in_a_circle():
    edges = {name: imported(path) - {name} for name, path in MODULES.items()}
    assert circles(edges) == []


def test_a_circle_would_be_seen():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def test_a_class_name_means_one_thing():
    homes = defaultdict(list)
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                homes[node.name.lstrip("_")].append(module_of(path))
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


def test_no_room_imports_a_private_module_of_another():
    found = []
    for name, path in MODULES.items():
        room = name.split(".")[:2]
        for other in imported(path):
            parts = other.split(".")
            if len(parts) > 2 and parts[:2] != room and any(p.startswith("_") for p in parts[2:]):
                found.append((name, other))
    assert found == []


@pytest.mark.parametrize(("pattern", "most"), [(r"\b(?:getattr|hasattr)\(", 47), (r": Any\b", 188)])
def test_types_say_what_things_are(pattern, most):
    counted = Counter({n: len(re.findall(pattern, p.read_text())) for n, p in MODULES.items()})
    assert counted.total() <= most, counted.most_common(10)
