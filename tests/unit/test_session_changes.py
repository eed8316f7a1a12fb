"""What is told between two readings of the sessions, and what is not worth telling."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from tui import limits
from tui.event import Event
from tui.records import Session, SessionKey
from tui.session_events import SessionGone, SessionSeen
from tui.vantages import Seen
from tui.workers.session_changes import Known, changes

BASE = Session(
    client="10.0.0.1", client_port=40_000, address="10.0.0.2", port=502, state="ESTABLISHED", side="client",
    pid=7, process="scada", user="ops", since=1000.0, active_at=990.0, rtt_ms=1.0,
)  # fmt: skip


class Watch:
    """Readings one after the other."""

    def __init__(self) -> None:
        self.known: dict[SessionKey, Known] = {}

    def read(self, at: float, *sessions: Session, cookies: tuple[int, int] = (5, 0)) -> Sequence[Event]:
        seen = {
            session.key: Seen(msgspec.structs.replace(session, since=at), cookies) for session in sessions
        }
        self.known, events = changes(self.known, seen, at=at, mono=at)
        return events


@pytest.fixture
def watch() -> Watch:
    """A watch that has told of one session at 1000."""
    watch = Watch()
    assert watch.read(1000.0, BASE) == [SessionSeen(at=1000.0, session=BASE)]
    return watch


def test_nothing_new_tells_nothing(watch: Watch) -> None:
    """A session that stays as it is costs no event, however long it lives."""
    for second in range(1001, 1100):
        assert watch.read(float(second), BASE) == []


@pytest.mark.parametrize(
    "turn",
    [
        {"state": "CLOSE_WAIT"},
        {"side": "both", "device_state": "CLOSE_WAIT"},
        {"process": "other", "pid": 8},
        {"send_queue": 12},
        {"receive_queue": 1},
        {"retransmits": 1},
        {"backoff": 2},
        {"vantage": "psutil"},
    ],
    ids=lambda turn: next(iter(turn)),
)
def test_a_turn_is_told_at_once(watch: Watch, turn: dict[str, object]) -> None:
    """Whatever changes the verdict on a session is told in the same second, with its first sight kept."""
    (event,) = watch.read(1001.0, msgspec.structs.replace(BASE, **turn))
    assert event == SessionSeen(at=1001.0, session=msgspec.structs.replace(BASE, **turn))
    assert watch.read(1002.0, msgspec.structs.replace(BASE, **turn)) == []


def test_figures_wait_for_their_turn(watch: Watch) -> None:
    """Figures that merely move are told every few seconds, not at each reading."""
    moved = msgspec.structs.replace(BASE, rtt_ms=2.0, active_at=999.0)
    assert watch.read(1001.0, moved) == []
    assert len(watch.read(1000.0 + limits.SESSION_REFRESH_S, moved)) == 1
    assert watch.read(1001.0 + limits.SESSION_REFRESH_S, BASE) == []


def test_last_activity_does_not_tremble(watch: Watch) -> None:
    """Milliseconds between the kernel's clock and ours are no activity."""
    trembling = msgspec.structs.replace(BASE, active_at=990.0 + limits.ACTIVE_STEP_S / 2)
    assert watch.read(1100.0, trembling) == []


def test_gone_is_told_once(watch: Watch) -> None:
    """The end of a session is one event."""
    gone = SessionGone(at=1001.0, client="10.0.0.1", client_port=40_000, address="10.0.0.2", port=502)
    assert watch.read(1001.0) == [gone]
    assert watch.read(1002.0) == []


def test_other_socket_is_another_session(watch: Watch) -> None:
    """The same addresses and ports with a new socket are a new session with an age of its own."""
    first, second = watch.read(1010.0, BASE, cookies=(6, 0))
    assert isinstance(first, SessionGone)
    assert isinstance(second, SessionSeen)
    assert second.session.since == 1010.0


def test_unknown_cookie_is_the_same_session(watch: Watch) -> None:
    """A vantage without cookies continues what another began; the cookie is still known afterwards."""
    assert watch.read(1001.0, BASE, cookies=(0, 0)) == []
    assert len(watch.read(1002.0, BASE, cookies=(6, 0))) == 2


def test_closing_process_stays_named(watch: Watch) -> None:
    """A session whose process has closed it or died is still shown as that process's."""
    orphan = msgspec.structs.replace(BASE, state="FIN_WAIT2", pid=None, process="", user="")
    (event,) = watch.read(1001.0, orphan)
    assert isinstance(event, SessionSeen)
    assert (event.session.process, event.session.pid, event.session.user) == ("scada", 7, "ops")
    assert watch.read(1002.0, orphan) == []
