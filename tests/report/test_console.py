"""Tables on a console."""

import io

from rich.console import Console

from copulasynth.report.console import grid


def drawn(width, rows):
    console = Console(file=io.StringIO(), width=width)
    console.print(grid("Title", rows, console.width))
    return console.file.getvalue()


def test_words_are_not_broken_where_there_is_another_way():
    rows = [{"metric": "Wasserstein-1", "what": "how far apart " * 5, "value": "0.0123 to 0.0456"}]
    for width in (60, 80):
        text = drawn(width, rows)
        assert "Wasserstein-1" in text
        assert max(map(len, text.splitlines())) <= width
    assert max(map(len, drawn(30, rows).splitlines())) <= 30
    assert drawn(200, rows).count("how far apart") == 5
