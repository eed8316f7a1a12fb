"""Questions on an open connection: does Modbus answer, to which unit id, in which framing, and when."""

from __future__ import annotations

import asyncio
from typing import Final

from tui import limits
from tui.diagnosis.meaning import of_exception, of_units
from tui.ladder.here import eviction
from tui.ladder.site import Site
from tui.probes import rtu as rtu_frames
from tui.probes import tls as tls_hello
from tui.probes.modbus import Answer, tls_alert
from tui.probes.talk import Talk
from tui.records import Face

_USUAL_UNITS: Final = (1, 255, 0, 247)
"""Modbus facts: 255 and 0 address a device itself, 1 is the usual slave, 247 the last."""
_BEHIND: Final[dict[str, Face]] = {"path": "path", "target": "target-silent"}
"""What only gateways answer, as the fact `reply`: how the unit asked for met the read."""
_OF_GATEWAY: Final = 8
"""Unit ids asked of a gateway; those without a way to them cost it nothing."""
_ANSWERED: Final = frozenset({"answer", "exception"})
_TELNET: Final = b"\xff"
"""IAC, with which telnet negotiates (RFC 854)."""
_BANNER: Final = 4  # readable characters at the start that no frame has by chance


def _meaning(answer: Answer, unit: int) -> str:
    """The answer as the fact `reply`."""
    if answer.reply == "answer":
        return "answer"
    if answer.reply == "exception":
        return of_exception(answer.exception)
    if answer.reply == "silent":
        return "silent"
    if answer.reply in {"closed", "reset"}:
        return "closed"
    if tls_alert(answer.raw):
        return "alert"
    if rtu_frames.judge(answer.raw, unit):
        return "rtu"
    if answer.reply == "malformed":
        return "broken"
    return "banner" if _greets(answer.raw) else "garbage"


def _greets(raw: bytes) -> bool:
    """Whether another protocol's greeting or page was received: text, or telnet's negotiation."""
    start = raw[:_BANNER]
    text = len(start) == _BANNER and start.isascii() and start.decode().isprintable()
    return text or raw.startswith(_TELNET)


def _tell(site: Site, asked: str, answer: Answer, rung: str = "modbus") -> None:
    words = {"closed": "closed without an answer", "reset": "reset without an answer"}.get(answer.reply)
    told = words or answer.detail
    ms = round(answer.seconds * 1000, 2)
    sender = site.target.address if answer.reply in _ANSWERED else None
    site.packets += 2
    site.tell(rung, asked, told, ms=ms, sender=sender, raw=answer.raw)


def _settle(site: Site, answer: Answer, seconds: float) -> None:
    """Note what the unit asked for answered in the end."""
    site.facts["reply"] = _meaning(answer, site.subject.unit)
    if answer.reply in _ANSWERED:
        # A long way there and back is not the device's slowness.
        slow = seconds - (site.round_trip_s or 0.0) > limits.SLOW_S
        site.facts["pace"] = "slow" if slow else "quick"
        site.know(took=f"{seconds:.1f} s")


def _late(site: Site, talk: Talk) -> bool:
    """Whether an earlier request to the unit asked for has been answered by now; noted if so."""
    for late in talk.late:
        if late.unit == site.subject.unit and site.facts.get("reply") == "silent":
            _settle(site, late.answer, late.seconds)
            _tell(
                site,
                f"the first request to unit {late.unit}, late",
                late.answer._replace(seconds=late.seconds),
            )
            return True
    return False


async def read(site: Site) -> None:
    """One harmless read of the unit asked for."""
    talk = site.listening()
    if talk is None:
        return
    unit = site.subject.unit
    answer = await talk.ask(unit, limits.ANSWER_S)
    _settle(site, answer, answer.seconds)
    _tell(site, f"read holding register 0 of unit {unit}", answer)
    if answer.reply in _ANSWERED:
        await eviction(site)


async def again(site: Site) -> None:
    """The same request once more on the same connection; what comes late is heard too."""
    talk = site.listening()
    if talk is None:
        return
    before = site.facts.get("reply")
    answer = await talk.ask(site.subject.unit, limits.CLIMB_AGAIN_S)
    if _late(site, talk):
        return
    if before == "busy":
        _tell(site, "the same once more", answer)
        site.facts["again"] = "answers" if answer.reply == "answer" else "silent"
        return
    ended = answer.reply in {"closed", "reset"}
    site.facts["again"] = "answers" if answer.reply in _ANSWERED else "ended" if ended else "silent"
    _tell(site, "the same request again on the connection", answer)


async def units(site: Site) -> None:
    """A few other unit ids, on the same connection; of a gateway as many as there is time for."""
    talk = site.listening()
    if talk is None:
        return
    own, reply = site.subject.unit, site.facts.get("reply", "")
    was_silent, gateway = reply == "silent", reply in _BEHIND
    found = "silent" if was_silent else "same"
    faces: dict[int, Face] = {own: _BEHIND[reply]} if gateway else {}
    candidates = [unit for unit in dict.fromkeys((*site.subject.units, *_USUAL_UNITS)) if unit != own]
    most = limits.CLIMB_UNITS if was_silent else _OF_GATEWAY if gateway else limits.CLIMB_UNITS + 1
    loop = asyncio.get_running_loop()
    until = loop.time() + limits.CLIMB_UNITS * limits.CLIMB_UNIT_S
    for unit in candidates[:most]:
        if gateway and loop.time() >= until:
            break
        answer = await talk.ask(unit, limits.CLIMB_UNIT_S)
        if _late(site, talk):
            was_silent = False
        _tell(site, f"read holding register 0 of unit {unit}", answer, "unit")
        faces[unit] = _face(answer)
        if answer.reply == "answer" or (was_silent and answer.reply == "exception"):
            found = answer.reply
            site.know(unit_found=unit)
            if answer.reply == "answer" and not gateway:
                break
        elif answer.reply in {"closed", "reset"}:
            found = found if found == "answer" else "ended"
            break
    if gateway:
        faces |= {late.unit: _face(late.answer) for late in talk.late if faces.get(late.unit) == "silent"}
        found = "answer" if "answers" in faces.values() else found
    site.know(**of_units(own, faces.items(), site.subject.units))
    site.facts["units"] = found


def _face(answer: Answer) -> Face:
    """How a unit met the read, as far as the sentences of a verdict speak of it."""
    if answer.reply == "exception":
        return _BEHIND.get(of_exception(answer.exception), "exception")
    return "answers" if answer.reply == "answer" else "silent"


async def patient(site: Site) -> None:
    """A fresh connection that waits before its first request."""
    await site.hang_up()
    connection, outcome, _ = await site.connect(site.again_s)
    asked = f"a request {limits.CLIMB_WARM_UP_S:g} s after connecting"
    if connection is None:
        site.facts["patient"] = "same"
        site.tell("modbus", asked, f"not even connected: {outcome.detail or outcome.state}")
        return
    talk = await site.talk_on(connection)
    heard = await talk.listen(limits.CLIMB_WARM_UP_S)
    if heard.ended:
        site.facts["patient"] = "same"
        site.tell("modbus", asked, f"closed before, {heard.seconds:.1f} s after connecting")
        return
    answer = await talk.ask(site.subject.unit, limits.CLIMB_AGAIN_S)
    site.facts["patient"] = "answers" if answer.reply in _ANSWERED else "same"
    _tell(site, asked, answer)


async def unit(site: Site) -> None:
    """Another unit id on a fresh connection, of a device that closes when asked."""
    other = next(u for u in (*site.subject.units, 255, 1) if u != site.subject.unit)
    asked = f"read holding register 0 of unit {other} on a fresh connection"
    connection = await site.fresh("unit", asked)
    if connection is None:
        return
    talk = await site.talk_on(connection)
    answer = await talk.ask(other, limits.CLIMB_AGAIN_S)
    _tell(site, asked, answer, "unit")
    site.facts["units"] = "same"
    if answer.reply not in _ANSWERED:
        return
    own = await talk.ask(site.subject.unit, limits.CLIMB_AGAIN_S)
    _tell(site, f"then register 0 of unit {site.subject.unit}", own, "unit")
    if own.reply in _ANSWERED:
        # It was not the unit id: by now the device serves whoever asks.
        site.facts["patient"] = "answers"
    else:
        site.facts["units"] = "answer"
        site.know(unit_found=other)


async def rtu(site: Site) -> None:
    """An RTU frame on a fresh connection."""
    asked = f"an RTU frame to unit {site.subject.unit} on a fresh connection"
    connection = await site.fresh("framing", asked)
    if connection is None:
        return
    try:
        answer = await rtu_frames.ask(connection, site.subject.unit, limits.CLIMB_RTU_S)
    finally:
        await connection.close()
    site.packets += 2
    site.facts["rtu"] = "answers" if answer.answers else "silent"
    site.tell("framing", asked, answer.detail, ms=round(answer.seconds * 1000, 2), raw=answer.raw)


async def inside(site: Site, answer: Answer, *, meant: bool) -> None:
    """Tell the answer to a read inside TLS; where TLS is *meant* to be it is the unit's answer."""
    _tell(site, f"read holding register 0 of unit {site.subject.unit} inside TLS", answer)
    if meant:
        _settle(site, answer, answer.seconds)
        if answer.reply in _ANSWERED:
            await eviction(site)


async def tls(site: Site) -> None:
    """A TLS greeting on a fresh connection."""
    asked = f"a TLS greeting on port {site.target.port}"
    connection = await site.fresh("framing", asked)
    if connection is None:
        return
    try:
        answer = await tls_hello.ask(connection)
    finally:
        await connection.close()
    site.packets += 2
    site.greeted = answer
    site.facts["tls"] = "speaks" if answer.speaks else "silent"
    site.tell("framing", asked, answer.detail, ms=round(answer.seconds * 1000, 2), raw=answer.raw[:16])


async def idle(site: Site) -> None:
    """Does the device close a connection on which nothing is said."""
    talk = site.listening()
    if talk is None:
        return
    heard = await talk.listen(limits.CLIMB_IDLE_S)
    closes = bool(heard.ended) and heard.idle_s is not None
    site.facts["idle"] = "closes" if closes else "stays"
    asked = f"saying nothing for up to {limits.CLIMB_IDLE_S:g} s"
    if closes and heard.idle_s is not None:
        site.know(idle=f"{heard.idle_s:.1f} s")
        site.tell("slots", asked, f"the device closes after {heard.idle_s:.1f} s")
    else:
        site.tell("slots", asked, "the connection stays")
