"""What the rules may look at: one device, its sessions, and what is known around it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from tui import limits
from tui.diagnosis.slots import who
from tui.events import StateChanged
from tui.records import Session, Target
from tui.state.model import ALIVE, REACHED, Device, Way, holds_slot, network_of, slots_taken


class Scene(NamedTuple):
    """What a rule may look at."""

    device: Device
    sessions: Sequence[Session]
    now: float
    ports: str = ""
    """What other ports of the address do: `open`, `refused`, or nothing known."""
    modbus_port: int | None = None
    """Another port of the address on which Modbus answers."""
    changes: int = 0
    """How often its state changed within the time that counts as history."""
    way: Way | None = None
    """How its network is reached, as far as any climb has found."""
    watched: bool = True
    """Whether sessions can be seen at all."""

    @property
    def climbed(self) -> bool:
        """Whether a finished climb tells how the device is now."""
        return self.device.found is not None

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
    def holders(self) -> list[tuple[str, int]]:
        """Who holds connections, and how many each: most first."""
        count: dict[str, int] = {}
        for session in filter(holds_slot, self.sessions):
            count[who(session)] = count.get(who(session), 0) + 1
        return sorted(count.items(), key=lambda item: -item[1])

    @property
    def worked_lately(self) -> bool:
        """Whether it was better than now within the time that counts as history: see `last_worked`."""
        worked = last_worked(self.device)
        return worked is not None and self.now - worked < limits.HISTORY_S


def last_worked(device: Device) -> float | None:
    """When TCP last connected before it came to be as it is now; for one that connects, when Modbus answered.

    That TCP connects now says nothing of whether the service ever worked.
    """
    if device.state == "open":
        return device.since if device.before == "answers" else None
    return device.reached_at


def scene_of(
    device: Device,
    sessions: Sequence[Session],
    now: float,
    *,
    devices: Mapping[Target, Device],
    ports: Collection[int],
    changes: Iterable[StateChanged],
    ways: Mapping[str, Way],
    watched: bool,
) -> Scene:
    """The scene of one device within all that is known."""
    beside = [
        other
        for port in ports
        if port != device.port and (other := devices.get(Target(device.address, port)))
    ]
    alive = [other for other in beside if other.state in ALIVE and other.sender in {None, device.address}]
    speaks = next((other.port for other in alive if other.state == "answers"), None)
    opened = any(other.state in REACHED for other in alive)
    turns = 0
    if device.expected and device.state not in REACHED:
        since = now - limits.HISTORY_S
        turns = sum(
            (change.address, change.port) == device.target and change.at >= since for change in changes
        )
    return Scene(
        device,
        sessions,
        now,
        "open" if opened else "refused" if alive else "",
        speaks,
        turns,
        ways.get(network_of(device.address)),
        watched,
    )
