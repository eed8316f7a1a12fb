"""Runs the monitor's screen on an engine."""

from __future__ import annotations

from tui.cli.failure import Failure
from tui.engine import Engine
from tui.feed import Question
from tui.terminal import prepare, refusal


def monitor(engine: Engine, *, title: str, question: Question | None = None, theme: str = "") -> int:
    """Show the screen until it is quit; the exit code.

    Raises:
        Failure: this is no terminal to draw on.
    """
    if reason := refusal():
        raise Failure(reason)
    prepare()
    from tui.app import Port502  # noqa: PLC0415 - Textual reads its environment when imported

    app = Port502(engine, title=title, question=question, theme=theme or None)
    app.run(mouse=False)
    return int(app.return_code or 0)
