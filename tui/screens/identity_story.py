"""What a device is and which unit ids answer, in words: two sections of its page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tui.actions import key_of
from tui.device_events import Identified, Suits, UnitsSeen, Ways
from tui.panes import words
from tui.panes.device_words import says_unit, unit_words
from tui.panes.page import Para, heading
from tui.panes.unit_tree import FACES, branches, ids, of_face
from tui.panes.unit_words import progress
from tui.screens.lines import MARGIN, fact, said
from tui.state.model import Device

_OBJECTS: Final = {
    1: "product code",
    3: "vendor's page",
    4: "product name",
    5: "model name",
    6: "application",
}
"""Objects of device identification that have a meaning beyond maker, product and revision."""
_OF_PROFILE: Final = frozenset({"connections", "unit ids", "timing", "good to know"})
"""What a profile says that matters at a fault."""
_FACTS: Final = 8
_BRANCH: Final = 3
"""Cells before a line of the tree."""
_EVIDENCE: Final = 12
"""Lines of what was asked and answered; of more the last."""


def about_identity(device: Device) -> list[Para]:
    """What it is, how that is known, and how it wants to be asked; nothing where nothing is known."""
    identity = device.identity
    told = [fact("configured as", device.product)] if device.product else []
    if identity is not None:
        if says_unit(device):
            whose = f"unit {identity.unit} behind the gateway; what the gateway itself is was not said"
            told.append(fact("said by", whose))
        told += [fact(label, text) for label, text in _known(identity) if text]
        told += _of_profile(identity.best)
        told += _asked(identity)
    return [*heading("What it is"), *told] if told else []


def _known(identity: Identified) -> Iterator[tuple[str, str]]:
    for number, one in enumerate(identity.suits):
        yield "" if number else "fits", f"{one.product}, {one.certainty}: {one.why}"
    yield "says", ", ".join(_own_words(identity)) or "nothing of itself"
    yield "SunSpec models", ", ".join(map(str, identity.sunspec))
    yield "MAC address", f"{identity.mac}, made by {identity.maker}" if identity.maker else identity.mac
    yield "to be asked", _ways(identity.ways)


def _own_words(identity: Identified) -> Iterator[str]:
    """Everything the device told of itself, each thing once."""
    objects = sorted(identity.objects.items())
    told = [
        ("vendor", identity.vendor),
        ("product", identity.product),
        ("revision", identity.revision),
        ("serial number", identity.serial),
        *((_OBJECTS.get(number, f"object {number}"), text) for number, text in objects),
        ("server id", identity.server_id),
    ]
    seen: set[str] = set()
    for label, text in told:
        if text and text not in seen:
            seen.add(text)
            yield f"{label} {text}"


def _ways(ways: Ways) -> str:
    told = [
        f"needs {ways.before_s:g} s before the first request" if ways.before_s else "",
        f"needs {ways.between_s:g} s between requests" if ways.between_s else "",
        f"closes after {ways.idle_close_s:g} s of silence" if ways.idle_close_s else "",
        f"closes when asked by function {', '.join(map(str, ways.refuses))}" if ways.refuses else "",
    ]
    return "; ".join(filter(None, told))


def _of_profile(best: Suits | None) -> list[Para]:
    """What is documented of the product, each with where it is written."""
    if best is None:
        return []
    from tui.profiles.lookup import ProfileError, profiles  # noqa: PLC0415 - start-up time
    from tui.profiles.page import facts  # noqa: PLC0415

    try:
        profile = profiles().get(best.profile)
    except ProfileError:
        return []
    known = [one for one in facts(profile) if one.about in _OF_PROFILE] if profile else []
    return [fact(one.about, one.text) for one in known[:_FACTS]]


def _asked(identity: Identified) -> list[Para]:
    lines = identity.evidence[-_EVIDENCE:]
    when = f"unit {identity.unit}, {words.full(identity.at)}"
    paras = [fact("asked", when)]
    return [*paras, *(Para(said(line), "quiet", "", MARGIN) for line in lines)]


def about_units(device: Device, now: float) -> list[Para]:
    """Which unit ids answer, as a tree; nothing where none was asked."""
    seen = device.units
    if seen is None:
        return []
    return [*heading("Unit ids"), *_tree(seen, unit_words(device)), *_went(seen, now)]


def _tree(seen: UnitsSeen, words_of: dict[int, str]) -> list[Para]:
    lines = branches(seen, words_of)
    paras = [Para(_headline(seen), "strong")]
    for number, branch in enumerate(lines):
        mark = "└" if number == len(lines) - 1 else "├"
        one = "unit" if len(branch.units) == 1 else "units"
        told = f"{one} {ids(branch.units)}: {FACES[branch.face]}"
        told = ", ".join(filter(None, (told, branch.said or branch.detail)))
        paras.append(Para(told, "plain" if branch.face == "answers" else "quiet", mark, _BRANCH))
    return paras


def _headline(seen: UnitsSeen) -> str:
    answering, silent = of_face(seen, "answers"), of_face(seen, "target-silent")
    match seen.judgement:
        case "ignores-unit":
            return "It answers whatever the unit id: one device, not one a unit id."
        case "gateway":
            told = f"units {ids(answering)} answer" if len(answering) > 1 else ""
            told = f"unit {answering[0]} answers" if len(answering) == 1 else told
            also = f"{words.count(len(silent), 'unit id')} silent" if silent else ""
            return f"A gateway: {', '.join(filter(None, (told or 'no unit asked answers', also)))}."
        case "single":
            return f"One device: unit {ids(answering)} answers."
        case "several":
            return f"{len(answering)} unit ids answer, and differ."
        case "refuses":
            return "Every unit id asked is answered with an exception."
    return "No unit id asked is answered; others may be."


def _went(seen: UnitsSeen, now: float) -> Iterator[Para]:
    """How far the asking is, or what it cost."""
    asked = f"{len(seen.units)} asked"
    if not seen.full and not seen.running:
        asked += f", the few that matter; {key_of('units')} asks all"
    cost = f"{words.count(seen.requests, 'request')}, {words.count(seen.connections, 'connection')}"
    if seen.running:
        yield Para(progress(seen, now), "note", "asking", MARGIN)
    elif seen.ended or seen.next_unit is not None:
        on = f"{key_of('units')} goes on with unit {seen.next_unit}" if seen.next_unit is not None else ""
        yield Para("; ".join(filter(None, (seen.ended, on))), "note", "ended early", MARGIN)
    yield fact("asked", f"{asked}; {cost}, {words.full(seen.at)}")
