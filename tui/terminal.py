"""What must be settled with the terminal before Textual is imported, and while it may vanish."""

from __future__ import annotations

import codecs
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
_SLOW: Final = {
    "TEXTUAL_FPS": "10",
    # A slow link can part an escape sequence: a short wait would take its start for the escape key.
    "ESCDELAY": "250",
}

_PYTHONS_OWN: Final = ("C.UTF-8", "C.utf8", "UTF-8")
"""What Python itself puts into LC_CTYPE where the locale is plain C (PEP 538)."""


def is_remote(environ: Mapping[str, str] | None = None) -> bool:
    """Whether the screen is reached over SSH."""
    environ = os.environ if environ is None else environ
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))


def is_slow(link: str = "", environ: Mapping[str, str] | None = None) -> bool:
    """Whether to spare the link to the terminal: as was said of it, else where it is SSH."""
    return link == "slow" if link else is_remote(environ)


def prepare(environ: MutableMapping[str, str] | None = None, *, link: str = "") -> None:
    """Set what Textual reads when it is imported; what the user has set stands."""
    environ = os.environ if environ is None else environ
    for name, value in {**_ALWAYS, **(_SLOW if is_slow(link, environ) else {})}.items():
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


def carries(signs: str, environ: Mapping[str, str] | None = None) -> bool:
    """Whether these signs reach the terminal: Textual writes to the error output, in its encoding."""
    environ = os.environ if environ is None else environ
    for stream in (sys.__stdout__, sys.__stderr__):
        encoding = getattr(stream, "encoding", None) or "ascii"
        try:
            signs.encode(encoding)
            # Python falls back to UTF-8 for a locale that is plain C, or that this host does not have.
            if codecs.lookup(encoding).name == "utf-8" and _other_than_utf8(environ):
                return signs.isascii()
        except (UnicodeEncodeError, LookupError):
            return False
    return True


def _other_than_utf8(environ: Mapping[str, str]) -> bool:
    """Whether the locale says outright that the terminal has another encoding; silence says nothing."""
    names = ["LC_ALL", "LC_CTYPE", "LANG"]
    if sys.flags.utf8_mode and environ.get("LC_CTYPE") in _PYTHONS_OWN:
        names.remove("LC_CTYPE")
    locale = next((said for name in names if (said := environ.get(name))), "")
    encoding = locale.partition(".")[2].partition("@")[0]
    return locale in {"C", "POSIX"} or encoding.lower().replace("-", "") not in {"", "utf8"}


def has_vanished(descriptor: int = 0) -> bool:
    """Whether the terminal behind standard input is gone: Textual would read its end for ever."""
    poll = getattr(select, "poll", None)
    if poll is None:
        return False
    asked = poll()
    asked.register(descriptor, 0)
    return any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in asked.poll(0))
