"""What a capture file says of each device: who held its connections, how many, and who is to blame."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final, Literal, TypeAlias

import msgspec

from tui.flows.flow import Flow
from tui.flows.follow import Progress, follow
from tui.flows.links import Links, MacChange
from tui.flows.records import Traffic
from tui.flows.tally import STORM_S, Client, Device
from tui.flows.tracker import Tracker
from tui.limits import LEAK_SESSIONS
from tui.records import Session, Target
from tui.wire.frames import Lldp
from tui.wire.pcap import CaptureFile

POLLER_REQUESTS: Final = 10  # of one session, before its rhythm says anything
POLLER_PAUSE: Final = 5.0  # periods that the longest pause of a steady poller may last
FORGOTTEN_S: Final = 300.0  # without a request, before a session counts as forgotten ...
FORGOTTEN_SHARE: Final = 0.9  # ... or, in a shorter capture, this share of it ...
FORGOTTEN_LEAST_S: Final = 30.0  # ... where it is at least so long
CULPRITS: Final = 32  # told of one device, worst first

Habit: TypeAlias = Literal["storm", "gone", "forgotten", "several", "poller"]
"""Connects over and over; vanished while its session stands; says nothing; holds several; asks steadily."""
_WORST_FIRST: Final = ("storm", "gone", "several", "forgotten", "poller")


class Culprit(msgspec.Struct, frozen=True, kw_only=True):
    """One client that holds connections in a way worth knowing."""

    habit: Habit
    client: str
    sessions: int
    """Concerned, or in a storm opened in all."""
    words: str


class DeviceTraffic(msgspec.Struct, frozen=True, kw_only=True):
    """One device in a capture. Counts are of what was captured: lower bounds."""

    address: str
    port: int
    sessions: int
    """Seen in all."""
    clients: int
    at_end: int
    """Connections taken at the end."""
    most: int
    """Most connections that lasted at once: the device's limit is at least this."""
    most_at: float
    attempts: int
    refused: int
    unanswered: int
    """SYNs given up without an answer."""
    hung_up: int
    """Accepted, then closed by the device at once without a word."""
    requests: int
    culprits: tuple[Culprit, ...]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a capture file says."""

    begin: float | None
    """Wall seconds of the first packet; None for an empty file."""
    end: float
    packets: int
    unreadable: int
    trouble: str
    """Why reading ended before the file's end; empty where all was read."""
    flooded: int
    """Connections asked for that were forgotten, because there were too many at once."""
    dropped: int
    """Sessions forgotten to make room."""
    devices: tuple[DeviceTraffic, ...]
    sessions: tuple[Session, ...]
    """Those that lasted to the end."""
    traffic: tuple[Traffic, ...]
    """Figures of the sessions that lasted, and of the newest that ended."""
    mac_changes: tuple[MacChange, ...]
    switches: dict[str, Lldp]


def summary_of_file(path: str | os.PathLike[str], ports: Collection[int]) -> Summary:
    """Read the capture file at *path* and say who held connections to *ports*.

    Raises:
        CaptureFileError: it cannot be opened, or is no capture file.
        ValueError: no port, or more than may be watched.
    """
    tracker, links, progress = Tracker(ports), Links(), Progress()
    with CaptureFile(path) as file:
        follow(file.records(), tracker, links, progress)
    end = progress.at
    return Summary(
        begin=progress.begin,
        end=end,
        packets=progress.packets,
        unreadable=progress.unreadable + file.unreadable,
        trouble=file.trouble,
        flooded=tracker.table.half_open_dropped,
        dropped=tracker.table.sessions_dropped,
        devices=devices(tracker, progress.begin or end, end),
        sessions=tuple(tracker.sessions("pcap", end).values()),
        traffic=tuple(tracker.traffic(end)),
        mac_changes=tuple(links.changes),
        switches=dict(links.switches),
    )


def devices(tracker: Tracker, begin: float, end: float) -> tuple[DeviceTraffic, ...]:
    """Each device and its culprits, from what was seen between the wall times *begin* and *end*."""
    tracker.table.give_up(end)
    live: defaultdict[Target, list[Flow]] = defaultdict(list)
    for flow in tracker.table.live():
        live[Target(flow.address, flow.port)].append(flow)
    followed = sorted(tracker.table.devices.values(), key=lambda device: device.target)
    return tuple(_device(device, live[device.target], begin, end) for device in followed)


def _device(device: Device, live: Sequence[Flow], begin: float, end: float) -> DeviceTraffic:
    held: defaultdict[str, list[Flow]] = defaultdict(list)
    for flow in live:
        if flow.held_slot:
            held[flow.client].append(flow)
    found = [
        *(each for client in device.clients.values() if (each := _storm(client)) is not None),
        *(each for client, flows in held.items() for each in _habits(client, flows, begin, end)),
    ]
    found.sort(key=lambda culprit: (_WORST_FIRST.index(culprit.habit), -culprit.sessions, culprit.client))
    return DeviceTraffic(
        address=device.target.address,
        port=device.target.port,
        sessions=device.sessions,
        clients=len(device.clients),
        at_end=device.held.now,
        most=device.held.peak[0],
        most_at=device.held.peak[1],
        attempts=device.attempts,
        refused=device.refused,
        unanswered=device.unanswered,
        hung_up=device.hung_up,
        requests=device.requests + sum(flow.requests for flow in live),
        culprits=tuple(found[:CULPRITS]),
    )


def _storm(client: Client) -> Culprit | None:
    if not client.storm:
        return None
    words = f"connects over and over: {client.storm} times within {STORM_S:.0f} s"
    return Culprit(habit="storm", client=client.address, sessions=client.sessions, words=words)


def _habits(client: str, flows: Sequence[Flow], begin: float, end: float) -> list[Culprit]:
    """What one client does with the connections it holds."""
    habits: defaultdict[Habit, list[Flow]] = defaultdict(list)
    for flow in flows:
        if flow.silent == "client":
            habits["gone"].append(flow)
        elif _forgotten(flow, begin, end):
            habits["forgotten"].append(flow)
        elif _steady(flow, end):
            habits["poller"].append(flow)
    if len(flows) >= LEAK_SESSIONS:
        habits["several"].extend(flows)
    return [
        Culprit(habit=habit, client=client, sessions=len(some), words=_words(habit, some, end))
        for habit, some in habits.items()
    ]


def _words(habit: Habit, flows: Sequence[Flow], end: float) -> str:
    if habit == "poller":
        period = min(each for flow in flows if (each := flow.period_s()) is not None)
        return f"asks steadily, every {period:.3g} s"
    if habit == "several":
        return f"holds {len(flows)} connections at once"
    if habit == "gone":
        return "does not react any more; the device still holds the connection"
    return f"has asked nothing for {max(_quiet_s(flow, end) for flow in flows):.0f} s and holds on"


def _quiet_s(flow: Flow, end: float) -> float:
    return end - (flow.asked_at if flow.requests else flow.since)


def _forgotten(flow: Flow, begin: float, end: float) -> bool:
    quiet = _quiet_s(flow, end)
    whole = max(FORGOTTEN_LEAST_S, FORGOTTEN_SHARE * (end - begin))
    return quiet >= FORGOTTEN_S or (flow.midstream and not flow.requests and quiet >= whole)


def _steady(flow: Flow, end: float) -> bool:
    period = flow.period_s()
    if period is None or flow.requests < POLLER_REQUESTS:
        return False
    return max(flow.paused_s, end - flow.asked_at) <= POLLER_PAUSE * max(period, 0.1)
