"""What the store remembers of climbs: which are kept, the ways they found, and whether they still hold."""

from __future__ import annotations

from msgspec.structs import replace

from tui import limits
from tui.events import Climbed
from tui.records import Target
from tui.state.model import Device, Look, Way, network_of
from tui.state.outcome import outcome


class Climbs:
    """Bounded: the climb longest ago is forgotten first."""

    def __init__(self) -> None:
        self.ways: dict[str, Way] = {}
        """How each network was found to be reached."""
        self._kept: dict[Target, None] = {}

    def keep(self, target: Target) -> Target | None:
        """Note a climb of *target*; the target whose climb is to be forgotten for it, if one is."""
        self._kept.pop(target, None)
        self._kept[target] = None
        if len(self._kept) <= limits.CLIMBS:
            return None
        oldest = next(iter(self._kept))
        del self._kept[oldest]
        return oldest

    def learn(self, climb: Climbed) -> str:
        """Note the way that a finished climb found; the network it leads to, where that is news."""
        route, network = climb.facts.get("route", ""), network_of(climb.address)
        if route not in {"link", "gateway"} or not network:
            return ""
        way = Way(route, climb.details.get("gateway", ""), climb.details.get("interface", ""))
        before = self.ways.pop(network, None)
        self.ways[network] = way
        if len(self.ways) > limits.CLIMBS:
            del self.ways[next(iter(self.ways))]
        return network if way != before else ""

    def told(self, device: Device, climb: Climbed) -> Device:
        """The device with this report of a climb; until it is done, what the one before found goes on."""
        if not climb.done or (climb.facts.get("connect") == "open" and "reply" not in climb.facts):
            # One that had to let go or was stopped before an answer found nothing.
            return replace(device, climb=climb)
        return replace(device, climb=climb, found=climb, look_before=device.look)

    def asked(self, device: Device) -> Device:
        """The device after it was asked: what its climb found goes on if it looks as then, or as before."""
        climb, before = device.found, device.look_before
        if climb is None or before is None:
            return device
        # Told again from a recording it may have turned in between.
        turned = before.state is None and device.since > climb.at
        if not turned and device.look in {before, _look(climb)}:
            return device
        if not turned and device.pause_s and device.state == "answers" and needed_pause_s(climb):
            return device  # it answers us, who wait; others find it as the climb did
        return replace(device, found=None)


def needed_pause_s(climb: Climbed | None) -> float:
    """Seconds that a device was found to need between connecting and the first request, or 0."""
    facts = climb.facts if climb is not None else {}
    late = facts.get("reply") == "silent" and facts.get("again") == "answers"
    return limits.CLIMB_WARM_UP_S if late or facts.get("patient") == "answers" else 0.0


def _look(climb: Climbed) -> Look | None:
    found = outcome(climb)
    if found is None:
        return None
    return Look(found.state, found.reply, found.exception)
