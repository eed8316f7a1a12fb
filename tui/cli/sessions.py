"""`port502 sessions`: who holds connections to which device, read once."""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterable

from tui.cli import given
from tui.cli.failure import FINE, WARNING, Failure
from tui.records import KnownDevice, Session, Target
from tui.state.model import slots_taken
from tui.vantages.choice import Look, look, of_this_host
from tui.vantages.merge import merge


def run(arguments: argparse.Namespace) -> int:
    """Print the sessions on the watched ports; 1 where a device is at its known limit."""
    settings = given.settings(arguments)
    known = {Target(device.address, device.port): device for device in settings.known}
    ports = frozenset(settings.ports) | {target.port for target in known}
    if arguments.file:
        from tui.cli import captured  # noqa: PLC0415 - start-up time

        return captured.run(arguments.file, ports, known, as_json=arguments.json)
    seen = look(of_this_host(), ports)
    if seen.vantage is None:
        raise Failure("; ".join(f"{vantage.name}: {reason}" for vantage, reason in seen.refused))
    at = time.time()
    by_device: defaultdict[Target, list[Session]] = defaultdict(list)
    for found in merge(seen.sockets, ports, vantage=seen.vantage.name, at=at).values():
        by_device[found.session.target].append(found.session)
    if arguments.json:
        print(json.dumps(document(seen, by_device, known, at)))
    else:
        _print(seen, by_device, known, at)
    full = any(
        device.limit is not None and slots_taken(by_device.get(target, ())) >= device.limit
        for target, device in known.items()
    )
    return WARNING if full else FINE


def document(
    seen: Look,
    by_device: defaultdict[Target, list[Session]],
    known: dict[Target, KnownDevice],
    at: float,
) -> dict[str, object]:
    """What `--json` prints: vantages, then devices with their sessions. Fields are only ever added."""
    vantages = [
        {"name": vantage.name, "sees": vantage.sees, "exact": False, "works": works, "detail": why}
        for vantage, works, why in [
            *((vantage, False, reason) for vantage, reason in seen.refused),
            *(((seen.vantage, True, ""),) if seen.vantage else ()),
        ]
    ]
    exact = False
    devices = [
        {
            "address": target.address,
            "port": target.port,
            "count": slots_taken(by_device.get(target, ())),
            "exact": exact,
            "limit": device.limit if device else None,
            "limit_source": device.limit_source if device and device.limit else None,
            "sessions": [_session(session, at) for session in by_device.get(target, ())],
        }
        for target, device in ((target, known.get(target)) for target in _targets(by_device, known))
    ]
    return {"vantages": vantages, "devices": devices}


def _targets(by_device: Iterable[Target], known: Iterable[Target]) -> list[Target]:
    return sorted({*by_device, *known})


def _session(session: Session, at: float) -> dict[str, object]:
    return {
        "client": f"{session.client}:{session.client_port}",
        "pid": session.pid,
        "process": session.process or None,
        "netns": session.netns or None,
        "state": session.state,
        "age_s": None,  # one reading cannot know; the monitor does
        "idle_s": None if session.active_at is None else round(max(0.0, at - session.active_at), 1),
        "rtt_ms": session.rtt_ms,
        "retransmits": session.retransmits,
        "send_queue": session.send_queue,
        "vantage": session.vantage,
        "side": session.side,
        "user": session.user or None,
        "holds_slot": bool(slots_taken((session,))),
    }


def _print(
    seen: Look, by_device: defaultdict[Target, list[Session]], known: dict[Target, KnownDevice], at: float
) -> None:
    for vantage, reason in seen.refused:
        print(f"{vantage.name}: not available ({reason})")
    for target in _targets(by_device, known):
        device = known.get(target)
        taken = slots_taken(by_device.get(target, ()))
        limit = device.limit if device and device.limit else "?"
        name = f"  {device.name}" if device and device.name else ""
        full = " full" if device and device.limit and taken >= device.limit else ""
        print(f"{target!s:<22} ≥{taken}/{limit}{full}{name}")
        for session in by_device.get(target, ()):
            who = f"{session.process}[{session.pid}]" if session.pid else "owner not visible"
            rtt = f"{session.rtt_ms:.1f} ms" if session.rtt_ms is not None else ""
            client = f"{session.client}:{session.client_port}"
            idle = f"idle {at - session.active_at:.0f} s" if session.active_at is not None else ""
            resent = f"{session.retransmits} resent" if session.retransmits else ""
            print(f"    {client:<24} {who:<24} {session.state:<12} {rtt:>9}  {idle:<12} {resent}".rstrip())
    if not by_device:
        print("no sessions on the watched ports")
