"""The detail page in words: everything known of one device, or of one finding."""

from __future__ import annotations

from typing import Final

from tui.panes import words
from tui.panes.diagnosis import rank, tone
from tui.panes.page import Para, heading
from tui.panes.view import View, is_shelved
from tui.records import Evidence, Finding, Session, Target
from tui.state.model import Device, slots_taken

_MARGIN: Final = 17
_IN_VAIN: Final = ("silence", "timeout", "no answer", "no-neighbour")
"""How evidence of a question begins to which no answer came."""


def _fact(label: str, text: str) -> Para:
    return Para(text, label=label, margin=_MARGIN)


def title(view: View, target: Target) -> str:
    """The page's title."""
    device = view.snapshot.devices.get(target)
    return f"{target}  {device.name}" if device and device.name else str(target)


def tell(view: View, target: Target, first: str | None = None) -> list[Para]:
    """The page of a device: its findings, the one asked for first, its facts, its sessions."""
    found = [finding for finding in view.snapshot.findings.values() if finding.target == target]
    found.sort(key=lambda finding: (finding.id != first, finding.cleared_at is not None, rank(finding)))
    paras: list[Para] = []
    for finding in found:
        paras += about_finding(view, finding)
    if not found:
        paras += [Para(), Para("No finding about this device.", "quiet")]
    device = view.snapshot.devices.get(target)
    if device is not None:
        paras += about_device(view, device)
    paras += about_sessions(view, view.snapshot.sessions.get(target, ()), device)
    return paras[1:] if paras and not paras[0].text else paras


def about_finding(view: View, finding: Finding) -> list[Para]:
    """What is wrong, how sure, why, what else it could be, and what to do."""
    today = words.day(view.now)
    paras = [
        Para(),
        Para(f"{'▲' if tone(finding) != 'quiet' else '·'}{finding.priority}  {finding.title}", tone(finding)),
    ]
    paras.append(_fact("cause", f"{words.cause(finding)}, {finding.certainty}"))
    since = f"since {words.full(finding.opened_at)}"
    if finding.times > 1:
        since += f", {finding.times} times"
    if finding.cleared_at is not None:
        since += f", cleared {words.full(finding.cleared_at)}"
    elif finding.fading_since is not None:
        since += f", clearing: nothing backs it since {words.full(finding.fading_since)}"
    paras.append(_fact("when", since))
    if finding.acknowledged_at is not None:
        paras.append(_fact("acknowledged", words.full(finding.acknowledged_at)))
    if is_shelved(finding, view.now) and finding.shelved_until is not None:
        paras.append(_fact("shelved until", words.moment(finding.shelved_until, today)))
    for number, remedy in enumerate(finding.remedies, 1):
        paras.append(Para(f"{number}. {remedy}", "strong" if number == 1 else "plain",
                          "what to do" if number == 1 else "", _MARGIN))  # fmt: skip
    for number, evidence in enumerate(finding.evidence):
        paras += _evidence(evidence, "seen" if number == 0 else "")
    if finding.could_also_be:
        paras.append(_fact("could also be", words.also(finding)))
    if finding.decide_by:
        paras.append(Para(finding.decide_by, "note", "decide by", _MARGIN))
    return paras


def _evidence(evidence: Evidence, label: str) -> list[Para]:
    told = f"{evidence.rung}: {evidence.asked} - {evidence.answer}"
    if evidence.ms is not None:
        vain = evidence.rung == "tcp" and evidence.answer.startswith(_IN_VAIN)
        told += f", {'waited' if vain else 'after'} {_took(evidence.ms)}"
    if evidence.sender:
        told += f", from {evidence.sender}"
    paras = [Para(told, "plain", label, _MARGIN)]
    if evidence.raw:
        paras.append(Para(f"bytes {evidence.raw}", "quiet", "", _MARGIN))
    return paras


def about_part(view: View, source: str) -> list[Para]:
    """The whole sentence of a part of the monitor."""
    health = view.snapshot.health.get(source)
    if health is None:
        return [Para("nothing is known of it any more", "quiet")]
    state = "well" if health.ok else "not well"
    return [
        Para(health.text or state, "plain" if health.ok else "warn"),
        _fact("state", f"{state}, told {words.full(health.at)}"),
    ]


def about_device(view: View, device: Device) -> list[Para]:
    """The facts of a device; what is not known is left out."""
    return [
        *heading("Device"),
        *(_fact(label, text) for label, text in _facts(view.now, device) if text),
        *([Para(device.raw, "quiet", "answer bytes", _MARGIN)] if device.raw else []),
        *([Para(device.spared, "note", "left alone", _MARGIN)] if device.spared else []),
    ]


def _facts(now: float, device: Device) -> list[tuple[str, str]]:
    def when(wall: float) -> str:
        ago = words.age(now - wall)
        return f"{words.full(wall)} ({ago if ago == 'now' else f'{ago} ago'})"

    state = words.STATES_LONG[device.state] if device.state else ""
    return [
        ("address", str(device.target)),
        ("name", device.name),
        ("product", device.product),
        ("state", f"{state}, since {words.full(device.since)}" if state else "not asked yet"),
        ("before that", words.STATES_LONG[device.before] if device.before else ""),
        ("last asked", when(device.asked_at) if device.asked_at else ""),
        ("last reached", "never since the start" if device.reached_at is None else when(device.reached_at)),
        ("waited", _took(device.ms) if words.waited(device) else ""),
        ("TCP answer", "" if words.waited(device) else _took(device.ms)),
        ("answered by", device.sender or ""),
        ("Modbus answer", _took(device.answer_ms)),
        ("unit id asked", "" if device.unit is None else str(device.unit)),
        ("exception", "" if device.exception is None else f"0x{device.exception:02x}"),
        ("detail", device.detail),
        ("closed by", device.closed),
        ("expected", "yes" if device.expected else "no: nothing names it, and it has never connected"),
    ]


def _took(ms: float | None) -> str:
    if ms is None:
        return ""
    if ms >= 1000:  # noqa: PLR2004 - the steps are the text
        return f"{ms / 1000:.1f} s"
    return f"{ms:.1f} ms" if ms < 10 else f"{ms:.0f} ms"  # noqa: PLR2004


def about_sessions(view: View, sessions: tuple[Session, ...], device: Device | None) -> list[Para]:
    """Who holds its connections."""
    limit = device.limit if device else None
    taken = slots_taken(sessions)
    paras = list(heading("Sessions"))
    said = words.slots(taken, limit) or "none seen"
    if limit is not None:
        said += f"; it takes {words.count(limit, 'connection')}" + (
            f" ({device.limit_source})" if device and device.limit_source else ""
        )
    paras.append(_fact("slots taken", said))
    paras.append(
        Para("Counted from here: sessions of other hosts may be out of sight.", "quiet", "", _MARGIN)
    )
    for session in sessions:
        told = f"{words.client(session)} port {session.client_port}"
        who = words.process(session)
        if who:
            told += f", {who}" + (f" of {session.user}" if session.user else "")
        told += f": {words.session_state_long(session)}; at least {words.age(view.now - session.since)} old"
        if session.active_at is not None:
            told += f", quiet {words.idle(session, view.now)}"
        if session.rtt_ms is not None:
            told += f", round trip {words.ms(session.rtt_ms)} ms"
        if session.retransmits or session.backoff:
            told += f", {session.retransmits} resent, timer doubled {session.backoff} times"
        if session.send_queue or session.receive_queue:
            told += f", {session.send_queue} bytes to send, {session.receive_queue} unread"
        if session.netns:
            told += f", in {session.netns}"
        if session.vantage:
            told += f" (seen by {session.vantage})"
        paras.append(Para(told, "plain", "·", _MARGIN))
    return paras
