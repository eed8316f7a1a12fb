"""What people at the console say of devices: notes, and that one is out of service."""

from __future__ import annotations

from typing import TypeAlias

from tui.event import Event
from tui.records import Port, Target, Text


class Noted(Event, tag="note", frozen=True, kw_only=True):
    """Somebody wrote something about a device."""

    address: Text
    port: Port
    user: Text
    text: Text

    @property
    def target(self) -> Target:
        """What it is about."""
        return Target(self.address, self.port)


class Service(Event, tag="service", frozen=True, kw_only=True):
    """Somebody took a device out of service, so that its findings are no alarms, or put it back."""

    address: Text
    port: Port
    out: bool
    user: Text

    @property
    def target(self) -> Target:
        """The device."""
        return Target(self.address, self.port)


AnyMark: TypeAlias = Noted | Service
