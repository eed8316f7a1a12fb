"""Rules about what the traffic of others tells: clients that storm, sessions put out, cards that disagree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tui import limits
from tui.clean import clean
from tui.diagnosis.causes import CAUSES
from tui.diagnosis.coarse import at_least, times
from tui.diagnosis.draft import Draft
from tui.diagnosis.habits import STORM_TOLD_S, storms
from tui.diagnosis.holders import NAME
from tui.diagnosis.scene import Scene
from tui.diagnosis.slots import slots
from tui.diagnosis.verdict import remedies
from tui.records import Evidence
from tui.session_events import Evicted, Heard

EVICTED_S: Final = 600.0
"""A session put out is news for so long."""
_SURE: Final = 2
"""Newcomers for which another was put out, before that is no coincidence any more."""


def storming(scene: Scene) -> Iterator[Draft]:
    """A client connects over and over, or a flood of connections is asked for and never completed."""
    heard = scene.device.heard
    found = sorted(storms(heard, scene.now).items(), key=lambda item: (-int(times(item[1])), item[0]))
    flood = heard.half_open if heard is not None and scene.now - heard.at <= STORM_TOLD_S else 0
    if not found and not flood:
        return
    seen = [_line(f"connections begun by {name}", f"about {times(n)} a minute") for name, n in found]
    if flood:
        told = f"{at_least(flood)} forgotten to make room"
        seen.append(_line("connections asked for and never completed", told))
    title = f"A flood of half-open connections to it: {at_least(flood)} forgotten."
    name = ""
    if found:
        name = clean(found[0][0], NAME)
        others = f", and {len(found) - 1} more do" if len(found) > 1 else ""
        title = f"{name} connects over and over: {times(found[0][1])} times a minute{others}."
    yield Draft(
        "reconnect-storm",
        "likely",
        2,
        tuple(seen),
        title=title,
        decide_by=CAUSES["reconnect-storm"].decide_by,
        remedies=remedies("reconnect-storm", {"stormer": name} if name else {}),
        culprit=name,
    )


def evicting(scene: Scene) -> Iterator[Draft]:
    """The device ends its oldest session when another comes."""
    heard = scene.device.heard
    recent = _recent(heard, scene.now) if heard is not None else []
    if heard is None or not recent:
        return
    proven = len({_host(evicted.by) for evicted in recent}) >= _SURE
    if not proven and heard.turned_away_as != "evicts-oldest":
        return  # it has held more since: it was a coincidence
    newest = recent[-1]
    victim, newcomer = clean(_host(newest.session), NAME), clean(_host(newest.by), NAME)
    known = scene.holding
    yield Draft(
        "slots-full",
        "proven" if proven else "likely",
        1 if proven else 2,
        tuple(
            _line(f"session of {evicted.session}", f"ended by the device just after it took {evicted.by}")
            for evicted in reversed(recent)
        ),
        form="evicts-oldest",
        title=f"Slots full: it put {victim} out when {newcomer} connected.",
        decide_by=CAUSES["slots-full"].decide_by,
        remedies=remedies("slots-full", slots(scene.sessions, known.limit, known.source, known).details),
    )


def several_cards(scene: Scene) -> Iterator[Draft]:
    """Two network cards claim the device's address by turns, and no climb has seen it otherwise."""
    heard, climb = scene.device.heard, scene.device.found
    if heard is None or len(heard.cards) <= 1 or scene.now - heard.at > limits.HISTORY_S:
        return
    if climb is not None and climb.facts.get("macs") == "one" and climb.at >= heard.at:
        return
    cards = ", ".join(heard.cards)
    yield Draft(
        "duplicate-ip",
        "likely",
        2,
        tuple(_line(f"who says to have {scene.device.address}", card, "neighbour") for card in heard.cards),
        decide_by=CAUSES["duplicate-ip"].decide_by,
        remedies=remedies("duplicate-ip", {"macs": clean(cards)}),
    )


def _recent(heard: Heard, now: float) -> list[Evicted]:
    return [evicted for evicted in heard.evicted if now - evicted.at <= EVICTED_S]


def _host(end: str) -> str:
    """The host of an end told as host and port."""
    return end.rpartition(":")[0] or end


def _line(asked: str, answer: str, rung: str = "slots") -> Evidence:
    return Evidence(rung=rung, asked=clean(asked), answer=clean(answer))
