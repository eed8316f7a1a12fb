"""Where a finding stands as an alarm, in the states of ANSI/ISA-18.2 (IEC 62682)."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from tui.records import Finding
from tui.state.model import Device

AlarmState: TypeAlias = Literal[
    "unacknowledged", "acknowledged", "returned", "normal", "shelved", "out-of-service", "asleep"
]
"""Open and not seen by anybody; open and seen; over but not seen; over and seen; put aside by somebody; of a
device that somebody took out of service; of a device within the hours in which it sleeps."""

QUIET: Final[frozenset[AlarmState]] = frozenset({"shelved", "out-of-service", "asleep"})
"""No alarm now, though the trouble is there: at the end of the list, and not counted as trouble."""


def is_shelved(finding: Finding, now: float) -> bool:
    """Whether somebody put it aside, and it still is."""
    return finding.shelved_till_change or (finding.shelved_until is not None and finding.shelved_until > now)


def alarm_state(finding: Finding, device: Device | None, now: float) -> AlarmState:
    """Where *finding* of *device* stands; None for a finding about several devices."""
    if finding.cleared_at is not None:
        return "normal" if finding.acknowledged_at is not None else "returned"
    if device is not None and device.out is not None:
        return "out-of-service"
    if finding.cause == "asleep":
        return "asleep"
    if is_shelved(finding, now):
        return "shelved"
    return "unacknowledged" if finding.acknowledged_at is None else "acknowledged"
