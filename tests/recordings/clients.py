"""Who holds connections in the recorded plant, since when, and how often they are told of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from tests.recordings.hosts import BEGIN, END, HOSTS, PORT
from tests.recordings.pen import USER
from tui.event import Event
from tui.records import Session, Talk
from tui.session_events import Acted, Heard, SessionGone, SessionSeen, VantageStatus

SCADA: Final = "10.20.0.5"
HISTORIAN: Final = "10.20.0.6"
HMI: Final = "10.20.0.77"
HERE: Final = "10.20.0.2"
BOILER: Final = "10.20.0.12"
YARD: Final = "10.20.0.40"
GENSET: Final = "10.20.0.80"
_TOLD_EVERY_S: Final = 450.0
_HOUR: Final = 3600.0
_ENDED: Final = {31: BEGIN + 590, 50: BEGIN + 1920, 80: BEGIN + 2395}
"""When the SCADA server lost its session to whom."""
_LEAKS: Final = (46, 50, 54)
"""Minutes at which the historian opens one more connection to the boiler and leaves the one before."""


class Held(NamedTuple):
    """A session with its figures, and when it was there."""

    session: Session
    period_s: float | None = None
    """Between its requests; None where its traffic is not seen to ask steadily."""
    quiet_from: float | None = None
    """When it fell silent, where it did."""
    until: float = END


def _there(client: str, port: int, address: str, since: float, **facts: Any) -> Session:
    given: dict[str, Any] = {"state": "ESTABLISHED", "side": "none", "vantage": "mirror"}
    return Session(client=client, client_port=port, address=address, port=PORT, since=since, **given | facts)


def _pollers() -> Iterator[Held]:
    """The SCADA server asks everybody."""
    for place, host in enumerate(host for host in HOSTS if host.net == "10.20.0"):
        if host.number in {44, 51, 81}:
            continue
        talk = Talk(
            requests=180_000 + 997 * place,
            units=(1,),
            functions=(3, 4),
            period_s=1.0,
            pause_s=1.4,
            answer_ms=host.answer_ms,
        )
        until = _ENDED.get(host.number, END)
        since = BEGIN - (2 * 24 + place) * _HOUR
        yield Held(_there(SCADA, 49_200 + place, host.address, since, talk=talk), 1.0, None, until)
        if host.number == 31:
            since = BEGIN + 1270
            talk = Talk(requests=12, units=(1,), functions=(3,), period_s=1.0, pause_s=1.2, answer_ms=6.0)
            yield Held(_there(SCADA, 49_700, host.address, since, began=True, talk=talk), 1.0)


def _historian() -> Iterator[Held]:
    """Asks every ten seconds, and leaves connections behind at the boiler."""
    for place, number in enumerate((11, 15, 60, 61)):
        talk = Talk(requests=9_100, units=(1,), functions=(3,), period_s=10.0, pause_s=11.0, answer_ms=9.0)
        held = _there(HISTORIAN, 51_010 + place, f"10.20.0.{number}", BEGIN - 30 * _HOUR, talk=talk)
        yield Held(held, 10.0)
    for place, minute in enumerate(_LEAKS):
        since = BEGIN + minute * 60
        talk = Talk(requests=23, units=(1,), functions=(3,), period_s=10.0, pause_s=12.0, answer_ms=9.0)
        held = _there(HISTORIAN, 51_400 + place, BOILER, since, began=True, talk=talk)
        yield Held(held, None, since + 50)


def _others() -> Iterator[Held]:
    """A panel that somebody left on, and what this host itself has open."""
    panel = _there(
        HMI, 40_100, "10.20.0.15", BEGIN - 50 * _HOUR, talk=Talk(requests=44, units=(1,), functions=(3,))
    )
    yield Held(panel, None, BEGIN - 7 * _HOUR)
    ours: dict[str, Any] = {"side": "client", "vantage": "kernel", "seen_by": ("kernel", "mirror")}
    watch = _there(
        HERE,
        51_515,
        "10.20.0.11",
        BEGIN - 5 * _HOUR,
        process="scada-lite",
        pid=4432,
        user=USER,
        rtt_ms=1.2,
        **ours,
    )
    yield Held(watch, 2.0)
    stuck = _there(
        HERE,
        51_600,
        YARD,
        BEGIN + 900,
        process="logger",
        pid=991,
        user="hist",
        state="CLOSE_WAIT",
        began=True,
        **ours,
    )
    yield Held(stuck, None, BEGIN + 960)
    ended = _there(
        HERE, 51_602, YARD, BEGIN + 800, process="logger", pid=991, user="hist", began=True, **ours
    )
    yield Held(ended, None, BEGIN + 830, BEGIN + 2700)
    resending = _there(
        HERE,
        51_700,
        "10.20.0.81",
        BEGIN + 300,
        process="pvlog",
        pid=1207,
        user="daemon",
        retransmits=4,
        backoff=2,
        send_queue=24,
        unacked=2,
        rtt_ms=210.0,
        began=True,
        **ours,
    )
    yield Held(resending, 5.0)


def _at(held: Held, at: float) -> Session:
    """The session as it is at wall time *at*."""
    active = held.quiet_from if held.quiet_from is not None and held.quiet_from < at else at - 0.5
    session = replace(held.session, active_at=active)
    if session.talk is None or held.period_s is None:
        return session
    asked = session.talk.requests + int((at - max(BEGIN, session.since)) / held.period_s)
    return replace(session, talk=replace(session.talk, requests=asked))


def sessions() -> Iterator[Event]:
    """What is told of sessions, from when they are first seen until they go."""
    for name, sees, exact in (
        ("kernel", "sessions of this host, with their programs", False),
        ("mirror", "every frame of the plant's switch, by a mirror port", True),
    ):
        yield VantageStatus(at=BEGIN, name=name, works=True, sees=sees, exact=exact, since=BEGIN - 86_400)
    for held in (*_pollers(), *_historian(), *_others()):
        at = max(BEGIN + 0.5, held.session.since)
        while at < held.until:
            yield SessionSeen(at=at, session=_at(held, at))
            at += _TOLD_EVERY_S
        if held.until < END:
            yield _gone(held)
        else:
            yield SessionSeen(at=END - 2, session=_at(held, END - 2))


def _gone(held: Held) -> SessionGone:
    one = held.session
    return SessionGone(
        at=held.until,
        client=one.client,
        client_port=one.client_port,
        address=one.address,
        port=one.port,
        ended_by="client" if one.client == HERE else "device",
        ending="reset" if one.client == HERE else "fin",
    )


def acts() -> Iterator[Event]:
    """Somebody here ended a session that a program had left behind."""
    one = next(held for held in _others() if held.until < END)
    yield Acted(
        at=one.until - 1,
        user=USER,
        act="end-session",
        session=_at(one, one.until - 1),
        ok=True,
        text=f"ended: the session of logger[991] from port {one.session.client_port} to {YARD}",
    )


def heard() -> Iterator[Event]:
    """What the mirror makes of the connections asked of each device, and of the boiler as it fills."""
    for host in HOSTS:
        if host.net == "10.20.0":
            yield Heard(at=BEGIN + 1, address=host.address, port=PORT, attempts=1, most=2)
    for minute, attempts, most in ((46, 2, 2), (50, 3, 3), (54, 4, 4), (58, 9, 4)):
        yield Heard(
            at=BEGIN + minute * 60 + 3,
            address=BOILER,
            port=PORT,
            attempts=attempts,
            hung_up=max(0, attempts - 4),
            most=most,
            turned_away_at=4 if attempts > 4 else None,
            turned_away_as="accepted-closed" if attempts > 4 else "",
        )
