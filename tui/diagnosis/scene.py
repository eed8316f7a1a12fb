"""What a rule may look at, and the evidence it may cite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tui import limits
from tui.records import Evidence, Session
from tui.state.model import Device, holds_slot, slots_taken


class Scene(NamedTuple):
    """What a rule may look at."""

    device: Device
    sessions: Sequence[Session]
    now: float
    others_alive: bool
    """Another port of the same address has spoken."""

    @property
    def full(self) -> bool:
        """As many connections as it is known to take are taken."""
        limit = self.device.limit
        return limit is not None and self.taken >= limit

    @property
    def taken(self) -> int:
        """Connections of it that others hold, as far as this host sees."""
        return slots_taken(self.sessions)

    @property
    def living(self) -> bool:
        """Whether some session to it is still acknowledged."""
        return any(holds_slot(s) and not (s.unacked and s.backoff) for s in self.sessions)

    @property
    def holders(self) -> list[tuple[str, int]]:
        """Who holds connections, and how many each: most first."""
        count: dict[str, int] = {}
        for session in filter(holds_slot, self.sessions):
            count[who(session)] = count.get(who(session), 0) + 1
        return sorted(count.items(), key=lambda item: -item[1])

    @property
    def reached_lately(self) -> bool:
        """TCP connected within the time that counts as history."""
        reached = self.device.reached_at
        return reached is not None and self.now - reached < limits.HISTORY_S


def who(session: Session) -> str:
    """The client of a session, as people would name it."""
    return f"{session.process}[{session.pid}]" if session.pid else session.client


def connect_evidence(device: Device) -> Evidence:
    """How the TCP connection went, as evidence."""
    came = {"answers": "connected", "open": "connected", "timeout": "silence"}.get(
        device.state or "", device.state or ""
    )
    return Evidence(
        rung="tcp",
        asked=f"TCP connect to {device.address} port {device.port}",
        answer=f"{came} {f'({device.detail})' if device.detail and came != 'connected' else ''}".strip(),
        ms=device.ms,
        sender=device.sender,
    )


def modbus_evidence(device: Device) -> Evidence:
    """What the Modbus read brought, as evidence."""
    return Evidence(
        rung="modbus",
        asked=f"read holding register 0 of unit {device.unit}",
        answer=device.detail or device.reply,
        ms=device.answer_ms,
        sender=device.address,
        raw=device.raw,
    )


def slots_evidence(scene: Scene) -> Iterator[Evidence]:
    """Who holds connections, as far as this host sees."""
    taken = scene.taken
    if taken == 0:
        return
    limit = scene.device.limit
    source = f", limit from {scene.device.limit_source}" if scene.device.limit_source else ""
    yield Evidence(
        rung="slots",
        asked="sessions seen from this host",
        answer=f"at least {taken} of {limit if limit is not None else '?'} taken{source}",
    )
    for name, count in scene.holders[:3]:
        yield Evidence(rung="slots", asked="held by", answer=f"{name}: {count}")


def history_evidence(scene: Scene) -> Iterator[Evidence]:
    """That it was reached before, where it was."""
    if scene.reached_lately and scene.device.state not in {"answers", "open"}:
        yield Evidence(rung="history", asked="earlier sweeps", answer="TCP connected within the last hours")
