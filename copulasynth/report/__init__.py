"""Reports: one standalone HTML page, its figures, and what the console shows."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from copulasynth.report.render import render_html

__all__ = ["render_html"]


def __getattr__(name: str) -> Any:
    # The console part, and all that judges, must not load what only the page draws with.
    if name == "render_html":
        from copulasynth.report.render import render_html

        return render_html
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
