"""What all sessions of one device add up to, kept as they come and go; bounded however many clients ask."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from tui.flows.slots import Slots
from tui.records import Target

if TYPE_CHECKING:
    from tui.flows.flow import Flow
    from tui.session_events import Heard

CLIENTS: Final = 512  # told apart at one device
STORM_OPENINGS: Final = 20  # by one client at one device ...
STORM_S: Final = 60.0  # ... within this, is a reconnect storm
STORMS: Final = 32  # clients told of one device, the busiest first
HUNG_UP_S: Final = 1.0  # a device that closes within this, having said nothing, did not want the session
FLOOD: Final = 64  # half-open at one device at once: more than any plant's clients ask for


class Client:
    """One client's dealings with one device."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.served = False
        """The device keeps sessions of it, or has."""
        self.sessions = 0
        self.requests = 0
        """Of the sessions that are over."""
        self.storm = 0
        """Most openings within `STORM_S`, where that made a storm."""
        self._openings: deque[float] = deque()

    def opening(self, at: float) -> bool:
        """It tries to connect; whether it does so over and over."""
        openings = self._openings
        openings.append(at)
        while openings and not at - STORM_S <= openings[0] <= at:
            openings.popleft()
        if len(openings) > STORM_OPENINGS * 8:
            openings.popleft()
        if len(openings) < STORM_OPENINGS:
            return False
        self.storm = max(self.storm, len(openings))
        return True

    def lately(self, now: float) -> int:
        """How often it tried within `STORM_S` before *now*."""
        return sum(at >= now - STORM_S for at in self._openings)


class Device:
    """One device and those who hold its connections. Whenever a figure moves it puts itself into *moved*."""

    def __init__(self, target: Target, moved: dict[Target, Device]) -> None:
        self.target = target
        self.held = Slots()
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
        self.waiting = 0
        """Half-open now."""
        self.half_open = 0
        """Half-open ones forgotten in a flood."""
        self.followed = True
        self.told: Heard | None = None
        self._moved = moved
        self._storming: dict[str, Client] = {}

    @property
    def restless(self) -> bool:
        """Whether its figures may move by time alone."""
        return self.held.unsettled or bool(self._storming)

    def touch(self) -> None:
        """A figure has moved."""
        if self.followed:
            self._moved[self.target] = self

    def opened(self, flow: Flow) -> None:
        """A session begins, or is found."""
        self.touch()
        self.sessions += 1
        self.waiting += 1
        self.attempts += not flow.midstream
        flow.held_then = self.held.now
        client = self.clients.get(flow.client)
        if client is None:
            if len(self.clients) >= CLIENTS:
                self.others += 1
                return
            client = self.clients[flow.client] = Client(flow.client)
        flow.asker = client
        client.sessions += 1
        if not flow.midstream and client.opening(flow.since):
            self._storming[client.address] = client

    def accepts(self, flow: Flow) -> None:
        """It answers a connection after all that was given up."""
        if flow.given_up:
            flow.given_up = False
            self.unanswered -= 1
            self.touch()

    def gives_up(self, flow: Flow) -> None:
        """A connection asked for has waited too long."""
        flow.given_up = True
        self.unanswered += 1
        self.touch()
        if self.held.newest_at <= flow.since and self.held.alive_since(flow.since) and _served(flow):
            self.held.turn(flow.held_then, "no-syn-ack")

    def held_by(self, flow: Flow, at: float) -> None:
        """The session takes one of the device's connections."""
        if not flow.held_slot:
            self.touch()
            flow.held_slot = True
            self.held.take(flow, at)

    def let_go(self, flow: Flow, at: float, *, hung_up: bool = False) -> None:
        """It takes none any more."""
        if flow.held_slot:
            self.touch()
            flow.held_slot = False
            self.held.let_go(flow, at, hung_up=hung_up)

    def denied(self, flow: Flow) -> None:
        """It never took the session in, and is asked for it still."""
        self.touch()
        self.waiting += 1
        if flow.held_slot:
            flow.held_slot = False
            self.held.take_back(flow)

    def leaves_out(self, flow: Flow, at: float) -> None:
        """It lets a client wait that believes itself connected."""
        self.held.settle(at)
        newest = self.held.newest
        full = newest is not None and newest.taken_at <= flow.taken_at
        if full and self.held.alive_since(flow.taken_at) and _served(flow):
            self.touch()
            self.held.turn(self.held.now, "accepted-mute")

    def closes(self, flow: Flow, at: float, *, provoked: bool) -> None:
        """The device ends the session, before its client does; *provoked*: that may be an answer to data."""
        short = at - (flow.taken_at or flow.since) < HUNG_UP_S
        hung_up = short and not flow.responses and not flow.midstream
        if hung_up:
            self.hung_up += 1
            self.touch()
        elif not provoked:
            self.held.ended(flow, at)
        self.let_go(flow, at, hung_up=hung_up)
        if hung_up and _served(flow):
            self.held.turn(self.held.now, "accepted-closed")

    def ended(self, flow: Flow) -> None:
        """It is over."""
        self.touch()
        self.let_go(flow, flow.last_at if flow.ended_at is None else flow.ended_at)
        self.requests += flow.requests
        if flow.asker:
            flow.asker.requests += flow.requests
        if flow.ending == "refused":
            self.accepts(flow)
            self.refused += 1
            self.held.settle(flow.ended_at or flow.since)
            if _served(flow):
                self.held.turn(self.held.now, "refused")
        elif flow.ending == "unanswered" and not flow.given_up:
            self.unanswered += 1

    def storms(self, now: float) -> dict[str, int]:
        """Clients that connect over and over at *now*: how often within `STORM_S`."""
        found = {client.address: client.lately(now) for client in self._storming.values()}
        for address, count in found.items():
            if count < STORM_OPENINGS:
                del self._storming[address]
        busiest = sorted((-count, address) for address, count in found.items() if count >= STORM_OPENINGS)
        return {address: -count for count, address in busiest[:STORMS]}


def _served(flow: Flow) -> bool:
    return flow.asker is not None and flow.asker.served
