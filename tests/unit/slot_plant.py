"""One device and those who hold its connections, for tests of findings."""

from __future__ import annotations

from typing import Any, Final

from tui.diagnosis.alarms import review
from tui.event import Event
from tui.events import FindingChanged, Probed, RunStarted
from tui.limits import MIRROR_SURE_S
from tui.records import Finding, KnownDevice, Session, Target
from tui.session_events import Heard, SessionGone, SessionSeen, VantageStatus
from tui.state.store import Store

TARGET: Final = Target("10.0.0.1", 502)
NOW: Final = 1_000_000.0
HOUR: Final = 3_600.0


class Plant:
    """One known device that answers, and what becomes of it."""

    def __init__(self, limit: int | None = 4, state: str = "answers") -> None:
        self.store = Store()
        self.now = NOW
        known = KnownDevice(address=TARGET.address, limit=limit, limit_source="manual" if limit else "")
        self.fold(RunStarted(at=1.0, version="1", host="h", ports=(502,), known=(known,)))
        if state:
            self.probed(state)

    def fold(self, event: Event) -> None:
        self.store.apply(event)

    def probed(self, state: str, **fields: Any) -> None:
        told = {"sender": TARGET.address, **fields}
        self.fold(Probed(at=self.now, address=TARGET.address, port=502, state=state, **told))  # type: ignore[arg-type]

    def hold(self, client: str, *ports: int, age: float = 2 * HOUR, idle: float = 0.0, **fields: Any) -> None:
        for port in ports:
            told = {
                "side": "none", "state": "ESTABLISHED", "since": self.now - age, "active_at": self.now - idle,
                **fields,
            }  # fmt: skip
            session = Session(client=client, client_port=port, address=TARGET.address, port=502, **told)
            self.fold(SessionSeen(at=self.now, session=session))

    def leave(self, client: str, port: int) -> None:
        gone = SessionGone(at=self.now, client=client, client_port=port, address=TARGET.address, port=502)
        self.fold(gone)

    def heard(self, **fields: Any) -> None:
        self.fold(Heard(at=self.now, address=TARGET.address, port=502, **fields))

    def watched_by_all(self) -> None:
        since = self.now - MIRROR_SURE_S
        self.fold(VantageStatus(at=self.now, name="mirror", works=True, sees="all", exact=True, since=since))
        self.heard()

    def turns(self) -> list[FindingChanged]:
        found = [turn for turn in review(self.store, TARGET, self.now) if isinstance(turn, FindingChanged)]
        for turn in found:
            self.store.apply(turn)
        return found

    def findings(self) -> dict[str, Finding]:
        self.turns()
        return {f.cause: f for f in self.store.findings_of(TARGET) if f.cleared_at is None}

    def told(self, cause: str) -> list[tuple[str, str]]:
        return [(line.asked, line.answer) for line in self.findings()[cause].evidence]
