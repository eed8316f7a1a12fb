"""Ending a session in words: why it is not done, what is asked before it is, and what may be copied."""

from __future__ import annotations

import sys
from typing import Final

from tui.actions import key_of
from tui.feed import Question
from tui.panes import words
from tui.probes.destroy import commands
from tui.probes.holder import Holder
from tui.records import Session
from tui.screens.session_story import owner

GONE: Final = "the session is gone already: nothing was done"
COPIED_HERE: Final = "copied, if your terminal takes it (OSC 52)"
NO_COMMAND: Final = "no command can be made of its addresses"
_SYSTEMS: Final = (("linux", "Linux", 0, 1), ("win32", "Windows", 1, 3), ("darwin", "macOS", 3, 5))
"""Of each system its name, and which of the lines of `commands` are its own."""


def none_selected() -> str:
    """Said where an act needs a session."""
    return f"no session is selected: choose its line in the sessions pane ({key_of('sessions')})"


def copied_elsewhere() -> str:
    """Said where the commands that were copied are not in view."""
    return f"{COPIED_HERE}; {key_of('detail')} shows them"


def refusal(session: Session | None) -> str:
    """Why this session is not ended from here; empty where it may be."""
    if session is None:
        return none_selected()
    if session.ours:
        return f"port502's own connection: it closes that itself; {key_of('stop')} stops all probing"
    if session.side == "none":
        return f"its client is on {session.client}: {key_of('copy')} copies the commands for there"
    return ""


def question(session: Session, name: str, user: str) -> Question:
    """What is asked before a session is ended; *name* is the device's, *user* whoever does it."""
    device = f"{session.target} {name}".rstrip()
    who = owner(session)
    if session.side == "device":
        holds = f"This host has the device's end, served by {who or 'a program that cannot be seen'}."
        program = "That server sees this connection broken (ECONNABORTED) and goes on."
        peer = f"The client gets an RST, the slot is free, and {session.client} may connect again at once."
    else:
        holds = f"Its client is on this host: {who or 'no program has it any more, only the kernel'}."
        program = "That program sees its connection broken (ECONNABORTED) and may connect again at once."
        peer = f"{session.address} gets an RST and frees the slot; it keeps it if the RST is lost on the way."
    inside = (f"It is in the network namespace {session.netns}.",) if session.netns else ()
    return Question(
        "End this session?",
        (
            f"{session.client} port {session.client_port} to {device}",
            words.session_state_long(session),
            "",
            holds,
            *inside,
            program,
            peer,
            "Nothing else is touched: no other session, no program, no setting.",
            "",
            _recorded(user),
        ),
        "end it",
        "leave it",
    )


def second_question(session: Session, held: Holder, why: str, user: str) -> Question:
    """What is asked before a whole program is ended because its session alone cannot be."""
    others = words.count(held.others, "other TCP connection")
    return Question(
        "End the whole program?",
        (
            f"The session was {why}.",
            "",
            f"What this user can do is to end the program that holds it: {held.process}[{held.pid}]"
            + (f" of {session.user}, by SIGTERM." if session.user else ", by SIGTERM."),
            f"The whole program ends, not just the session: its {others}, and all else it does.",
            "It may take its time, ignore it, or be started again by whatever looks after it.",
            "",
            _recorded(user),
        ),
        "end the program",
        "leave it",
    )


def copied(session: Session) -> str:
    """The commands as text for a clipboard: this system's where the client is here, else each system's.

    Raises:
        ValueError: an address of the session is none.
    """
    lines = commands(session)
    if session.side in {"client", "both"}:
        for system, _, first, end in _SYSTEMS:
            if sys.platform == system:
                return "\n".join(lines[first:end])
    return "\n".join(
        text for _, name, first, end in _SYSTEMS for text in (f"# on {name}:", *lines[first:end])
    )


def _recorded(user: str) -> str:
    return (
        f"It goes into the log, and into the recording if one is kept, with the time and this user: {user}."
    )
