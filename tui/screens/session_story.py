"""The page of a session in words: who holds it, how it stands, what was said in it, and what ends it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tui.actions import key_of
from tui.panes import words
from tui.panes.page import Para, heading
from tui.panes.session_lines import habits_of
from tui.panes.view import View
from tui.probes.destroy import commands
from tui.records import Session, Talk
from tui.screens.lines import MARGIN, fact, took
from tui.session_events import Acted
from tui.state.model import holds_slot

_UNKNOWN: Final = "not known: nothing that sees it tells"
_LABELS: Final = (
    "Linux, as root",
    "Windows",
    "",
    "macOS",
    "",
)
"""For each line of `commands`."""
_NUMBERS: Final = {
    1: "NUMBER is the last column of what that prints; the next line ends the whole program:",
    3: "NUMBER is the second column of what that prints; the next line ends the whole program:",
}
"""What is said after a line."""


def title(view: View, session: Session) -> str:
    """The page's title."""
    device = view.snapshot.devices.get(session.target)
    name = f"  {device.name}" if device and device.name else ""
    return f"{session.client} port {session.client_port} to {session.target}{name}"


def tell(view: View, session: Session, gone_at: float | None) -> list[Para]:
    """The page of a session; *gone_at* is when it was missed first, where it was."""
    paras: list[Para] = []
    if gone_at is not None:
        paras.append(Para(f"Gone since {words.full(gone_at)}. Below is what was seen last.", "warn"))
        paras.append(Para())
    habit = habits_of(view, session.target).get(session.key) if gone_at is None else None
    if habit is not None:
        paras.append(Para(habit.words, "warn" if habit.trouble else "plain", "its holder", MARGIN))
    paras += [fact(label, text) for label, text in _facts(view, session, gone=gone_at is not None) if text]
    paras += [*heading("Said in it"), *_said(session.talk)]
    paras += _done(view, session)
    if gone_at is None:
        paras += _to_end(view, session)
    return paras


def owner(session: Session) -> str:
    """The process behind a session and its user, where this host can see them; else empty."""
    who = words.process(session)
    return f"{who} of {session.user}" if who and session.user else who


def where(view: View, session: Session) -> str:
    """The host that has the client's end, as people name it."""
    if session.side not in {"client", "both"}:
        return session.client
    run = view.snapshot.run
    return f"this host ({run.host})" if run and run.host else "this host"


def _facts(view: View, session: Session, *, gone: bool) -> Iterator[tuple[str, str]]:
    device = view.snapshot.devices.get(session.target)
    here = session.side in {"client", "both"}
    yield "client", f"{session.client} port {session.client_port}" + (", on this host" if here else "")
    unseen = "" if session.side == "device" else "not seen from here: only the client's own host can tell"
    yield ("held by" if session.side != "device" else "served by"), owner(session) or unseen
    yield "namespace", session.netns
    yield "device", f"{session.target} {device.name if device else ''}".rstrip()
    yield "it dialled", f"{session.dialled}, translated on the way" if session.dialled else ""
    yield "state", words.session_state_long(session)
    slot = "taken by this session" if holds_slot(session) else "none: the device has let go of it"
    own = "this is port502's own connection, counted as nobody's"
    yield "device's slot", "" if gone else own if session.ours else slot
    yield "since", _since(view.now, session)
    yield "idle since", _UNKNOWN if session.active_at is None else _when(view.now, session.active_at)
    yield "round trip", took(session.rtt_ms)
    yield "resent", _resent(session)
    yield "queues", _queues(session)
    yield "firewall", _remembered(view.now, session)
    yield "seen by", _seen_by(session)


def _when(now: float, wall: float) -> str:
    ago = words.age(now - wall)
    return f"{words.full(wall)} ({ago if ago == 'now' else f'{ago} ago'})"


def _since(now: float, session: Session) -> str:
    if session.began:
        return f"{_when(now, session.since)}; its beginning was seen"
    return f"at least {_when(now, session.since)}: it was there when it was first seen"


def _resent(session: Session) -> str:
    if not (session.retransmits or session.backoff or session.unacked):
        return ""
    told = f"{words.count(session.retransmits, 'segment')} in all"
    if session.backoff:
        told += f"; the timer has doubled {words.count(session.backoff, 'time')} without an acknowledgement"
    if session.unacked:
        told += f"; {session.unacked} on the way"
    return told


def _queues(session: Session) -> str:
    if not (session.send_queue or session.receive_queue):
        return ""
    return (
        f"{words.count(session.send_queue, 'byte')} sent or waiting and not confirmed, "
        f"{session.receive_queue} received and not read"
    )


def _remembered(now: float, session: Session) -> str:
    if session.expires_at is None:
        return ""
    if session.expires_at <= now:
        return f"has forgotten it, unless a packet came: {words.full(session.expires_at)}"
    return f"remembers it until {words.full(session.expires_at)}, or longer when a packet comes"


def _seen_by(session: Session) -> str:
    several = session.seen_by or (session.vantage,)
    told = ", ".join(name for name in several if name)
    return told if len(several) == 1 else f"{told}; the figures are from {session.vantage}"


def _said(talk: Talk | None) -> Iterator[Para]:
    if talk is None:
        yield Para("Not known: its traffic does not pass where port502 sees it.", "quiet")
        return
    yield fact("requests", f"{talk.requests:,}")
    yield fact("exceptions", f"{talk.exceptions:,}")
    yield fact("unanswered", f"{talk.unanswered:,}")
    if talk.units:
        yield fact("unit ids", ", ".join(map(str, talk.units)))
    if talk.functions:
        yield fact("function codes", ", ".join(map(str, talk.functions)))
    if talk.period_s is not None:
        yield fact("rhythm", f"one request in {talk.period_s:.3g} s; longest pause {talk.pause_s:.3g} s")
    if talk.answer_ms is not None:
        yield fact("answers take", took(talk.answer_ms))
    if talk.foreign:
        told = words.count(talk.foreign, "segment")
        yield Para(f"{told} with data that is no Modbus TCP", "warn", "not Modbus", MARGIN)
    if talk.silent:
        yield Para(f"the {talk.silent} no longer reacts: gone without a word", "warn", "silent", MARGIN)


def _done(view: View, session: Session) -> Iterator[Para]:
    """What was done to it from here."""
    acts = [e for e in view.snapshot.log if isinstance(e, Acted) and e.session.key == session.key]
    if acts:
        yield from heading("Done from here")
    for act in acts:
        yield Para(f"{words.full(act.at)} {act.user}: {act.text}", "plain" if act.ok else "warn", "·", MARGIN)


def _to_end(view: View, session: Session) -> Iterator[Para]:
    yield from heading(f"To end it on {where(view, session)}")
    if session.side != "none" and not session.ours:
        ends, copies = key_of("end-session"), key_of("copy")
        words_ = f"{ends} ends it from here, it and nothing else. Or by hand; {copies} copies this:"
        yield Para(words_, "quiet")
    try:
        lines = commands(session)
    except ValueError:
        yield Para("No command can be made of its addresses.", "warn")
        return
    for number, line in enumerate(lines):
        yield Para(line, "plain", _LABELS[number], MARGIN)
        if number in _NUMBERS:
            yield Para(_NUMBERS[number], "quiet", "", MARGIN)
