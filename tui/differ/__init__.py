"""Between Textual and the terminal: only the cells that change are sent.

Textual sends every region that may have changed in full. The driver here reads what it sends, remembers
what the terminal shows, and passes on the difference. What it does not understand it passes on as it is
and forgets what it knew: it never errs, at worst it saves nothing. `PORT502_DIFFER=0` turns it off.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from textual.driver import Driver

OFF: Final = "PORT502_DIFFER"
"""Set to 0 in the environment, the terminal gets what Textual sends."""


def forget(driver: Driver | None) -> None:
    """Let the driver take nothing of what the terminal shows for known: something else has written there."""
    # Another driver has nothing to forget.
    if callable(forgets := getattr(driver, "forget", None)):
        forgets()


def chosen(environ: Mapping[str, str] | None = None) -> type[Driver] | None:
    """The driver to give to the application; None where Textual's own choice stands."""
    environ = os.environ if environ is None else environ
    # Somebody's own driver is somebody's own choice.
    if environ.get(OFF) == "0" or environ.get("TEXTUAL_DRIVER") or sys.platform == "win32":
        return None
    from tui.differ.driver import DifferDriver  # noqa: PLC0415 - only where there is a terminal for it

    return DifferDriver
