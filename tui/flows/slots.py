"""How many of a device's connections are held, the most there were, and where one more was turned away.

A session counts for the most only once it has stood for a moment: one that the device hangs up at once,
or takes in while it ends another for it, says nothing of what the device can hold.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from tui.flows.peak import Peak
from tui.session_events import Evicted

if TYPE_CHECKING:
    from tui.flows.flow import Flow

SETTLED_S: Final = 1.0  # a younger session may still be hung up, or push another out
COMPARED: Final = 256  # sessions looked through for the oldest; no known device takes half as many
EVICTED: Final = 8  # newest evictions kept

Form: TypeAlias = Literal["", "refused", "no-syn-ack", "accepted-closed", "accepted-mute", "evicts-oldest"]


class TurnedAway(NamedTuple):
    """Connections held when one more was turned away, and how."""

    held: int
    form: Form


_NEVER: Final = TurnedAway(0, "")


class Slots:
    """The connections of one device."""

    def __init__(self) -> None:
        self.held: dict[Flow, None] = {}
        self.evicted: deque[Evicted] = deque(maxlen=EVICTED)
        self.newest_at = 0.0
        """When a connection was last given out."""
        self._peak = Peak()
        self._fresh: dict[Flow, None] = {}
        self._newcomer: Flow | None = None
        self._before = 0
        """Held when the newcomer came."""
        self._turned = _NEVER

    @property
    def now(self) -> int:
        """How many are held."""
        return len(self.held)

    @property
    def most(self) -> int:
        """Most that were held at once, of those that lasted."""
        return self._peak.most

    @property
    def newest(self) -> Flow | None:
        """The one held that was taken last."""
        return next(reversed(self.held), None)

    @property
    def unsettled(self) -> bool:
        """Whether some are so young that they do not count yet."""
        return bool(self._fresh)

    @property
    def peak(self) -> tuple[int, float]:
        """The most held at once and when that was, the youngest included."""
        if len(self.held) > self.most:
            return len(self.held), self.newest_at
        return self._peak.most, self._peak.at

    @property
    def turned_away(self) -> TurnedAway | None:
        """Where one more was turned away; None where that never was, or as many were held later."""
        return self._turned if self._turned.held and self._turned.held == self.most else None

    def take(self, flow: Flow, at: float) -> None:
        """One more is held."""
        self.settle(at)
        before = len(self.held)
        self.held[flow] = None
        flow.taken_at = self.newest_at = at
        if not flow.midstream:
            self._fresh[flow] = None
            self._newcomer, self._before = flow, before
            return
        if flow.always:
            # Every count so far was one too low.
            self._peak.found(at)
            if self._turned.held:
                self._turned = self._turned._replace(held=self._turned.held + 1)
        _serve(flow)
        self._peak.measure(len(self.held) - len(self._fresh), at)

    def settle(self, at: float) -> None:
        """Count those that have stood long enough at wall time *at*."""
        while self._fresh:
            first = next(iter(self._fresh))
            if abs(at - first.taken_at) < SETTLED_S:
                return
            del self._fresh[first]
            _serve(first)
            self._peak.measure(len(self.held) - len(self._fresh), first.taken_at)

    def let_go(self, flow: Flow, at: float, *, hung_up: bool = False) -> None:
        """One less is held; *hung_up*: it never really was."""
        self.settle(at)
        if flow not in self.held:
            return
        self._fresh.pop(flow, None)
        if not hung_up:
            _serve(flow)
            mute = len(self._fresh)
            if mute <= COMPARED:
                # What was answered is not hung up any more.
                mute = sum(not each.responses for each in self._fresh)
            self._peak.measure(len(self.held) - mute, self.newest_at)
        if flow is self._newcomer:
            self._newcomer = None
        self.held.pop(flow, None)

    def take_back(self, flow: Flow) -> None:
        """It was never held, only believed to be."""
        self.held.pop(flow, None)
        if flow in self._fresh:
            del self._fresh[flow]
        else:
            self._peak.mistaken(flow.taken_at)
        if flow is self._newcomer:
            self._newcomer = None

    def ended(self, flow: Flow, at: float) -> None:
        """The device ends *flow*, and not because it was asked to: for a newcomer, if that is the oldest."""
        came = self._newcomer
        if came is None or came is flow or not 0 <= at - came.taken_at <= SETTLED_S:
            return
        if flow not in self.held or not self._oldest(flow, came):
            return
        self.settle(at)
        del self.held[flow]
        self.evicted.append(Evicted(at=at, session=_end(flow), by=_end(came)))
        self._newcomer = None
        self.turn(self._before, "evicts-oldest")

    def turn(self, held: int, form: Form) -> None:
        """One more was turned away while *held* were held."""
        if held < max(1, self.most):
            # It has held more before: this was for another reason.
            return
        if self._fresh and held > self.most == self._turned.held:
            # Some of these may yet be hung up; what is known stands.
            return
        self._turned = TurnedAway(held, form)

    def alive_since(self, at: float) -> bool:
        """Whether the device was heard in a session since *at*."""
        return len(self.held) <= COMPARED and any(each.device.seen_at > at for each in self.held)

    def _oldest(self, flow: Flow, came: Flow) -> bool:
        """Whether no other is older, by its beginning or by its last data."""
        if len(self.held) > COMPARED:
            return False
        others = [each for each in self.held if each is not flow and each is not came]
        begun, active = _begun(flow), _active(flow)
        return all(begun <= _begun(each) for each in others) or all(
            active <= _active(each) for each in others
        )


def _serve(flow: Flow) -> None:
    """The device keeps it: its client is one of those it serves."""
    if flow.asker:
        flow.asker.served = True


def _begun(flow: Flow) -> float:
    return 0.0 if flow.midstream else flow.since


def _active(flow: Flow) -> float:
    return flow.since if flow.active_at is None else flow.active_at


def _end(flow: Flow) -> str:
    host = f"[{flow.client}]" if ":" in flow.client else flow.client
    return f"{host}:{flow.client_port}"
