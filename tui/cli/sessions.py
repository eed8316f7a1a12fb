"""`port502 sessions`: who holds connections to which device, read once."""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tui.clean import clean
from tui.cli import given
from tui.cli.failure import FINE, WARNING, Failure
from tui.panes import words
from tui.records import KnownDevice, Session, Target
from tui.state.holding import Holding, holding
from tui.state.model import Device, slots_taken
from tui.vantages import NothingThereError, Reading, Vantage, VantageError
from tui.vantages.choice import everywhere
from tui.vantages.union import union


def run(arguments: argparse.Namespace) -> int:
    """Print the sessions on the watched ports; 1 where a device is at its known limit."""
    settings = given.settings(arguments)
    known = {Target(device.address, device.port): device for device in settings.known}
    ports = frozenset(settings.ports) | {target.port for target in known}
    if arguments.file:
        from tui.cli import captured  # noqa: PLC0415 - start-up time

        return captured.run(arguments.file, ports, known, as_json=arguments.json)
    at = time.time()
    looks = list(_looks(ports, at))
    if looks[0].reading is None:
        raise Failure("; ".join(f"{vantage.name}: {reason}" for vantage, reason in looks[0].refused))
    merged = union([look.reading.sessions for look in looks if look.reading is not None])
    by_device: defaultdict[Target, list[Session]] = defaultdict(list)
    for found in merged.values():
        by_device[found.session.target].append(found.session)
    held = {
        target: _holding(by_device.get(target, ()), known.get(target), at)
        for target in _targets(by_device, known)
    }
    if arguments.json:
        print(json.dumps(document(looks, by_device, held, at)))
    else:
        _print(looks, by_device, held, known, at)
    return WARNING if any(each.full for each in held.values()) else FINE


class Look(NamedTuple):
    """What one vantage gave, or why it gave nothing; several were tried where they are alternatives."""

    vantage: Vantage | None
    reading: Reading | None
    refused: tuple[tuple[Vantage, str], ...]
    idle: bool = False
    """It works, but there is nothing that it could see."""


def _looks(ports: frozenset[int], at: float) -> Iterator[Look]:
    for alternatives in everywhere(ports):
        refused: list[tuple[Vantage, str]] = []
        idle = False
        for vantage in alternatives:
            try:
                reading = vantage.read(at)
            except VantageError as error:
                refused.append((vantage, clean(str(error))))
                idle = isinstance(error, NothingThereError)
            else:
                yield Look(vantage, reading, tuple(refused))
                break
        else:
            yield Look(None, None, tuple(refused), idle)


def _holding(sessions: Collection[Session], device: KnownDevice | None, at: float) -> Holding:
    named = device or KnownDevice(address="")
    about = Device(address=named.address, port=named.port, limit=named.limit, limit_source=named.limit_source)
    return holding(about, sessions, {}, at)


def document(
    looks: Iterable[Look],
    by_device: Mapping[Target, Sequence[Session]],
    held: Mapping[Target, Holding],
    at: float,
) -> dict[str, object]:
    """What `--json` prints: vantages, then devices with their sessions. Fields are only ever added."""
    vantages = [
        {"name": vantage.name, "sees": vantage.sees, "exact": vantage.exact, "works": works, "detail": why}
        for look in looks
        for vantage, works, why in [
            *((vantage, False, reason) for vantage, reason in look.refused),
            *(((look.vantage, True, look.reading.detail),) if look.vantage and look.reading else ()),
        ]
    ]
    devices = [
        {
            "address": target.address,
            "port": target.port,
            "count": now.taken,
            "exact": bool(now.exact),
            "exact_by": now.exact or None,
            "limit": now.limit,
            "limit_source": now.source or None if now.limit else None,
            "sessions": [_session(session, at) for session in by_device.get(target, ())],
        }
        for target, now in held.items()
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
        "seen_by": session.seen_by or (session.vantage,),
        "forgotten_in_s": None if session.expires_at is None else round(max(0.0, session.expires_at - at)),
        "dialled": session.dialled or None,
        "side": session.side,
        "user": session.user or None,
        "holds_slot": bool(slots_taken((session,))),
    }


def _print(
    looks: Iterable[Look],
    by_device: Mapping[Target, Sequence[Session]],
    held: Mapping[Target, Holding],
    known: Mapping[Target, KnownDevice],
    at: float,
) -> None:
    for look in looks:
        for vantage, reason in look.refused:
            if not look.idle:
                print(f"{vantage.name}: not available ({reason})")
    for target, now in held.items():
        device = known.get(target)
        name = f"  {device.name}" if device and device.name else ""
        exact = f"  exact: {now.exact}" if now.exact else ""
        print(f"{target!s:<22} {words.slots(now)}{' full' if now.full else ''}{exact}{name}".rstrip())
        for session in by_device.get(target, ()):
            print(f"    {_line(session, at)}")
    if not by_device:
        print("no sessions on the watched ports")


def _line(session: Session, at: float) -> str:
    who = f"{session.process}[{session.pid}]" if session.pid else "owner not visible"
    if session.side == "none":
        who = "on another host"
    rtt = f"{session.rtt_ms:.1f} ms" if session.rtt_ms is not None else ""
    client = f"{session.client}:{session.client_port}"
    idle = f"idle {at - session.active_at:.0f} s" if session.active_at is not None else ""
    more = [
        f"{session.retransmits} resent" if session.retransmits else "",
        f"in {session.netns}" if session.netns else "",
        f"dialled {session.dialled}" if session.dialled else "",
        f"forgotten in {session.expires_at - at:.0f} s" if session.expires_at is not None else "",
    ]
    line = f"{client:<24} {who:<24} {session.state:<12} {rtt:>9}  {idle:<12} {', '.join(filter(None, more))}"
    return line.rstrip()
