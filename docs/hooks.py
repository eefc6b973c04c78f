"""What the site adds to its pages: the command line, files of the repository, the decisions.

``<!-- commands -->`` becomes the reference of the command line, made from the commands themselves,
``<!-- methods -->`` and ``<!-- marginals -->`` the tables of what has a name;
``<!-- include: validation/results/coverage.md -->`` becomes that file, its headings two levels
down. ``<!-- results -->`` becomes every table of ``validation/results`` that the page does not
include by name, and ``<!-- table: FILE KEY -->`` the records under a key of a JSON file. So no
figure is typed by hand. The decision records are listed as they lie in ``docs/decisions``.
"""

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
INCLUDE = re.compile(r"^<!-- include: (\S+) -->$", re.MULTILINE)
TABLE = re.compile(r"^<!-- table: (\S+) (\w+) -->$", re.MULTILINE)
RESULTS = "<!-- results -->"
ROLE = re.compile(r":(?:func|class|meth|mod|attr|data|obj):(<code>)~?")


def on_config(config: Any) -> Any:
    """List every decision record under "Decisions"."""
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    config["nav"].append({"Decisions": [f"decisions/{record.name}" for record in records]})
    return config


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in the commands and the included files of a page."""
    if "<!-- commands -->" in markdown:
        markdown = markdown.replace("<!-- commands -->", commands())
    if "<!-- methods -->" in markdown:
        from copulasynth.synthesizers.registry import table as methods

        markdown = markdown.replace("<!-- methods -->", rows(methods()))
    if "<!-- marginals -->" in markdown:
        from copulasynth.marginals.registry import table as marginals

        markdown = markdown.replace("<!-- marginals -->", rows(marginals()))
    if RESULTS in markdown:
        markdown = markdown.replace(RESULTS, "\n\n".join(others(markdown)))
    markdown = TABLE.sub(lambda found: records(found.group(1), found.group(2)), markdown)
    return INCLUDE.sub(lambda found: included(found.group(1)), markdown)


def on_page_content(html: str, **_: Any) -> str:
    """Leave out the Sphinx roles of docstrings, which Markdown shows as they are."""
    return ROLE.sub(r"\1", html)


def others(page: str) -> list[str]:
    """Return an include for every result that a page does not name."""
    results = sorted((ROOT / "validation" / "results").glob("*.md"))
    names = [str(path.relative_to(ROOT)) for path in results]
    return [f"<!-- include: {name} -->" for name in names if name not in page]


def records(name: str, key: str) -> str:
    """Return a list of records in a JSON file as a Markdown table, and what else the file says."""
    data = json.loads((ROOT / name).read_text(encoding="utf-8"))
    listed = data.pop(key)
    said = "; ".join(f"{k}: {_flat(v)}" for k, v in data.items() if not isinstance(v, list))
    return f"{said}.\n\n{rows(listed)}"


def rows(listed: list[dict[str, Any]]) -> str:
    """Return records as a Markdown table."""
    lines = [f"| {' | '.join(row)} |" for row in (listed[0], ["---"] * len(listed[0]))]
    lines += [f"| {' | '.join(_flat(v) for v in row.values())} |" for row in listed]
    return "\n".join(lines)


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {v}" for k, v in value.items())
    return f"{value:,}" if isinstance(value, int) else str(value)


def included(name: str) -> str:
    """Return a Markdown file of the repository, to stand inside a page."""
    path = (ROOT / name).resolve()
    if not path.is_relative_to(ROOT):
        raise ValueError(f"{name} lies outside the repository")
    text = re.sub(r"^#", "###", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    # a headline in the middle of a page is the headline of a section
    return re.sub(r"\A###", "##", text)


def commands() -> str:
    """Return the reference of every command: usage, arguments, options, example."""
    import typer

    from copulasynth.cli.main import app

    group: Any = typer.main.get_command(app)
    return "\n\n".join(_command(name, command) for name, command in group.commands.items())


def _command(name: str, command: Any) -> str:
    usage = " ".join(["copulasynth", name, *_usage(command)])
    lines = [f"## {name}", "", _plain(command.help), "", f"```text\n{usage}\n```", ""]
    rows = [_row(p) for p in command.params if not getattr(p, "hidden", False)]
    if rows:
        lines += ["| argument or option | what it is | default |", "|---|---|---|", *rows, ""]
    if command.epilog:
        lines += [_example(command.epilog)]
    return "\n".join(lines)


def _usage(command: Any) -> list[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    names = [_name(p) if p.required else f"[{_name(p)}]" for p in arguments]
    return [*names, "[OPTIONS]"]


def _name(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _row(parameter: Any) -> str:
    argument = parameter.param_type_name == "argument"
    names = [_name(parameter)] if argument else [*parameter.opts, *parameter.secondary_opts]
    default = "" if callable(parameter.default) else parameter.default
    if default is None or default is False or "Sentinel" in repr(default):
        default = "required" if parameter.required else ""
    shown = ", ".join(f"`{n}`" for n in names)
    said = f"`{default}`" if default not in ("", "required") else default
    return f"| {shown} | {_plain(getattr(parameter, 'help', ''))} | {said} |"


def _plain(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def _example(epilog: str) -> str:
    said, colon, line = epilog.partition(":")
    return f"{said}:\n\n```bash\n{line.strip()}\n```" if colon else epilog
