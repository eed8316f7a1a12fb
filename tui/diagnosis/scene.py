"""What the rules may look at: one device, its sessions, and what is known around it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from tui import limits
from tui.events import StateChanged
from tui.records import ClientPast, Session, Target
from tui.session_events import VantageStatus
from tui.state.counts import History, by_step
from tui.state.holding import Holding, holding
from tui.state.model import ALIVE, REACHED, Device, Way, network_of

_LATELY: Final = 2
"""Steps of its count, the present one included, that tell how many connections were in use lately."""


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
    vantages: Mapping[str, VantageStatus] = {}
    """What sees sessions."""
    clients: Mapping[str, ClientPast] = {}
    """The clients it has had."""
    most_lately: int = 0
    """Most connections that were taken at once within the last minutes."""

    @property
    def climbed(self) -> bool:
        """Whether a finished climb tells how the device is now."""
        return self.device.found is not None

    @property
    def holding(self) -> Holding:
        """Its connections now: how many are taken, of how many, and whether those are all."""
        return holding(self.device, self.sessions, self.vantages, self.now)

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
    vantages: Mapping[str, VantageStatus] | None = None,
    clients: Mapping[str, ClientPast] | None = None,
    counts: History = (),
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
        vantages or {},
        clients or {},
        max((most for most in by_step(counts, now)[-_LATELY:] if most is not None), default=0),
    )
