"""Rules about a device's limit: reached, one short of it, reached now and then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tui import limits
from tui.clean import clean
from tui.diagnosis.causes import CAUSES
from tui.diagnosis.draft import Draft
from tui.diagnosis.holders import (
    Holder,
    count_line,
    holders,
    lines,
    own_lines,
    said,
    turned_away_lines,
)
from tui.diagnosis.scene import Scene
from tui.diagnosis.slots import slots
from tui.diagnosis.verdict import remedies
from tui.records import Certainty, Evidence, Session
from tui.state.holding import Holding
from tui.state.model import holds_slot

ROOMY: Final = 3
"""Connections that a device must take at least for one left to be worth a word."""
SETTLED_S: Final = limits.FADE_S
"""A connection younger than this may be one of a client that comes and goes."""


def at_the_limit(scene: Scene) -> Iterator[Draft]:
    """All known slots taken, or all but one, while nothing else is wrong: before the next client comes."""
    known, state = scene.holding, scene.device.state
    roomy = known.limit is not None and known.limit >= ROOMY
    if known.full and state in {"answers", None}:
        young = sum(map(holds_slot, scene.sessions)) - len(_settled(scene))
        if roomy and known.limit is not None and known.taken - young < known.limit:
            yield _now_and_then(scene, known)
        else:
            yield _in_use(scene, known)
    elif known.one_left and roomy and state == "answers":
        if known.limit is not None and scene.most_lately >= known.limit:
            yield _now_and_then(scene, known)
        else:
            yield _one_left(scene, known)


def close_to_full(known: Holding) -> bool:
    """Whether a device is at its limit, or has one connection left where that is worth a word."""
    return known.full or (known.one_left and known.limit is not None and known.limit >= ROOMY)


def holder_lines(scene: Scene) -> tuple[Evidence, ...]:
    """Who holds the device's connections: ours where the device keeps it, those turned away, then each."""
    return _about(scene, holders(scene.sessions))


def _in_use(scene: Scene, known: Holding) -> Draft:
    found = holders(scene.sessions)
    by = said(found, scene.now) if found else "by its own count"
    title = f"In use: {known.taken} of {known.limit} connections; {by}."
    return _draft(scene, title, found, count_line(known), "likely")


def _now_and_then(scene: Scene, known: Holding) -> Draft:
    """Told in the same words whether the one that comes and goes is there or not."""
    found = holders(_settled(scene))
    title = f"Up to {known.limit} of {known.limit} connections in use{_most(found)}."
    return _draft(scene, title, found, count_line(known, at_most=True), "likely")


def _one_left(scene: Scene, known: Holding) -> Draft:
    found = holders(scene.sessions)
    left = "One connection left" if known.exact else "One connection left at most"
    title = f"{left}: {known.taken} of {known.limit} taken{_most(found)}."
    return _draft(scene, title, found, count_line(known), "possible")


def _draft(scene: Scene, title: str, found: Sequence[Holder], count: Evidence, certainty: Certainty) -> Draft:
    return Draft(
        "slots-full",
        certainty,
        3,
        (count, *_about(scene, found)),
        title=title,
        decide_by=CAUSES["slots-full"].decide_by,
        remedies=remedies("slots-full", _details(found, scene.now)),
    )


def _details(found: Sequence[Holder], now: float) -> dict[str, str]:
    """Whom to look at first: who holds on to what is good for nothing, else who holds most."""
    bad = next((holder for holder in found if holder.worst(now)), None)
    if bad is not None:
        return {"holder": clean(f"End the connection of {bad.name} that is {bad.worst(now)}", 120)}
    return slots([session for holder in found for session in holder.sessions], None).details


def _about(scene: Scene, found: Sequence[Holder]) -> tuple[Evidence, ...]:
    told = lines(found, scene.sessions, scene.clients, scene.now)
    return (*own_lines(scene.sessions), *turned_away_lines(scene.device.heard), *told)


def _most(found: Sequence[Holder]) -> str:
    return f", most by {found[0].name}" if found else ""


def _settled(scene: Scene) -> list[Session]:
    return [s for s in scene.sessions if holds_slot(s) and scene.now - s.since >= SETTLED_S]
