"""`port502 sessions FILE`: who held connections to which device while a capture file was made."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import msgspec

from tui.cli.failure import FINE, WARNING, Failure
from tui.flows.records import Traffic
from tui.flows.summary import DeviceTraffic, Summary, summary_of_file
from tui.records import KnownDevice, Target
from tui.wire.pcap import CaptureFileError


def run(path: str, ports: Collection[int], known: Mapping[Target, KnownDevice], *, as_json: bool) -> int:
    """Print what the file tells; 1 where a part of it could not be read."""
    try:
        found = summary_of_file(path, ports)
    except CaptureFileError as error:
        raise Failure(str(error)) from error
    if as_json:
        print(json.dumps(document(found, known)))
    else:
        _print(found, known)
    return WARNING if found.trouble or found.unreadable else FINE


def document(found: Summary, known: Mapping[Target, KnownDevice]) -> dict[str, Any]:
    """The object of `sessions --json`, with the figures that traffic adds. Fields are only ever added."""
    held = _by_device(found)
    devices = []
    for device in found.devices:
        target = Target(device.address, device.port)
        named = known.get(target)
        made = msgspec.to_builtins(device)
        devices.append(
            {
                **made,
                "count": device.at_end,
                "exact": False,
                "limit": named.limit if named else None,
                "limit_source": named.limit_source if named and named.limit else None,
                "sessions": [_session(one, found.end) for one in held[target]],
            }
        )
    return {
        "vantages": [
            {"name": "pcap", "sees": "the sessions in a capture file", "exact": False, "works": True,
             "detail": found.trouble}
        ],
        "file": {
            "begin": found.begin, "end": found.end, "packets": found.packets, "unreadable": found.unreadable,
            "half_open_flood": found.flooded, "dropped": found.dropped,
        },
        "devices": devices,
    }  # fmt: skip


def _by_device(found: Summary) -> defaultdict[Target, list[Traffic]]:
    held: defaultdict[Target, list[Traffic]] = defaultdict(list)
    for traffic in found.traffic:
        held[Target(traffic.address, traffic.port)].append(traffic)
    return held


def _session(traffic: Traffic, end: float) -> dict[str, Any]:
    ended_at = end if traffic.ended_at is None else traffic.ended_at
    quiet_s = None if traffic.active_at is None else round(max(0.0, ended_at - traffic.active_at), 3)
    return {
        **msgspec.to_builtins(traffic),
        "client": f"{traffic.client}:{traffic.client_port}",
        "age_s": round(ended_at - traffic.since, 3),
        "idle_s": quiet_s,
        "retransmits": traffic.client_retransmits + traffic.device_retransmits,
        "vantage": "pcap",
    }


def _print(found: Summary, known: Mapping[Target, KnownDevice]) -> None:
    if found.begin is None:
        print("no packet of the watched ports in it")
    else:
        began = datetime.fromtimestamp(found.begin).astimezone()
        print(f"{found.packets:,} packets, {found.end - found.begin:.0f} s from {began:%Y-%m-%d %H:%M:%S}")
    held = _by_device(found)
    for device in found.devices:
        target = Target(device.address, device.port)
        _print_device(device, known.get(target))
        for traffic in held[target]:
            print(f"    {_line(traffic, found.end)}")
    for change in found.mac_changes:
        print(f"hardware address changed: {msgspec.to_builtins(change)}")
    if found.flooded:
        print("a flood of half-open connections passed: their counts are kept, not each of them")
    if found.trouble or found.unreadable:
        broken = "1 packet is" if found.unreadable == 1 else f"{found.unreadable:,} packets are"
        print(f"not all of it could be read: {found.trouble or f'{broken} broken'}")


def _print_device(device: DeviceTraffic, known: KnownDevice | None) -> None:
    limit = known.limit if known and known.limit else "?"
    name = f"  {known.name}" if known and known.name else ""
    clients = "1 client" if device.clients == 1 else f"{device.clients} clients"
    target = Target(device.address, device.port)
    print(
        f"{target!s:<22} ≥{device.at_end}/{limit} at the end, at most {device.most} at once, {clients}, "
        f"{device.requests} requests{name}"
    )
    for culprit in device.culprits:
        print(f"    {culprit.client} {culprit.words}")


def _line(traffic: Traffic, end: float) -> str:
    ended_at = end if traffic.ended_at is None else traffic.ended_at
    told = f"{traffic.client}:{traffic.client_port}"
    older = "at least " if traffic.midstream else ""
    words = [f"{told:<24} {traffic.state:<12} {older}{ended_at - traffic.since:.0f} s"]
    words.append(f"{traffic.requests} asked")
    if traffic.exceptions:
        words.append(f"{traffic.exceptions} exceptions")
    if traffic.unanswered:
        words.append(f"{traffic.unanswered} unanswered")
    if traffic.ending:
        words.append(f"{traffic.ending} by {traffic.ended_by}" if traffic.ended_by else traffic.ending)
    return ", ".join(words)
