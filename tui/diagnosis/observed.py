"""From a device as the monitor knows it to facts: seen by a sweep, found by a climb, told by sessions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from tui import limits
from tui.diagnosis.derived import derive
from tui.diagnosis.meaning import agrees, of_exception, of_units, promptness
from tui.diagnosis.scene import Scene
from tui.diagnosis.slots import Slots, is_of_slots, slots
from tui.records import Evidence
from tui.state.model import Device

_SHORT_OF: Final = ("EADDRNOTAVAIL", "EMFILE", "ENFILE")
_TLS_ALERT: Final = "1503"
_LIFELESS: Final = frozenset({"silent", "icmp-host", "icmp-net", "unreachable-here"})


class Seen(NamedTuple):
    """What is known of a device, as facts."""

    facts: dict[str, str]
    details: dict[str, str]
    """Names for the sentences of a verdict."""
    evidence: tuple[Evidence, ...]


def observed(scene: Scene) -> Seen:
    """What a sweep, a climb that still holds, and the sessions tell of the device."""
    device, climb = scene.device, scene.device.found
    facts, details = _swept(scene), _details(scene)
    _add_units(device, facts, details)
    evidence = tuple(_lines(scene, facts))
    if climb is not None:
        facts, details = {**facts, **climb.facts}, {**details, **climb.details}
        evidence = tuple(line for line in climb.evidence if not is_of_slots(line))
    if scene.watched:
        held = slots(scene.sessions, device.limit, device.limit_source, scene.holding)
        facts |= _of_sessions(held, facts)
        details |= held.details
        evidence += held.evidence
    return Seen(facts, details, evidence)


def assumed(facts: Mapping[str, str], scene: Scene) -> dict[str, str]:
    """The answers that change nothing, for questions that a sweep does not ask.

    Without them a cause would be named for no better reason than that its question is still open.
    """
    if scene.climbed:
        return {}
    guess = {"address": "plain"}
    if facts.get("reply") == "silent":
        guess |= {"again": "silent", "units": "silent"}
    elif facts.get("reply") in {"illegal", "failure"}:
        guess |= {"units": "same"}
    unanswered = facts.get("stuck") == "yes" and facts.get("held") == "none"
    if facts.get("connect") in _LIFELESS and not unanswered and "alive" not in derive(facts):
        guess |= {"alive": "no"}
    if facts.get("nexthop") == "silent" or facts.get("connect") == "forbidden-here":
        guess |= {"route": "link"}
    return {fact: value for fact, value in guess.items() if fact not in facts}


def _of_sessions(held: Slots, facts: Mapping[str, str]) -> dict[str, str]:
    """What sessions tell of whether the device can be reached: a leaking client is trouble of its own."""
    kept = {fact: value for fact, value in held.facts.items() if fact in {"held", "stuck"}}
    if "idle" in facts:
        kept["hung-up"] = held.facts["hung-up"]
    return kept


def _swept(scene: Scene) -> dict[str, str]:
    """The last answer to a sweep, and what is known around it."""
    device = scene.device
    facts = _connect(device)
    if not facts:
        return facts
    if device.state in {"answers", "open"} and (reply := _reply(device)):
        facts["reply"] = reply
    if device.state == "answers" and device.answer_ms is not None:
        facts["pace"] = "slow" if device.answer_ms > limits.SLOW_S * 1000 else "quick"
    if scene.ports:
        facts["ports"] = scene.ports
    if scene.modbus_port is not None and device.state not in {"answers", "open"}:
        facts["modbus-elsewhere"] = "yes"
    if scene.way is not None and "route" not in facts:
        facts["route"] = scene.way.route
    facts["name"] = "literal"
    facts["history"] = "answered" if scene.worked_lately else "never"
    facts["changes"] = "many" if scene.changes >= limits.FLAPPING else "few"
    return facts


def _connect(device: Device) -> dict[str, str]:
    sender = device.sender
    icmp = {} if sender is None else {"icmp": "device" if sender == device.address else "router"}
    if icmp and device.ms is not None:
        icmp["prompt"] = promptness(device.ms / 1000)
    match device.state:
        case "answers" | "open":
            return {"connect": "open"}
        case "refused":
            by_icmp = device.detail.startswith("ICMP") or sender not in {None, device.address}
            return {"connect": "icmp-port", **icmp} if by_icmp else {"connect": "rst"}
        case "timeout":
            return {"connect": "silent"}
        case "no-neighbour":
            return {"connect": "unreachable-here", "nexthop": "silent"}
        case "host-unreachable":
            return {"connect": "icmp-host", **icmp} if icmp else {"connect": "unreachable-here"}
        case "net-unreachable":
            return {"connect": "icmp-net", **icmp} if icmp else _no_route(device)
        case "prohibited":
            return {"connect": "prohibited", **icmp} if icmp else {"connect": "forbidden-here"}
        case "error" if any(name in device.detail for name in _SHORT_OF):
            return {"connect": "shortage"}
    return {}


def _no_route(device: Device) -> dict[str, str]:
    forbids = "blackhole" in device.detail or "forbids" in device.detail
    return {"connect": "no-route", "route": "forbidden" if forbids else "none"}


def _reply(device: Device) -> str:
    match device.reply:
        case "silent":
            return "silent"
        case "closed" | "reset":
            return "closed"
        case "other":
            return "alert" if (device.raw or "").startswith(_TLS_ALERT) else "garbage"
        case "malformed":
            return "broken"
    if device.state != "answers":
        return ""
    return "answer" if device.exception is None else of_exception(device.exception)


def _details(scene: Scene) -> dict[str, str]:
    device = scene.device
    known: dict[str, object] = {
        "address": device.address,
        "port": device.port,
        "unit": 1 if device.unit is None else device.unit,
        "sender": device.sender if device.sender != device.address else None,
        "took": None if device.answer_ms is None else f"{device.answer_ms / 1000:.1f} s",
        "found": scene.modbus_port,
        "gateway": scene.way.gateway if scene.way else None,
        "interface": scene.way.interface if scene.way else None,
    }
    return {name: str(value) for name, value in known.items() if value not in {None, ""}}


def _add_units(device: Device, facts: dict[str, str], details: dict[str, str]) -> None:
    """What other unit ids answered, where they were asked while it was as it is now."""
    if device.units is None or device.units.at < device.since:
        return
    own = int(details["unit"])
    faces = {(unit.unit, unit.face) for unit in device.units.units}
    if not agrees(own, facts.get("reply", ""), faces):
        return
    known = of_units(own, faces)
    details |= known
    if "unit_found" in known:
        facts["units"] = "answer"


def _lines(scene: Scene, facts: Mapping[str, str]) -> Iterator[Evidence]:
    """What the sweeps saw, as evidence."""
    device = scene.device
    if device.state is None:
        return
    if device.state != "answers":
        came = {"open": "connected", "timeout": "silence"}.get(device.state, device.state)
        why = f" ({device.detail})" if device.detail and device.state != "open" else ""
        yield Evidence(
            rung="tcp",
            asked=f"TCP connect to {device.address} port {device.port}",
            answer=f"{came}{why}",
            ms=device.ms,
            sender=device.sender,
        )
    if "reply" in facts:
        yield Evidence(
            rung="modbus",
            asked=f"read holding register 0 of unit {1 if device.unit is None else device.unit}",
            answer=device.detail or device.reply,
            ms=device.answer_ms,
            sender=device.address if device.state == "answers" else None,
            raw=device.raw,
        )
    if scene.worked_lately and device.state not in {"answers", "open"}:
        yield Evidence(rung="history", asked="earlier sweeps", answer="TCP connected within the last hours")
