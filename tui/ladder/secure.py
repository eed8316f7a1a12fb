"""The question inside TLS: the handshake, the certificate, and whether Modbus answers there."""

from __future__ import annotations

import asyncio
from typing import Final

from tui import limits
from tui.ladder.site import Site
from tui.ladder.talking import inside
from tui.probes.certificate import Certificate, CertificateError, read
from tui.probes.modbus import Answer
from tui.probes.secure import Handshake, SecureConnection
from tui.probes.secure import secure as shake_hands
from tui.probes.talk import Talk

_OURS: Final = "a certificate of the client's"
_UNSAID: Final = "closed without an alert"
_OBJECTS_S: Final = 0.3
"""For a server to refuse our certificate after the handshake, as TLS 1.3 has it."""


async def certificate(site: Site) -> None:
    """A handshake on a fresh connection, what the certificate says, and one read inside TLS."""
    greeted = site.greeted
    if greeted is None:
        return
    asked = f"a TLS handshake on port {site.target.port}"
    connection = await site.fresh("framing", asked)
    if connection is None:
        return
    try:
        secured, shaken = await shake_hands(connection, greeted, site.means.tls)
    except BaseException:
        await connection.close()
        raise
    site.packets += 4
    site.tell("framing", asked, shaken.detail, ms=round(shaken.seconds * 1000, 2))
    if secured is None:
        await connection.close()
        await _note_certificate(site, shaken)
        if shaken.refused:
            _refused(site, shaken, shaken.refused)
        else:
            site.facts["secure"] = "fails"
            site.know(handshake=shaken.detail)
        return
    talk = await site.talk_on(secured)
    await _note_certificate(site, shaken)
    await _read_inside(site, talk, secured, shaken)


async def _read_inside(site: Site, talk: Talk, secured: SecureConnection, shaken: Handshake) -> None:
    meant = site.target.port in site.means.tls.ports
    if shaken.asked:
        # A request on its way to a server that refuses us would earn an RST, which takes the alert with it.
        await talk.listen(max(_OBJECTS_S, 2 * (site.round_trip_s or 0.0)))
    refused = secured.refused or (_UNSAID if shaken.asked and talk.ended else "")
    answer = await talk.ask(site.subject.unit, limits.ANSWER_S)
    refused = refused or secured.refused or _hung_up_on_us(answer, shaken)
    if refused:
        _refused(site, shaken, refused)
        return
    _tell_ours(site, shaken)
    answered = answer.reply in {"answer", "exception"}
    site.facts["secure"] = "answers" if answered else "silent"
    if meant:
        # What is asked from here on is asked inside TLS, and means what it means in plain Modbus TCP.
        site.facts["tls"] = "carries"
    await inside(site, answer, meant=meant)


def _hung_up_on_us(answer: Answer, shaken: Handshake) -> str:
    """How it ended what TLS 1.3 had begun, where it asked for a certificate that we do not have."""
    ended = answer.reply in {"closed", "reset"}
    return _UNSAID if ended and shaken.asked and not shaken.offered else ""


def _refused(site: Site, shaken: Handshake, why: str) -> None:
    """Note that it did not let us in: for the want of a certificate, or with ours."""
    site.facts["secure"] = "rejects" if shaken.offered else "wants"
    site.know(visitor="port502")
    told = "it does not accept ours" if shaken.offered else f"it wants one; {_none(shaken)}"
    site.tell("framing", _OURS, f"{told} ({why})")


def _tell_ours(site: Site, shaken: Handshake) -> None:
    """What became of our own certificate, where it was asked for."""
    if shaken.asked:
        told = "it wants one, and took ours" if shaken.offered else f"it would take one; {_none(shaken)}"
        site.tell("framing", _OURS, told)


def _none(shaken: Handshake) -> str:
    return f"ours cannot be used: {shaken.trouble}" if shaken.trouble else "none is configured"


async def _note_certificate(site: Site, shaken: Handshake) -> None:
    """Its certificate, if it showed one, as facts, details and a line of evidence."""
    if not shaken.chain:
        return
    now = site.means.clock.wall()
    try:
        # The first one loads a library, and checking a signature takes its time.
        found = await asyncio.to_thread(read, shaken.chain, site.means.tls.authority)
    except CertificateError as error:
        site.tell("framing", "its certificate", str(error))
        return
    site.facts["certificate"] = found.validity(now)
    if site.facts["certificate"] != "good":
        site.know(expiry=found.expiry(now))
    site.tell("framing", "its certificate", "; ".join([found.told(now), *_elsewhere(site, found)]))


def _elsewhere(site: Site, found: Certificate) -> list[str]:
    """Whom it is made out for instead of the device examined."""
    hosts = [host for host in (site.subject.typed, site.target.address) if host]
    return [] if found.covers(*hosts) else [f"made out for {found.others()}, not for {hosts[0]}"]
