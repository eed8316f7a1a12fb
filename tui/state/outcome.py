"""A climb's finding in the terms of a sweep, so that the device's line follows what the climb saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.events import Climbed, Probed
from tui.records import Evidence, ProbeState, Reply

_STATES: Final[dict[str, ProbeState]] = {
    "rst": "refused",
    "icmp-port": "refused",
    "icmp-host": "host-unreachable",
    "icmp-net": "net-unreachable",
    "prohibited": "prohibited",
    "forbidden-here": "prohibited",
    "no-route": "net-unreachable",
    "shortage": "error",
    "failed": "error",
}
_REPLIES: Final[dict[str, Reply]] = {
    "answer": "answer",
    "illegal": "exception",
    "failure": "exception",
    "busy": "exception",
    "path": "exception",
    "target": "exception",
    "silent": "silent",
    "closed": "closed",
    "garbage": "other",
    "banner": "other",
    "alert": "other",
    "rtu": "other",
    "broken": "malformed",
}
_EXCEPTION: Final = slice(16, 18)
"""The exception code in a frame as hex: seven bytes of header, the function, the code."""


def outcome(climb: Climbed) -> Probed | None:
    """What a sweep would tell of what this climb found; None where it never came to ask the device."""
    state = _state(climb.facts)
    if state is None:
        return None
    reply = _REPLIES.get(climb.facts.get("reply", ""), "") if state in {"answers", "open"} else ""
    tcp = _first(climb, "tcp")
    answer = _first(climb, "modbus") if reply else None
    ms = tcp.ms if tcp else None
    return Probed(
        at=climb.at,
        address=climb.address,
        port=climb.port,
        state=state,
        ms=ms,
        answer_ms=answer.ms if answer else None,
        sender=tcp.sender if tcp else None,
        detail=answer.answer if answer else _detail(state, tcp, climb.facts),
        reply=reply,
        unit=climb.unit if reply else None,
        exception=_code(answer) if reply == "exception" else None,
        raw=answer.raw if answer else None,
    )


def _state(facts: Mapping[str, str]) -> ProbeState | None:
    connect = facts.get("connect")
    if connect is None:
        return "net-unreachable" if facts.get("route") in {"none", "forbidden"} else None
    if connect == "open":
        answered = _REPLIES.get(facts.get("reply", "")) in {"answer", "exception"}
        return "answers" if answered else "open"
    if connect in {"silent", "unreachable-here"} and facts.get("nexthop") == "silent":
        return "no-neighbour"
    if connect == "unreachable-here":
        return "host-unreachable"
    return "timeout" if connect == "silent" else _STATES.get(connect)


def _detail(state: ProbeState, tcp: Evidence | None, facts: Mapping[str, str]) -> str:
    if tcp is None:
        return "this host has no route" if facts.get("route") == "none" else "this host's route forbids it"
    return {"timeout": "no answer to SYN", "no-neighbour": "no answer to ARP"}.get(state, tcp.answer)


def _first(climb: Climbed, rung: str) -> Evidence | None:
    """The first line of a rung; where Modbus answered, the first that has the answer."""
    lines = [line for line in climb.evidence if line.rung == rung]
    if rung == "modbus" and _REPLIES.get(climb.facts.get("reply", "")) in {"answer", "exception"}:
        lines = [line for line in lines if line.sender] or lines
    return lines[0] if lines else None


def _code(answer: Evidence | None) -> int | None:
    raw = answer.raw if answer is not None else None
    try:
        return int((raw or "")[_EXCEPTION], 16)
    except ValueError:
        return None
