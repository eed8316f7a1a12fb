"""The detail page in words: everything known of one device, or of one finding."""

from __future__ import annotations

from tui.diagnosis.causes import NAMES
from tui.panes import words
from tui.panes.finding_row import rank, tone
from tui.panes.page import Para, heading
from tui.panes.view import View, held, numeric, speaks
from tui.records import Finding, Session, Target
from tui.screens import lines
from tui.screens.grounds import grounds, judged
from tui.screens.identity_story import about_identity, about_units
from tui.screens.lines import MARGIN, fact, took
from tui.screens.past_story import about_past
from tui.screens.rungs import ladder
from tui.screens.said import marks, notes
from tui.state.model import Device


def title(view: View, target: Target, first: str | None = None) -> str:
    """The page's title."""
    finding = view.snapshot.findings.get(first or "")
    if finding is not None and finding.is_joint and finding.target == target:
        return finding.about
    device = view.snapshot.devices.get(target)
    return f"{target}  {device.name}" if device and device.name else str(target)


def tell(view: View, target: Target, first: str | None = None) -> list[Para]:
    """The page of a device: findings, the one asked for first, what it is, the ladder, facts, sessions."""
    held = view.snapshot.findings
    about = [finding for finding in held.values() if finding.target == target]
    found = [finding for finding in about if not finding.replaced_by or finding.id == first]
    found += {f.id: f for own in found if (f := speaks(own, held)) is not own}.values()
    found.sort(key=lambda finding: (finding.id != first, finding.cleared_at is not None, rank(finding)))
    paras: list[Para] = []
    for finding in found:
        paras += about_finding(view, finding)
        if finding.is_joint:
            paras += about_members(view, finding)
    device = view.snapshot.devices.get(target)
    if not found:
        paras += [Para(), Para("No finding about this device.", "quiet"), *_all_the_same(view, device)]
    if device is not None:
        paras += notes(device)
        paras += about_identity(device)
        paras += about_units(device, view.now)
        paras += ladder(device)
        paras += about_device(view, device)
        paras += about_sessions(view, device)
        paras += about_past(view, device)
    return paras[1:] if paras and not paras[0].text else paras


def _all_the_same(view: View, device: Device | None) -> list[Para]:
    """What a climb found where it is no finding: nothing wrong, or trouble of an address nobody knows."""
    said = judged(view, device.target) if device and device.found else None
    if said is None:
        return []
    return [fact("the ladder says", f"{said.verdict.title} ({said.verdict.certainty})")]


def about_members(view: View, joint: Finding) -> list[Para]:
    """The devices that a joint finding speaks for."""
    members = [f for f in view.snapshot.findings.values() if f.joined == joint.id and f.cleared_at is None]
    members.sort(key=lambda finding: (numeric(finding.address), finding.port))
    paras = list(heading(words.count(len(members), "device")))
    for member in members:
        device = view.snapshot.devices.get(member.target)
        name = f" {device.name}" if device and device.name else ""
        told = f"{member.target}{name}: {NAMES[member.cause]}, {member.certainty}"
        paras.append(Para(f"{told}, since {words.full(member.opened_at)}", "plain", "·", MARGIN))
    return paras


def about_finding(view: View, finding: Finding) -> list[Para]:
    """What is wrong, how sure, why, what else it could be, and what to do."""
    paras = [
        Para(),
        Para(f"{'▲' if tone(finding) != 'quiet' else '·'}{finding.priority}  {finding.title}", tone(finding)),
    ]
    paras.append(fact("cause", f"{words.cause(finding)}, {finding.certainty}"))
    paras += _life(view, finding)
    for number, remedy in enumerate(finding.remedies, 1):
        paras.append(Para(f"{number}. {remedy}", "strong" if number == 1 else "plain",
                          "what to do" if number == 1 else "", MARGIN))  # fmt: skip
    for number, line in enumerate(finding.evidence):
        paras += lines.evidence(line, "seen" if number == 0 else "")
    paras += grounds(view, finding)
    if finding.could_also_be:
        paras.append(fact("could also be", words.also(finding)))
    if finding.decide_by:
        paras.append(Para(finding.decide_by, "note", "decide by", MARGIN))
    return paras


def _life(view: View, finding: Finding) -> list[Para]:
    """Since when, how often, and who has seen it."""
    since = f"since {words.full(finding.opened_at)}"
    if finding.times > 1:
        since += f", {finding.times} times"
    if finding.cleared_at is not None:
        since += f", cleared {words.full(finding.cleared_at)}"
    elif finding.fading_since is not None:
        since += f", clearing: nothing backs it since {words.full(finding.fading_since)}"
    paras = [fact("when", since)]
    if finding.joined and (joint := view.snapshot.findings.get(finding.joined)):
        paras.append(fact("told as one", joint.title))
    return paras + marks(view, finding)


def about_part(view: View, source: str) -> list[Para]:
    """The whole sentence of a part of the monitor."""
    health = view.snapshot.health.get(source)
    if health is None:
        return [Para("nothing is known of it any more", "quiet")]
    state = "well" if health.ok else "not well"
    return [
        Para(health.text or state, "plain" if health.ok else "warn"),
        fact("state", f"{state}, told {words.full(health.at)}"),
    ]


def about_device(view: View, device: Device) -> list[Para]:
    """The facts of a device; what is not known is left out."""
    return [
        *heading("Device"),
        *(fact(label, text) for label, text in _facts(view.now, device) if text),
        *([Para(device.raw, "quiet", "answer bytes", MARGIN)] if device.raw else []),
        *([Para(device.spared, "note", "left alone", MARGIN)] if device.spared else []),
    ]


def _facts(now: float, device: Device) -> list[tuple[str, str]]:
    def when(wall: float) -> str:
        ago = words.age(now - wall)
        return f"{words.full(wall)} ({ago if ago == 'now' else f'{ago} ago'})"

    state = words.STATES_LONG[device.state] if device.state else ""
    return [
        ("address", str(device.target)),
        ("name", device.name),
        ("state", f"{state}, since {words.full(device.since)}" if state else "not asked yet"),
        ("before that", words.STATES_LONG[device.before] if device.before else ""),
        ("last asked", when(device.asked_at) if device.asked_at else ""),
        ("last reached", "never since the start" if device.reached_at is None else when(device.reached_at)),
        ("waited", took(device.ms) if words.waited(device) else ""),
        ("TCP answer", "" if words.waited(device) else took(device.ms)),
        ("answered by", device.sender or ""),
        ("Modbus answer", took(device.answer_ms)),
        ("unit id asked", "" if device.unit is None else str(device.unit)),
        ("exception", "" if device.exception is None else f"0x{device.exception:02x}"),
        ("detail", device.detail),
        ("closed by", device.closed),
        ("expected", "yes" if device.expected else "no: nothing names it, and it has never connected"),
    ]


def about_sessions(view: View, device: Device) -> list[Para]:
    """Who holds its connections."""
    sessions = view.snapshot.sessions.get(device.target, ())
    known = held(view, device.target)
    paras = list(heading("Sessions"))
    said = words.slots(known) or "none seen"
    if known.limit is not None:
        said += f"; it takes {words.count(known.limit, 'connection')}"
    if known.source:
        said += f" ({known.source})"
    paras.append(fact("slots taken", said))
    counted = (
        f"Exact: {known.exact} sees them all."
        if known.exact
        else "Counted from here: sessions of other hosts may be out of sight."
    )
    paras.append(Para(counted, "quiet", "", MARGIN))
    paras += [Para(_told(session, view.now), "plain", "·", MARGIN) for session in sessions]
    return paras


def _told(session: Session, now: float) -> str:
    """One session in a sentence."""
    told = f"{words.client(session)} port {session.client_port}"
    who = words.process(session)
    if who:
        told += f", {who}" + (f" of {session.user}" if session.user else "")
    told += f": {words.session_state_long(session)}, {words.old(session, now)} old"
    if session.active_at is not None:
        told += f", quiet {words.idle(session, now)}"
    if session.rtt_ms is not None:
        told += f", round trip {words.ms(session.rtt_ms)} ms"
    if session.retransmits or session.backoff:
        told += f", {session.retransmits} resent, timer doubled {session.backoff} times"
    if session.send_queue or session.receive_queue:
        told += f", {session.send_queue} bytes to send, {session.receive_queue} unread"
    if session.netns:
        told += f", in {session.netns}"
    if session.vantage:
        told += f" (seen by {', '.join(session.seen_by) or session.vantage})"
    return told
