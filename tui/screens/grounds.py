"""Why a cause and not another: what supports it, what speaks against it and the others, what is untested."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from tui.diagnosis.causes import NAMES
from tui.diagnosis.derived import derive
from tui.diagnosis.facts import FACTS
from tui.diagnosis.rules import Judged, reason
from tui.diagnosis.scene import Scene, scene_of
from tui.diagnosis.weigh import Standing, best_of_each, weigh
from tui.panes.page import Para
from tui.panes.view import View
from tui.records import CauseId, Finding, Target
from tui.screens.lines import fact

_RULED_OUT: Final = 5
"""Causes that are named as ruled out: those that fitted best until one thing was seen."""
_ANOTHER: Final = frozenset({"connect", "reply", "leak"})
"""Facts by which a cause looks different altogether: nobody would have thought of it."""
_PLAIN: Final[frozenset[CauseId]] = frozenset({"name-unresolved", "no-route"})
"""Causes that nobody needs to be told are not so."""
_UNTESTED: Final = 8


def judged(view: View, target: Target) -> Judged | None:
    """The verdict on a device as the view has it; None before it was asked."""
    scene = _scene(view, target)
    return None if scene is None else reason(scene)


def grounds(view: View, finding: Finding) -> list[Para]:
    """The grounds of an open finding; none where it rests on sessions alone, or speaks for several."""
    said = None if finding.cleared_at is not None or finding.is_joint else judged(view, finding.target)
    if said is None or said.verdict.cause != finding.cause:
        return []
    known = derive(said.facts)
    own = said.verdict.standings[0]
    others = [s for s in best_of_each(weigh(said.facts)).values() if s.cause.id != finding.cause]
    paras = [
        fact("for it", _words(own.supports, known) or "nothing seen"),
        fact("against it", _words(own.against, known) or "nothing seen"),
    ]
    near = [
        s for s in others if not s.fits and s.cause.id not in _PLAIN and not _ANOTHER & frozenset(s.against)
    ]
    ruled_out = sorted(near, key=lambda s: (len(s.against), -s.points))
    for number, standing in enumerate(ruled_out[:_RULED_OUT]):
        why = f"{NAMES[standing.cause.id]} ({standing.cause.id}): {_words(standing.against, known)}"
        paras.append(fact("ruled out" if number == 0 else "", why))
    untested = _untested(own, [s for s in others if s.cause.id in said.verdict.could_also_be], known)
    if untested:
        paras.append(fact("not tested", untested))
    return paras


def _scene(view: View, target: Target) -> Scene | None:
    snapshot = view.snapshot
    device = snapshot.devices.get(target)
    if device is None:
        return None
    return scene_of(
        device,
        snapshot.sessions.get(target, ()),
        view.now,
        devices=snapshot.devices,
        ports=snapshot.run.ports if snapshot.run else (),
        changes=snapshot.changes,
        ways=snapshot.ways,
        watched=any(vantage.works for vantage in snapshot.vantages.values()) or not snapshot.vantages,
        vantages=snapshot.vantages,
        clients=snapshot.clients.get(device.target, {}),
        counts=snapshot.counts.get(device.target, ()),
    )


def _words(names: Iterable[str], known: Mapping[str, str]) -> str:
    return "; ".join(FACTS[name].values[known[name]] for name in names if name in known)


def _untested(own: Standing, others: Iterable[Standing], known: Mapping[str, str]) -> str:
    """What nobody asked that could still move the verdict."""
    wanted = dict.fromkeys((*own.untested, *(name for other in others for name in other.untested)))
    abouts = dict.fromkeys(FACTS[name].about for name in wanted if name in FACTS and name not in known)
    told = list(abouts)[:_UNTESTED]
    return ", ".join(told) + (f" and {len(abouts) - len(told)} more" if len(abouts) > len(told) else "")
