"""What is new about the devices whose traffic is followed."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from tui.flows.links import Links
from tui.flows.tally import Device
from tui.flows.tracker import Tracker
from tui.session_events import Heard

AT_ONCE: Final = 500  # devices told in one reading; the others wait for the next
_ASKERS: Final = 2  # clients that make an address worth telling though it never accepted anything


class Hearing:
    """Tells of each device once its figures have moved."""

    def __init__(self, tracker: Tracker, links: Links) -> None:
        self._table = tracker.table
        self._links = links
        self._rivals: dict[str, tuple[str, ...]] = {}

    def news(self, now: float) -> tuple[Heard, ...]:
        """The devices whose figures have moved since the last call, at wall time *now*."""
        self._table.give_up(now)
        moved = self._table.moved
        before, self._rivals = self._rivals, self._links.rivals(now)
        if before != self._rivals:
            for device in self._table.devices.values():
                if before.get(device.target.address) != self._rivals.get(device.target.address):
                    device.touch()
        told: list[Heard] = []
        for target in list(moved)[:AT_ONCE]:
            device = moved.pop(target)
            heard = self._heard(device, now)
            if _worth_telling(device) and (device.told is None or replace(device.told, at=now) != heard):
                device.told = heard
                told.append(heard)
            if device.restless:
                device.touch()
        return tuple(told)

    def _heard(self, device: Device, now: float) -> Heard:
        device.held.settle(now)
        turned = device.held.turned_away
        return Heard(
            at=now,
            address=device.target.address,
            port=device.target.port,
            attempts=device.attempts,
            refused=device.refused,
            unanswered=device.unanswered,
            hung_up=device.hung_up,
            most=device.held.most,
            turned_away_at=turned.held if turned else None,
            turned_away_as=turned.form if turned else "",
            storms=device.storms(now),
            half_open=device.half_open,
            evicted=tuple(device.held.evicted),
            cards=self._rivals.get(device.target.address, ()),
        )


def _worth_telling(device: Device) -> bool:
    """Whether it is a device, or others than a mere sweep take it for one."""
    alive = device.held.most or device.hung_up
    return bool(alive or device.half_open or len(device.clients) >= _ASKERS)
