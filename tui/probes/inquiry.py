"""What stands behind an address, asked on the connection on which it just answered: identity and unit ids."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from tui import limits
from tui.probes import device_id, server_id
from tui.probes.identity import Identity, IdRegisters, identify
from tui.probes.interview import Interview
from tui.probes.manners import Manners
from tui.probes.modbus import Answer
from tui.probes.talk import Talk
from tui.probes.unit_faces import Units, face_of
from tui.probes.units import BETWEEN_S, sweep

NAMED_MOST: Final = 32  # units behind one address that are asked what they are
_BUSY: Final = 6
_MUTED: Final = "it fell silent at the question what it is"
_NAME_S: Final = 1.0  # waited for an answer: the unit has just given one
_NAMES_S: Final = 20.0  # for all of them; a connection is somebody's slot
_SPEAKS: Final = frozenset({"answers", "exception", "other-unit"})


class Inquiry(NamedTuple):
    """What was found. *identity* is None where no unit speaks for itself."""

    unit: int
    """That was asked what it is."""
    identity: Identity | None
    units: Units


async def inquire(
    talk: Talk,
    unit: int,
    first: Answer,
    *,
    others: Sequence[int],
    manners: Manners = Manners(),  # noqa: B008
    registers: Sequence[IdRegisters] = (),
    wait_s: float = limits.CLIMB_UNIT_S,
    told: Callable[[Units], None] = lambda _units: None,
) -> Inquiry:
    """Ask what it is, and the unit ids *others*; *first* is what *unit* answered on *talk* just now.

    Where a gateway speaks for a silent *unit*, the other ids come first, and the first that speaks is asked
    what it is, but for its server id, which is left to `completed`. Silence of another id is waited for up to
    *wait_s* seconds. *told* of unit ids as they come.

    Raises:
        LetGoError: the connection was let go meanwhile.
    """
    # The pause after connecting has been kept already.
    now = manners._replace(before_s=0.0)
    face = face_of(unit, first)
    again = face.face == "silent" or face.code == _BUSY
    begun = Units(asked=() if again else (face,), opened=1, requests=1)
    wanted = [other for other in dict.fromkeys((unit, *others)) if again or other != unit]
    if face.face in _SPEAKS:
        identity = await identify(talk, unit, manners=now, registers=registers, server_id_too=False)
        if await _spoilt(talk, unit, identity):
            units = begun._replace(left=tuple(wanted), ended="closes", detail=_MUTED)
        else:
            units = await _units(talk, begun, wanted, now, wait_s=wait_s, told=told)
        return Inquiry(unit, _kept(identity, manners), units)
    units = await _units(talk, begun, wanted, now, wait_s=wait_s, told=told)
    speaks = next((one.unit for one in units.asked if one.face in _SPEAKS), None)
    if speaks is None or talk.over:
        return Inquiry(unit, None, units)
    identity = await identify(talk, speaks, manners=now, registers=registers, server_id_too=False)
    return Inquiry(speaks, _kept(identity, manners), units)


async def names(talk: Talk, units: Units, manners: Manners, *, but: int | None = None) -> dict[int, str]:
    """What each of *units* that speaks, *but* one, says it is in a few words; at most `NAMED_MOST` are asked.

    Nobody is asked where all of them are one device, or refuse alike.

    Raises:
        LetGoError: the connection was let go meanwhile.
    """
    found: dict[int, str] = {}
    if units.judgement not in {"gateway", "several"}:
        return found
    loop = asyncio.get_running_loop()
    until = loop.time() + _NAMES_S
    speaking = [unit for unit in units.asked if unit.face in {"answers", "exception"} and unit.unit != but]
    for one in speaking[:NAMED_MOST]:
        if talk.over or loop.time() > until:
            break
        interview = Interview(talk, one.unit, manners._replace(before_s=0.0), _NAME_S, warm=True)
        device = await device_id.read(interview)
        if device is not None and device.objects:
            found[one.unit] = " ".join(device.objects[number] for number in sorted(device.objects)[:3])
        elif (server := await server_id.read(interview)) is not None:
            found[one.unit] = server.text or f"server id {server.id}"
    return found


async def _spoilt(talk: Talk, unit: int, identity: Identity) -> bool:
    """Whether *unit*, that answered before, is silent since it was asked what it is."""
    if talk.over or not identity.evidence or identity.evidence[-1].ms is not None:
        return False
    answer = await talk.ask(unit, limits.CLIMB_UNIT_S)
    return answer.reply == "silent"


def _kept(identity: Identity, manners: Manners) -> Identity:
    """*identity* with the pause that was known before."""
    before_s = max(identity.manners.before_s, manners.before_s)
    return identity._replace(manners=identity.manners._replace(before_s=before_s))


async def _units(
    talk: Talk,
    begun: Units,
    wanted: Sequence[int],
    manners: Manners,
    *,
    wait_s: float,
    told: Callable[[Units], None],
) -> Units:
    if talk.over or not wanted:
        return begun._replace(left=tuple(wanted), ended="closes" if wanted else "all")
    return await sweep(
        None,
        wanted,
        told=told,
        between_s=max(BETWEEN_S, manners.pause_s),
        wait_s=manners.patience_s(wait_s),
        talk=talk,
        begun=begun,
    )
