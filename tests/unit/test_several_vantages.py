"""The sessions worker with several vantages: one fails, one misses something, one saw how it ended."""

from __future__ import annotations

from msgspec.structs import replace

from tests.unit.test_sessions_worker import HandClock, told
from tui import limits
from tui.event import Event
from tui.events import Health
from tui.records import Session
from tui.session_events import Heard, SessionGone, SessionSeen, VantageStatus
from tui.vantages import Ended, NothingThereError, Reading, Seen, VantageError
from tui.workers.sessions import Sessions

FAR = Session(
    client="10.0.0.9", client_port=40_000, address="10.0.0.2", port=502, state="ESTABLISHED", side="none",
    since=900.0, began=True, vantage="mirror",
)  # fmt: skip
NEAR = replace(FAR, client="10.0.0.1", side="client", since=1000.0, began=False, vantage="kernel", pid=7)


class Scripted:
    """A vantage that sees what the test says."""

    sees = "what the test says"
    needed = True

    def __init__(self, name: str, *sessions: Session, exact: bool = False) -> None:
        self.name = name
        self.exact = exact
        self.refusal = ""
        self.nothing = False
        self.reading = Reading({})
        self.sees_now(*sessions)

    def sees_now(self, *sessions: Session) -> None:
        self.reading = Reading({each.key: Seen(each) for each in sessions})

    def read(self, at: float) -> Reading:  # noqa: ARG002 - its time is the test's
        if self.refusal:
            raise VantageError(self.refusal)
        if self.nothing:
            raise NothingThereError("nothing is tracked here")
        return self.reading


def gone(events: list[Event]) -> list[SessionGone]:
    return [event for event in events if isinstance(event, SessionGone)]


def status(events: list[Event], name: str) -> VantageStatus:
    (found,) = [event for event in events if isinstance(event, VantageStatus) and event.name == name]
    return found


async def test_what_a_failing_vantage_saw_is_not_called_gone() -> None:
    """Not seen is not gone, session by session: what the others see goes on as ever."""
    kernel, mirror = Scripted("kernel", NEAR), Scripted("mirror", FAR)
    worker = Sessions({502}, HandClock(), vantages=[[kernel], [mirror]])
    await told(worker)
    mirror.refusal = "the interface is down"
    kernel.sees_now()
    events = await told(worker)
    assert [event.session for event in gone(events)] == [NEAR.key]
    assert not status(events, "mirror").works


async def test_a_failing_vantage_rests_while_others_work() -> None:
    """It is tried again after a while, not at every reading, and told once."""
    clock, kernel, mirror = HandClock(), Scripted("kernel", NEAR), Scripted("mirror", FAR)
    mirror.refusal = "needs root"
    worker = Sessions({502}, clock, vantages=[[kernel], [mirror]])
    assert not status(await told(worker), "mirror").works
    mirror.refusal = ""
    assert await told(worker) == []
    clock.now += limits.VANTAGE_RETRY_S
    assert status(await told(worker), "mirror").works


async def test_how_a_session_ended_is_told_with_its_end() -> None:
    """Who closed is in the event, where a vantage saw it."""
    mirror = Scripted("mirror", FAR)
    worker = Sessions({502}, HandClock(), vantages=[[mirror]])
    await told(worker)
    mirror.reading = Reading({}, ended={FAR.key: Ended(1000.0, "device", "reset")})
    (event,) = gone(await told(worker))
    assert (event.ended_by, event.ending) == ("device", "reset")


async def test_the_same_ports_after_an_end_are_another_session() -> None:
    """Traffic has no cookies: an end and a beginning since tell two sessions of one name apart."""
    mirror = Scripted("mirror", FAR)
    worker = Sessions({502}, HandClock(), vantages=[[mirror]])
    await told(worker)
    again = replace(FAR, since=1001.0)
    mirror.reading = Reading({FAR.key: Seen(again)}, ended={FAR.key: Ended(1000.5, "client", "fin")})
    events = await told(worker)
    assert [event.ending for event in gone(events)] == ["fin"]
    assert [event.session.since for event in events if isinstance(event, SessionSeen)] == [1001.0]


async def test_a_session_that_appears_between_two_readings_began_then() -> None:
    """At the first reading its age is unknown; later a new one is as old as it looks."""
    kernel = Scripted("kernel", NEAR)
    worker = Sessions({502}, HandClock(), vantages=[[kernel]])
    (first,) = [event for event in await told(worker) if isinstance(event, SessionSeen)]
    kernel.sees_now(NEAR, replace(NEAR, client_port=40_001))
    (second,) = [event for event in await told(worker) if isinstance(event, SessionSeen)]
    assert (first.session.began, second.session.began) == (False, True)


async def test_a_miss_begins_the_proof_anew() -> None:
    """A mirror that lost frames is exact only after it has heard without a break for long enough again."""
    clock, mirror = HandClock(), Scripted("mirror", FAR, exact=True)
    worker = Sessions({502}, clock, vantages=[[mirror]])
    began = status(await told(worker), "mirror").since
    clock.now += 100.0
    assert await told(worker) == []
    mirror.reading = mirror.reading._replace(gap=True)
    again = status(await told(worker), "mirror").since
    assert began is not None
    assert again == began + 100.0


async def test_news_of_devices_pass_through() -> None:
    """What traffic tells of a device reaches the state."""
    mirror = Scripted("mirror", FAR)
    heard = Heard(at=1.0, address="10.0.0.2", port=502, refused=3)
    mirror.reading = mirror.reading._replace(heard=(heard,))
    assert heard in await told(Sessions({502}, HandClock(), vantages=[[mirror]]))


async def test_being_blind_where_somebody_counts_on_it_is_told_on_screen() -> None:
    """A mirror that does not work is trouble of the monitor itself, until it works again."""
    clock, kernel, mirror = HandClock(), Scripted("kernel", NEAR), Scripted("mirror", FAR)
    mirror.refusal = "listening needs root"
    worker = Sessions({502}, clock, vantages=[[kernel], [mirror]])
    (trouble,) = [event for event in await told(worker) if isinstance(event, Health)]
    assert (trouble.source, trouble.ok) == ("sessions (mirror)", False)
    assert "listening needs root" in trouble.text
    mirror.refusal = ""
    clock.now += limits.VANTAGE_RETRY_S
    (again,) = [event for event in await told(worker) if isinstance(event, Health)]
    assert (again.source, again.ok) == ("sessions (mirror)", True)


async def test_nothing_there_is_no_sessions() -> None:
    """A firewall that tracks nothing any more has none: what it had is gone. It is asked again at once."""
    tracked = Scripted("conntrack", FAR)
    worker = Sessions({502}, HandClock(), vantages=[[Scripted("kernel")], [tracked]])
    await told(worker)
    tracked.nothing = True
    assert [event.session for event in gone(await told(worker))] == [FAR.key]
    tracked.nothing = False
    assert [event.session for event in await told(worker) if isinstance(event, SessionSeen)] == [FAR]
