"""How figures and states are said: short, coarse enough to stand still, the same everywhere."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Final

from tui.diagnosis.causes import NAMES
from tui.diagnosis.habits import Habit
from tui.records import Finding, ProbeState, Session, Talk
from tui.state.counts import History, by_step
from tui.state.holding import Holding
from tui.state.model import Device

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86400
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_GAUGE: Final = 8
_STATES_TOO: Final = frozenset({"gone", "left-open"})
"""Habits that say how the connection stands, too."""
_SPARK: Final = "▁▂▃▄▅▆▇█"

STATES: Final[dict[ProbeState, str]] = {
    "answers": "answers",
    "open": "open",
    "refused": "refused",
    "timeout": "silent",
    "host-unreachable": "no host",
    "net-unreachable": "no network",
    "prohibited": "prohibited",
    "no-neighbour": "no neighbour",
    "error": "error",
}
"""The outcome of asking an address."""

STATES_LONG: Final[dict[ProbeState, str]] = {
    "answers": "answers Modbus",
    "open": "accepts connections; no Modbus answer seen",
    "refused": "refuses the connection",
    "timeout": "silent: no answer to TCP connects",
    "host-unreachable": "a router says the host cannot be reached",
    "net-unreachable": "no route to its network",
    "prohibited": "something on the way prohibits it",
    "no-neighbour": "nobody on this link answers ARP for it",
    "error": "could not be asked",
}

# What a TCP state at one end means for whoever holds the connection. At the client's end first.
_CLIENT_STATES: Final = {
    "ESTABLISHED": ("up", "connected"),
    "SYN_SENT": ("connecting", "connecting, not answered yet"),
    "SYN_RECV": ("connecting", "connecting, not completed yet"),
    "FIN_WAIT1": ("closed here", "closed here, the device has not confirmed and may still hold it"),
    "FIN_WAIT2": ("closed here", "closed here, the device has not closed its end and still holds it"),
    "CLOSING": ("closing", "both ends are closing"),
    "TIME_WAIT": ("over", "closed, waiting out stray packets; the device has let go"),
    "CLOSE_WAIT": ("left open", "closed by the device, still open here: the client never closed its end"),
    "LAST_ACK": ("closing", "closed by both, the last confirmation is missing"),
    "CLOSE": ("over", "closed"),
}
_DEVICE_STATES: Final = {
    **_CLIENT_STATES,
    "FIN_WAIT1": ("device closed", "closed by the device, the client has not confirmed"),
    "FIN_WAIT2": ("device closed", "closed by the device, the client has not closed its end"),
    "CLOSE_WAIT": ("device holds", "closed by the client, the device still holds it"),
}


def age(seconds: float) -> str:
    """How long ago, in steps coarse enough that a still row stays still."""
    if seconds < 5:  # noqa: PLR2004 - the steps are the text
        return "now"
    if seconds < 10:  # noqa: PLR2004
        return "5s"
    if seconds < MINUTE:
        return f"{int(seconds) // 10 * 10}s"
    if seconds < HOUR:
        return f"{int(seconds) // MINUTE}m"
    if seconds < DAY:
        return f"{int(seconds) // HOUR}h"
    return f"{int(seconds) // DAY}d"


def left(seconds: float) -> str:
    """How long it will still take."""
    if seconds < 10:  # noqa: PLR2004
        return "soon done"
    if seconds < MINUTE:
        return f"{-(-int(seconds) // 10) * 10} s left"
    if seconds < 2 * HOUR:
        return f"{-(-int(seconds) // MINUTE)} min left"
    return f"{-(-int(seconds) // HOUR)} h left"


def ms(value: float | None) -> str:
    """Milliseconds, whole."""
    if value is None:
        return ""
    if value < 1:
        return "<1"
    return f"{value:.0f}" if value < 10_000 else f"{value / 1000:.0f}s"  # noqa: PLR2004


@lru_cache(maxsize=512)
def moment(wall: float, today: int) -> str:
    """Time of day; for another day than *today* (its number since 1970, local) the date."""
    at = time.localtime(wall)
    if day(wall) == today:
        return f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02}"
    return f"{at.tm_mday:2} {_MONTHS[at.tm_mon - 1]}"


def day(wall: float) -> int:
    """The local day, as a number."""
    at = time.localtime(wall)
    return at.tm_year * 1000 + at.tm_yday


def minute(wall: float) -> str:
    """Hours and minutes."""
    at = time.localtime(wall)
    return f"{at.tm_hour:02}:{at.tm_min:02}"


def full(wall: float) -> str:
    """Date and time."""
    at = time.localtime(wall)
    return f"{at.tm_year}-{at.tm_mon:02}-{at.tm_mday:02} {at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02}"


def count(number: int, one: str, many: str = "") -> str:
    """A number and its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def slots(held: Holding) -> str:
    """Connections taken of those there are. What is not all that there may be is shown as a lower bound."""
    if not held.taken and not held.exact:
        return "" if held.limit is None else f"-/{held.limit}"
    taken = f"{held.taken}" if held.exact or held.full else f"≥{held.taken}"
    least = f"≥{held.least}" if is_more(held) else "?"
    return f"{taken}/{least if held.limit is None else held.limit}"


def is_more(held: Holding) -> bool:
    """Whether more is known of the limit than that it is at least what is taken."""
    return held.least is not None and held.least > held.taken


def gauge(held: Holding) -> str:
    """The same as a picture: one mark a connection, or eight for them all."""
    if held.limit is None:
        return ""
    cells = min(held.limit, _GAUGE)
    marked = held.taken if cells == held.limit else -(-held.taken * cells // held.limit)
    if marked >= cells and not held.full:
        marked = cells - 1
    return "●" * min(marked, cells) + "○" * (cells - marked)


def spark(history: History, held: Holding, now: float) -> str:
    """The count over the last hour, as high as the limit or as the most there were; "" without a past."""
    found = [count for count in by_step(history, now) if count is not None]
    top = max([held.limit or 0, *found])
    if not top or len(found) < 2:  # noqa: PLR2004 - one step is no history
        return ""
    steps = len(_SPARK) - 1
    return "".join(_SPARK[-(-min(count, top) * steps // top)] for count in found)


def state(device: Device) -> str:
    """How the last question ended."""
    return STATES[device.state] if device.state else "not asked"


def session_state(session: Session) -> str:
    """Where a connection stands, in a word or two."""
    return _told(session)[0]


def session_state_long(session: Session) -> str:
    """Where a connection stands, in a sentence."""
    told = _told(session)[1]
    if session.device_state and session.device_state != session.state:
        other = _DEVICE_STATES.get(session.device_state, (session.device_state,) * 2)[1]
        return f"{told}; at the device's end: {other}"
    return told


def stands(session: Session, habit: Habit | None, *, wide: bool) -> str:
    """Where a connection stands, and what is worth knowing of who holds it."""
    state = session_state(session)
    if habit is None:
        return "resending" if state == "up" and session.backoff else state
    if wide:
        return habit.words if state == "up" or habit.kind in _STATES_TOO else f"{state}: {habit.words}"
    return habit.short if state == "up" else state


def said(talk: Talk) -> str:
    """What was said in a connection, as counts."""
    parts = [f"{talk.requests} asked"]
    if talk.exceptions:
        parts.append(f"{talk.exceptions} refused")
    if talk.unanswered:
        parts.append(f"{talk.unanswered} unanswered")
    return " ".join(parts)


def _told(session: Session) -> tuple[str, str]:
    table = _DEVICE_STATES if session.side == "device" else _CLIENT_STATES
    return table.get(session.state, (session.state.lower(), session.state))


def client(session: Session) -> str:
    """Who holds a connection."""
    return session.client if session.side in {"device", "none"} else session.netns or "this host"


def process(session: Session) -> str:
    """The process behind a connection, where this host can see it."""
    if session.ours:
        return "port502's own"
    if not session.process and session.pid is None:
        return ""
    return f"{session.process or 'process'}[{session.pid}]" if session.pid is not None else session.process


def old(session: Session, now: float) -> str:
    """How old a connection is; at least that, where its beginning was not seen."""
    told = age(now - session.since)
    return told if session.began or told == "now" else f"≥{told}"


def idle(session: Session, now: float) -> str:
    """How long a connection has been quiet."""
    return "" if session.active_at is None else age(now - session.active_at)


def cause(finding: Finding) -> str:
    """What a finding is called, and its stable id with its form."""
    return f"{NAMES[finding.cause]} ({', '.join(filter(None, (finding.cause, finding.form)))})"


def also(finding: Finding) -> str:
    """What else fits what was seen, each with its stable id."""
    return "; ".join(f"{NAMES[other]} ({other})" for other in finding.could_also_be)


def short(finding: Finding) -> str:
    """A finding in a few words, with what it is about."""
    return f"{finding.about}, {NAMES[finding.cause]}"


def waited(device: Device) -> bool:
    """Whether its milliseconds are what was waited in vain, not what an answer took."""
    return device.state in {"timeout", "no-neighbour"}
