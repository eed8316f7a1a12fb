"""What all sessions of one device add up to, kept as they come and go; bounded however many clients ask."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from tui.records import Target

if TYPE_CHECKING:
    from tui.flows.flow import Flow

CLIENTS: Final = 512  # told apart at one device
STORM_OPENINGS: Final = 20  # by one client at one device ...
STORM_S: Final = 60.0  # ... within this, is a reconnect storm
HUNG_UP_S: Final = 1.0  # a device that closes within this, having said nothing, did not want the session


class Held:
    """How many sessions are held, and the most there were at once."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0
        self.most_at = 0.0

    def begin(self, at: float, *, always: bool) -> None:
        """One more; *always*: it was there before all that was seen."""
        self.now += 1
        if always:
            # Every count so far was one too low.
            self.most += 1
            self.most_at = self.most_at or at
        if self.now > self.most:
            self.most, self.most_at = self.now, at

    def end(self) -> None:
        """One less."""
        self.now -= 1


class Client:
    """One client's dealings with one device."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.held = Held()
        self.sessions = 0
        self.requests = 0
        """Of the sessions that are over."""
        self.storm = 0
        """Most openings within `STORM_S`, where that made a storm."""
        self._openings: deque[float] = deque()

    def opening(self, at: float) -> None:
        """It tries to connect."""
        openings = self._openings
        openings.append(at)
        while openings and not at - STORM_S <= openings[0] <= at:
            openings.popleft()
        if len(openings) >= STORM_OPENINGS:
            self.storm = max(self.storm, len(openings))
        if len(openings) > STORM_OPENINGS * 8:
            openings.popleft()


class Device:
    """One device and those who hold its connections."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.held = Held()
        self.clients: dict[str, Client] = {}
        self.others = 0
        """Sessions of clients beyond those told apart."""
        self.sessions = 0
        """All that began or were found."""
        self.attempts = 0
        """Connections asked for, as far as seen."""
        self.refused = 0
        self.unanswered = 0
        self.hung_up = 0
        """Accepted and closed by the device at once, without a word."""
        self.requests = 0
        """Of the sessions that are over."""

    def opened(self, flow: Flow) -> None:
        """A session begins, or is found."""
        self.sessions += 1
        self.attempts += not flow.midstream
        client = self.clients.get(flow.client)
        if client is None:
            if len(self.clients) >= CLIENTS:
                self.others += 1
                return
            client = self.clients[flow.client] = Client(flow.client)
        flow.asker = client
        client.sessions += 1
        if not flow.midstream:
            client.opening(flow.since)

    def held_by(self, flow: Flow, at: float, *, always: bool) -> None:
        """The session takes one of the device's connections."""
        if not flow.held_slot:
            flow.held_slot = True
            self.held.begin(at, always=always)
            if flow.asker:
                flow.asker.held.begin(at, always=always)

    def let_go(self, flow: Flow) -> None:
        """It takes none any more."""
        if flow.held_slot:
            flow.held_slot = False
            self.held.end()
            if flow.asker:
                flow.asker.held.end()

    def ended(self, flow: Flow) -> None:
        """It is over."""
        self.let_go(flow)
        self.requests += flow.requests
        if flow.asker:
            flow.asker.requests += flow.requests
        self.refused += flow.ending == "refused"
        self.unanswered += flow.ending == "unanswered"
        short = flow.last_at - flow.since < HUNG_UP_S
        self.hung_up += (
            flow.ended_by == "device"
            and flow.ending in {"fin", "reset"}
            and (short and not flow.responses and not flow.midstream)
        )
