"""Rules: from one device and its sessions to what is wrong with it. Pure functions, each in one idea."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from tui import limits
from tui.diagnosis.draft import Draft
from tui.diagnosis.scene import (
    Scene,
    connect_evidence,
    history_evidence,
    modbus_evidence,
    slots_evidence,
    who,
)
from tui.records import CauseId, Certainty, Evidence

Rule: TypeAlias = Callable[[Scene], Iterator[Draft]]


def refused(scene: Scene) -> Iterator[Draft]:
    """Refused: by an ICMP from elsewhere, by a device that is full, or because nothing listens.

    A stranger that refuses is not trouble: most hosts of a network are no Modbus devices.
    """
    device = scene.device
    if device.state != "refused":
        return
    evidence = (connect_evidence(device), *history_evidence(scene), *slots_evidence(scene))
    if scene.taken:
        # Open sessions to a port that refuses: something listened there, and stopped while they live.
        yield _slots_full(scene, "likely", 1, evidence, form="refused", title=_REFUSES)
    elif not device.expected:
        return
    elif device.sender is not None and device.sender != device.address:
        yield Draft("filtered-icmp", "likely", 2, evidence)
    else:
        yield Draft("not-listening", "possible", 1 if scene.reached_lately else 2, evidence)


def silent(scene: Scene) -> Iterator[Draft]:
    """No answer to SYN, from a device that is expected there."""
    device = scene.device
    if device.state != "timeout" or not device.expected:
        return
    evidence = (connect_evidence(device), *history_evidence(scene), *slots_evidence(scene))
    if scene.taken and not scene.living:
        # Sessions that nobody acknowledges either: the path or the device is gone, not a slot.
        yield Draft("silent", "likely", 1, evidence, title=_DEAD)
    elif scene.taken:
        certainty: Certainty = "likely" if scene.full else "possible"
        yield _slots_full(scene, certainty, 1, evidence, form="no-syn-ack", title=_NO_SYN_ACK)
    elif scene.others_alive:
        yield Draft("filtered-drop", "likely", 2, evidence)
    else:
        yield Draft("silent", "possible", 1 if scene.reached_lately else 2, evidence)


def unreachable(scene: Scene) -> Iterator[Draft]:
    """The network itself says no, about a device that is expected there."""
    device = scene.device
    if not device.expected:
        return
    evidence = (connect_evidence(device), *history_evidence(scene))
    priority = 1 if scene.reached_lately else 2
    if device.state == "no-neighbour":
        yield Draft("no-neighbour", "likely", priority, evidence)
    elif device.state == "host-unreachable":
        yield Draft("host-unreachable", "likely", priority, evidence)
    elif device.state == "net-unreachable":
        if device.sender is None:
            yield Draft("no-route", "likely", priority, evidence)
        else:
            yield Draft("net-unreachable", "likely", priority, evidence)
    elif device.state == "prohibited":
        if device.sender is None:
            yield Draft("local-firewall-out", "likely", priority, evidence)
        else:
            yield Draft("filtered-icmp", "proven", priority, evidence)
    elif device.state == "error" and "EADDRNOTAVAIL" in device.detail:
        yield Draft("local-ports-exhausted", "likely", 1, evidence)


def connected_without_answer(scene: Scene) -> Iterator[Draft]:
    """TCP connects, then silence, an end, or bytes that are not Modbus."""
    device = scene.device
    if device.state != "open":
        return
    evidence = (connect_evidence(device), modbus_evidence(device), *slots_evidence(scene))
    if device.reply in {"closed", "reset"}:
        held = scene.taken > 0
        certainty: Certainty = "likely" if held else "possible"
        yield _slots_full(scene, certainty, 1, evidence, form="accepted-closed", title=_CLOSES[held])
    elif device.reply == "silent" and scene.full:
        yield _slots_full(scene, "likely", 1, evidence, form="accepted-mute", title=_MUTE)
    elif device.reply == "silent":
        yield Draft("mute", "possible", 2, evidence)
    elif device.reply == "other":
        tls = (device.raw or "").startswith(_TLS_ALERT)
        yield Draft("tls-only" if tls else "not-modbus", "likely", 2, evidence)
    elif device.reply == "malformed":
        yield Draft("bad-frames", "likely", 2, evidence)


def answered_with_trouble(scene: Scene) -> Iterator[Draft]:
    """Modbus answers, but with an exception that names trouble, or late."""
    device = scene.device
    if device.state != "answers":
        return
    evidence = (modbus_evidence(device),)
    if device.exception in _EXCEPTION_CAUSES:
        yield Draft(*_EXCEPTION_CAUSES[device.exception], evidence)
    if device.answer_ms is not None and device.answer_ms > limits.SLOW_S * 1000:
        yield Draft("slow", "likely", 3, evidence)


def at_the_limit(scene: Scene) -> Iterator[Draft]:
    """All known slots taken while nothing else is wrong: worth knowing before the next client comes."""
    device = scene.device
    if scene.full and device.state in {"answers", None}:
        title = f"In use: {scene.taken} of {device.limit} connections, most by {scene.holders[0][0]}."
        yield _slots_full(scene, "likely", 3, tuple(slots_evidence(scene)), title=title)


def _slots_full(
    scene: Scene,
    certainty: Certainty,
    priority: int,
    evidence: tuple[Evidence, ...],
    *,
    form: str = "",
    title: str,
) -> Draft:
    """Full slots, with the holder named first where one is seen."""
    first = ""
    if scene.holders:
        name, count = scene.holders[0]
        first = (
            f"See whether {name} needs its connection"
            if count == 1
            else f"See whether {name} needs its {count} connections; end one that is idle"
        )
    return Draft("slots-full", certainty, priority, evidence, form, title, first)


def leaking_client(scene: Scene) -> Iterator[Draft]:
    """One process holds several connections that the device has closed."""
    leaks: dict[tuple[str, int | None], int] = {}
    for session in scene.sessions:
        if session.side != "device" and session.state == "CLOSE_WAIT":
            who = (session.process, session.pid)
            leaks[who] = leaks.get(who, 0) + 1
    for (process, pid), count in leaks.items():
        if count >= limits.LEAK_SESSIONS:
            name = f"{process}[{pid}]" if process else "a program of this host"
            seen = Evidence(
                rung="slots",
                asked="sessions closed by the device, still open here",
                answer=f"{count} held by {name} (CLOSE_WAIT)",
            )
            title = f"{name} keeps {count} connections that the device has closed."
            yield Draft("client-leak", "proven", 2, (seen,), title=title)
            return


def half_open(scene: Scene) -> Iterator[Draft]:
    """A session whose segments nobody acknowledges any more."""
    for session in scene.sessions:
        if session.unacked and session.backoff >= limits.HALF_OPEN_BACKOFF:
            seen = Evidence(
                rung="slots",
                asked=f"session of {who(session)} from port {session.client_port}",
                answer=f"{session.state}, retransmit timer doubled {limits.HALF_OPEN_BACKOFF} times or more",
            )
            yield Draft("stale-sessions", "likely", 1, (seen,))
            return


_TLS_ALERT: Final = "1503"
_REFUSES: Final = "Slots full: it refuses while sessions to it are open."
_NO_SYN_ACK: Final = "Slots full: no answer to a new connection while others are open."
_DEAD: Final = "No answer any more, not even on the sessions that are open."
_MUTE: Final = "Slots full: it takes the connection and serves nobody but those before."
_CLOSES: Final = {
    True: "Slots full: it accepts, then closes.",
    False: "It accepts, then closes: slots full, or this host is not on its list.",
}
_EXCEPTION_CAUSES: Final[dict[int | None, tuple[CauseId, Certainty, int]]] = {
    4: ("wrong-unit", "possible", 3),
    6: ("busy", "likely", 2),
    10: ("gateway-path", "likely", 2),
    11: ("gateway-target", "likely", 2),
}

RULES: Final[tuple[Rule, ...]] = (
    refused,
    silent,
    unreachable,
    connected_without_answer,
    answered_with_trouble,
    at_the_limit,
    leaking_client,
    half_open,
)


def judge(scene: Scene) -> dict[str, Draft]:
    """Every finding the rules make of *scene*, by cause; the first rule to name a cause has it."""
    drafts: dict[str, Draft] = {}
    for rule in RULES:
        for draft in rule(scene):
            drafts.setdefault(draft.cause, draft)
    return drafts
