"""What must be settled with the terminal before Textual is imported, and while it may vanish."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Mapping, MutableMapping
from typing import Final

_ALWAYS: Final = {
    "TEXTUAL_ANIMATIONS": "none",
    "TEXTUAL_SMOOTH_SCROLL": "0",
    # Two frames a second come from the feed; the rest answer keys, and no key needs sixty.
    "TEXTUAL_FPS": "30",
}
_OVER_SSH: Final = {
    "TEXTUAL_FPS": "10",
    # A slow link can part an escape sequence: a short wait would take its start for the escape key.
    "ESCDELAY": "250",
}


def is_remote(environ: Mapping[str, str] | None = None) -> bool:
    """Whether the screen is reached over SSH."""
    environ = os.environ if environ is None else environ
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))


def prepare(environ: MutableMapping[str, str] | None = None) -> None:
    """Set what Textual reads when it is imported; what the user has set stands."""
    environ = os.environ if environ is None else environ
    for name, value in {**_ALWAYS, **(_OVER_SSH if is_remote(environ) else {})}.items():
        environ.setdefault(name, value)


def refusal(environ: Mapping[str, str] | None = None) -> str | None:
    """Why no screen can be shown here, in one line, or None."""
    environ = os.environ if environ is None else environ
    for stream, name in (
        (sys.__stdin__, "input"),
        (sys.__stdout__, "output"),
        (sys.__stderr__, "error output"),
    ):
        if stream is None or stream.closed or not stream.isatty():
            return f"the screen needs a terminal and the {name} is none; --headless runs without a screen"
    term = environ.get("TERM", "")
    if term in {"", "dumb", "unknown"}:
        return f"TERM={term or '(not set)'} cannot place text on a screen; --headless runs without one"
    return None


def carries(signs: str) -> bool:
    """Whether these signs reach the terminal: Textual writes to the error output, in its encoding."""
    for stream in (sys.__stdout__, sys.__stderr__):
        try:
            signs.encode(getattr(stream, "encoding", None) or "ascii")
        except (UnicodeEncodeError, LookupError):
            return False
    return True


def has_vanished(descriptor: int = 0) -> bool:
    """Whether the terminal behind standard input is gone: Textual would read its end for ever."""
    poll = getattr(select, "poll", None)
    if poll is None:
        return False
    asked = poll()
    asked.register(descriptor, 0)
    return any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in asked.poll(0))
