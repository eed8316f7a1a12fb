"""Runs the monitor's screen on an engine."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tui.actions import rebind
from tui.clean import clean
from tui.cli.failure import Failure
from tui.cli.first import is_first, remember
from tui.feed import Feed, Question
from tui.terminal import prepare, refusal


def monitor(
    feed: Feed,
    *,
    title: str,
    question: Question | None = None,
    theme: str = "",
    keys: Mapping[str, Sequence[str]] | None = None,
    link: str | None = None,
    bell: bool = False,
    window: bool = True,
    journal: Path | None = None,
) -> int:
    """Show the screen until it is quit, with the user's own *keys* in force; the exit code.

    What is said of the *link* to the terminal decides how often the screen changes. New findings may ring the
    *bell*, and the title of the *window* tell how things stand. What is recorded in *journal*, a directory
    or one file, can be wound back to.

    Raises:
        Failure: this is no terminal to draw on, the theme is unknown, or the screen failed.
    """
    if reason := refusal():
        raise Failure(reason)
    prepare(link=link or "")
    rebind(keys or {})
    # Textual reads its environment when imported.
    from tui.announce import Announcer  # noqa: PLC0415
    from tui.app import Port502  # noqa: PLC0415
    from tui.theme_file import ThemeError  # noqa: PLC0415

    try:
        app = Port502(
            feed,
            title=title,
            question=question,
            theme=theme or None,
            first=is_first(),
            link=link or "",
            announcer=Announcer(bell=bell, title=window),
            journal=journal,
        )
    except ThemeError as error:
        raise Failure(str(error)) from error
    remember()
    try:
        app.run(mouse=False)
    finally:
        feed.stop()
    if fault := app.fault.getvalue():
        raise Failure(
            f"the screen stopped by a fault of its own ({_last_line(fault)}); please report {_kept(fault)}"
        )
    return int(app.return_code or 0)


def _last_line(fault: str) -> str:
    lines = [line.strip() for line in fault.splitlines() if line.strip()]
    return clean(lines[-1] if lines else "", 120)


def _kept(fault: str) -> Path:
    """The whole report in a file, for whoever mends it."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="port502-fault-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(fault)
    return Path(file.name)
