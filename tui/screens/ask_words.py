"""Asking a device for more in words: what is asked before all its unit ids are, and what is said then."""

from __future__ import annotations

from typing import Final

from tui import limits
from tui.actions import key_of
from tui.feed import Question
from tui.panes import words
from tui.probes.units import BETWEEN_S
from tui.records import Target
from tui.state.model import Device

_ALL: Final = 249
"""Unit ids of a whole sweep: 1 to 247, 0 and 255."""
_LATE_S: Final = 1.0
"""What a gateway often takes to say that a serial device is silent."""
ONE_ONLY: Final = "it takes one connection only, and this would keep that for long: nothing was asked"


def units_left(device: Device | None) -> tuple[int, int | None]:
    """How many unit ids there are still to ask, and where a sweep that was stopped goes on."""
    seen = device.units if device else None
    if seen is None or not seen.full or seen.next_unit is None or not seen.left:
        return _ALL, None
    return seen.left, seen.next_unit


def question(target: Target, device: Device | None) -> Question:
    """What is agreed to before every unit id is asked."""
    number, next_unit = units_left(device)
    ways = device.identity.ways if device and device.identity else None
    each_s = max(BETWEEN_S, ways.between_s if ways else 0.0)
    name = f"{target} {device.name if device else ''}".rstrip()
    shows, key = key_of("detail"), key_of("units")
    begin = "It asks unit ids 1 to 247, and 0 and 255"
    if next_unit is not None:
        begin = f"It goes on where it was stopped, at unit {next_unit}"
    return Question(
        "Ask every unit id?",
        (
            name,
            "",
            f"{begin}: {number} harmless reads of one register, one after the other.",
            f"That takes about {_long(number * each_s)} where every unit id is answered at once,",
            f"and about {_long(number * (each_s + _LATE_S))} behind a gateway that waits for silent ones.",
            "It takes one of the device's connections meanwhile, and gives it up if it is the last one.",
            "A serial line behind a gateway is kept busy: its other clients wait longer for their answers.",
            "",
            f"On the device {shows} shows how far it is; {key} stops it, and later goes on where it was.",
        ),
        "ask them",
        "leave it",
    )


def asking_units(target: Target) -> str:
    """Said once it is agreed to."""
    shows, stops = key_of("detail"), key_of("units")
    return f"asking every unit id of {target}: {shows} shows how far it is, {stops} stops it"


def stopping_units(target: Target) -> str:
    """Said when it is stopped."""
    return f"asking the unit ids of {target} no further: {key_of('units')} goes on where it was"


def asking_identity(target: Target) -> str:
    """Said when a device is to be asked what it is."""
    return f"asking {target} what it is, on one connection: {key_of('detail')} shows it"


def reading(target: Target) -> str:
    """Said when values are read once more."""
    return f"reading {target} again, on the same connection if it still stands"


def kept(seconds: float = limits.PEEK_KEPT_S) -> str:
    """What becomes of the connection of the page of values."""
    return f"kept for {seconds:g} s, in which {key_of('read-again')} reads on it; closed with this page"


def _long(seconds: float) -> str:
    if seconds < 2 * words.MINUTE:
        return f"{-(-int(seconds) // 10) * 10} s"
    return f"{round(seconds / words.MINUTE)} minutes"
