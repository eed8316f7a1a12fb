"""A made-up plant and a feed of it: real events through the real store, no network and no thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tui.clock import SystemClock
from tui.device_events import What
from tui.event import Event
from tui.events import (
    FindingChanged,
    Health,
    Probed,
    Probing,
    RunStarted,
    SweepEnded,
    SweepProgress,
    SweepStarted,
)
from tui.records import Evidence, Finding, KnownDevice, Session, Target
from tui.session_events import SessionSeen, VantageStatus
from tui.state.model import DirtyKey, Snapshot
from tui.state.store import Store
from tui.state.update import Update
from tui.workers.marks import Marks

NOW = 1_763_777_590.0
"""Ten seconds before a full minute."""


class FakeFeed:
    """What the engine would be; remembers every call."""

    probes = True

    def __init__(self, events: Iterable[Event] = (), now: float = NOW) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.clock = now
        self._store = Store()
        self._dirty: set[DirtyKey] = set()
        self._taken: Snapshot | None = None
        self.marks = FakeMarks(self, self._store.findings)
        self.send(*events)

    def send(self, *events: Event) -> None:
        """Let things happen."""
        for event in events:
            self._dirty |= self._store.apply(event)

    def start(self) -> None:
        self.calls.append(("start",))

    def stop(self) -> None:
        self.calls.append(("stop",))

    def pull(self) -> Update | None:
        if not self._dirty and self._taken is not None:
            return None
        dirty = frozenset(self._dirty)
        self._taken = self._store.snapshot(self._taken, dirty)
        self._dirty.clear()
        return Update(self._taken, dirty)

    def now(self) -> float:
        return self.clock

    def allow_probing(self, allowed: bool) -> None:
        self.calls.append(("allow_probing", allowed))
        self.send(Probing(at=self.clock, allowed=allowed))

    def sweep_now(self) -> None:
        self.calls.append(("sweep_now",))

    def ask(self, target: Target) -> None:
        self.calls.append(("ask", target))

    def inquire(self, target: Target, what: What) -> None:
        self.calls.append(("inquire", target, what))

    def leave(self, target: Target, what: What) -> None:
        self.calls.append(("leave", target, what))


class FeedClock(SystemClock):
    """The feed's own time."""

    def __init__(self, feed: FakeFeed) -> None:
        self._feed = feed

    def wall(self) -> float:
        return self._feed.clock


class FakeMarks(Marks):
    """The engine's own, which remember every call."""

    def __init__(self, feed: FakeFeed, found: Mapping[str, Finding]) -> None:
        super().__init__(feed.send, FeedClock(feed), found.get, "root (sudo: ops)")
        self._calls = feed.calls

    def acknowledge(self, finding_id: str) -> None:
        self._calls.append(("acknowledge", finding_id))
        super().acknowledge(finding_id)

    def shelve(self, finding_id: str, seconds: float | None) -> None:
        self._calls.append(("shelve", finding_id, seconds))
        super().shelve(finding_id, seconds)

    def unshelve(self, finding_id: str) -> None:
        self._calls.append(("unshelve", finding_id))
        super().unshelve(finding_id)


def run(*, known: tuple[KnownDevice, ...] = ()) -> RunStarted:
    return RunStarted(
        at=NOW, version="0", host="jump-1", networks=("10.20.0.0/24",), ports=(502,), known=known
    )


def probed(address: str, state: str = "answers", *, at: float = NOW - 300, **facts: object) -> Probed:
    facts.setdefault("ms", 2.0)
    return Probed(at=at, address=address, port=502, state=state, **facts)  # type: ignore[arg-type]


def session(client: str, port: int, address: str, **facts: object) -> SessionSeen:
    given: dict[str, object] = {
        "state": "ESTABLISHED",
        "side": "device",
        "since": NOW - 7200,
        "vantage": "kernel",
    }
    given.update(facts)
    return SessionSeen(
        at=NOW,
        session=Session(client=client, client_port=port, address=address, port=502, **given),  # type: ignore[arg-type]
    )


def finding(address: str, cause: str = "slots-full", **facts: object) -> FindingChanged:
    given: dict[str, object] = {
        "certainty": "likely", "priority": 1, "title": "Slots full: it accepts, then closes.",
        "opened_at": NOW - 120, "updated_at": NOW - 120,
    }  # fmt: skip
    given.update(facts)
    return FindingChanged(
        at=NOW,
        change="opened",
        finding=Finding(address=address, port=502, cause=cause, **given),  # type: ignore[arg-type]
    )


def plant() -> list[Event]:
    """Twenty-odd devices: two in trouble, some with sessions, many addresses silent."""
    known = (
        KnownDevice(
            address="10.20.0.12",
            name="boiler-2",
            product="Schneider ETG3000 Link150",
            limit=4,
            limit_source="profile",
        ),
        KnownDevice(
            address="10.20.0.11", name="mixer-1", product="Schneider M241", limit=16, limit_source="profile"
        ),
        KnownDevice(
            address="10.20.0.40", name="gateway-a", product="Moxa MGate MB3180", limit=4, limit_source="typed"
        ),
        KnownDevice(address="10.20.0.50", name="pump-7"),
    )
    events: list[Event] = [
        run(known=known),
        SweepStarted(at=NOW, sweep=14, hosts=254, connections=254, rate=50),
    ]
    events += [probed(f"10.20.0.{n}", "timeout", ms=1000.0) for n in range(100, 240)]
    events += [probed(f"10.20.0.{n}", ms=float(n % 7 + 1), answer_ms=4.0) for n in range(60, 78)]
    events += [
        probed("10.20.0.11", answer_ms=6.0, unit=1),
        probed("10.20.0.12", "open", at=NOW - 900, detail="closes at once", closed="reset"),
        probed("10.20.0.12", "answers", at=NOW - 800),
        probed("10.20.0.12", "open", at=NOW - 120, ms=0.4, detail="accepts, then closes", closed="reset"),
        probed("10.20.0.31", "refused", at=NOW - 500),
        probed("10.20.0.40", ms=14.0, detail="exception 0x0B from unit 1", exception=0x0B, unit=1),
        probed("10.20.0.50", "no-neighbour", at=NOW - 3000, ms=None),
        probed("10.20.0.90", "refused"),
        probed("10.20.0.91", at=NOW - 900, state="refused"),
        probed("10.20.0.91", at=NOW - 60),
    ]  # fmt: skip
    events += [
        session("10.20.0.5", 50000 + n, "10.20.0.12", active_at=NOW - 6 * 3600, since=NOW - 7 * 3600)
        for n in range(3)
    ]
    events += [
        session("10.20.0.77", 40100, "10.20.0.12", since=NOW - 2 * 86400, active_at=NOW - 2 * 86400),
        session("10.20.0.2", 51515, "10.20.0.11", side="client", process="scada", pid=4432, user="ops",
                rtt_ms=1.2, active_at=NOW - 120),
        session("10.20.0.2", 51600, "10.20.0.40", side="client", process="historian", pid=991, user="hist",
                state="CLOSE_WAIT", since=NOW - 4000),
        session("10.20.0.2", 51602, "10.20.0.40", side="client", process="historian", pid=991, user="hist",
                retransmits=4, backoff=3, send_queue=24, rtt_ms=210.0),
    ]  # fmt: skip
    events += [
        finding(
            "10.20.0.12", form="accepted-closed",
            title="Slots full: accepts, then closes. 3 held by 10.20.0.5, idle 6 h.",
            evidence=(
                Evidence(rung="tcp", asked="connect to 502", answer="connected", ms=0.4, sender="10.20.0.12"),
                Evidence(rung="modbus", asked="read 1 register of unit 1", answer="closed by reset", ms=0.6,
                         raw="000100000006010300000001"),
                Evidence(rung="slots", asked="sessions seen", answer="4 of 4 taken, 3 quiet for 6 h"),
            ),
            could_also_be=("mute", "tls-only"), decide_by="End one idle session and ask again.",
            remedies=("end the idle sessions on 10.20.0.5 (restart its historian client)",
                      "raise the connection limit of the device, if it has one",
                      "restart the device: every session ends, and so does production"),
        ),
        finding("10.20.0.31", "not-listening", certainty="possible", priority=2, opened_at=NOW - 500,
                title="Nothing listens on 502, or its slots are taken by others.",
                remedies=("check in the device's settings that Modbus TCP is switched on",)),
        finding("10.20.0.50", "no-neighbour", certainty="likely", priority=2, opened_at=NOW - 3000,
                acknowledged_at=NOW - 2000,
                title="Nobody on this link owns the address: off, unplugged or asleep."),
        finding("10.20.0.63", "slow", certainty="proven", priority=3, opened_at=NOW - 5000,
                cleared_at=NOW - 4000, title="Answered after more than a second."),
    ]  # fmt: skip
    events += [
        VantageStatus(at=NOW, name="kernel", works=True, sees="sessions of this host"),
        Health(at=NOW - 7, source="psutil", ok=False, text="crashed: permission denied, again in 2 s"),
        SweepProgress(at=NOW, sweep=14, done=182, total=254, rate=49.0, left_s=110.0),
    ]
    return events


def ended() -> SweepEnded:
    return SweepEnded(at=NOW, sweep=14, took_s=6.0, counts={"answers": 20})
