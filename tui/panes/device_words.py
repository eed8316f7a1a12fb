"""What a device is, in the fewest true words: its product, and which unit ids answer behind its address."""

from __future__ import annotations

from typing import Final

from tui.device_events import Identified, UnitsSeen
from tui.panes.unit_tree import ids, of_face
from tui.panes.unit_words import progress
from tui.records import Face
from tui.state.model import Device

_NAMED: Final = 5
"""Unit ids that are named; where there are more they are counted."""
_USUAL_UNIT: Final = 1
_ITSELF: Final = frozenset({0, 255})
"""Unit ids that address the device at the address itself (Implementation Guide V1.0b, p. 23)."""
_SPEAK: Final[tuple[Face, ...]] = ("answers", "exception", "other-unit")


def product(device: Device) -> str:
    """What it is: as configured, recognised, in its own words, or at least who made its network port.

    What is not sure says so first, where it is not cut off; the maker is left out where the rest says enough.
    """
    identity = device.identity
    if device.product or identity is None:
        return device.product
    told = "" if says_unit(device) else recognised(identity)
    return told or (f"made by {identity.maker}" if identity.maker else "")


def says_unit(device: Device) -> bool:
    """Whether what was said is the word of a unit behind a gateway, not of the device at the address."""
    seen, identity = device.units, device.identity
    if seen is None or identity is None or seen.judgement != "gateway" or identity.unit in _ITSELF:
        return False
    return identity.best is None or not identity.best.gateway


def unit_words(device: Device) -> dict[int, str]:
    """What units behind it say they are, by unit id."""
    identity = device.identity
    return {identity.unit: recognised(identity)} if identity is not None and says_unit(device) else {}


def recognised(identity: Identified) -> str:
    """The product, or the device's own words; "" where it said nothing."""
    best = identity.best
    if best is None:
        return identity.product or identity.said
    maker = f"{identity.vendor} "
    name = best.product
    if identity.vendor and name.lower().startswith(maker.lower()):
        name = name[len(maker) :]
    return name if best.certainty == "proven" else f"likely {name}"


def behind(device: Device, now: float) -> str:
    """Who answers behind its address, where that is not simply the unit id asked; "" else."""
    seen = device.units
    if seen is None:
        return ""
    if seen.running:
        return progress(seen, now)
    if seen.judgement == "gateway":
        return _gateway(seen)
    own = _USUAL_UNIT if device.unit is None else device.unit
    speak = of_face(seen, *_SPEAK)
    answering = of_face(seen, "answers") or speak
    if seen.judgement == "several" or (seen.judgement == "single" and own not in speak):
        return answer(answering)
    return ""


def answer(units: tuple[int, ...]) -> str:
    """`unit 5 answers`, `units 1 3 answer`; many are counted."""
    if len(units) == 1:
        return f"unit {units[0]} answers"
    return f"units {ids(units, ' ')} answer" if len(units) <= _NAMED else f"{len(units)} unit ids answer"


def _gateway(seen: UnitsSeen) -> str:
    answering, silent = of_face(seen, "answers", "exception"), of_face(seen, "target-silent")
    verb = "answers" if len(answering) == 1 else "answer"
    told = [f"{_named(answering)} {verb}"] if answering else []
    told += [f"{_named(silent)} silent"] if silent else []
    return f"gateway: {', '.join(told)}" if told else "gateway: no unit asked answers"


def _named(units: tuple[int, ...]) -> str:
    return ids(units, " ") if len(units) <= _NAMED else f"{len(units)} units"
