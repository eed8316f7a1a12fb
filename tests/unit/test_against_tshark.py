"""A plant's traffic in a capture file: our figures against the truth of it, and against tshark's."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import pytest

from tests.unit import traffic
from tests.unit.known_session import Known
from tests.unit.plant_traffic import SECONDS, Plant
from tests.unit.traffic import START, Packet
from tui.flows.records import Traffic
from tui.flows.summary import Summary, summary_of_file
from tui.records import End

MICROSECOND: Final = 2e-6
LAST_ACK_S: Final = 0.006
TABLE_S: Final = 1e-4  # tshark prints durations to a tenth of a millisecond
_FIELDS: Final = (
    "tcp.stream", "frame.time_relative", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "tcp.srcport",
    "tcp.dstport", "mbtcp.trans_id", "modbus.func_code", "modbus.exception_code",
    "tcp.analysis.retransmission", "tcp.analysis.keep_alive", "tcp.flags.syn", "tcp.flags.ack",
    "tcp.flags.fin", "tcp.flags.reset",
)  # fmt: skip

Ends: TypeAlias = tuple[str, int, str, int]
Name: TypeAlias = tuple[str, int, str, int, float]
"""Both ends, and when it began in milliseconds of the file: ports are used more than once."""


def _name(ends: Ends, begin: float) -> Name:
    return (*ends, round((begin - START) * 1e3, 1))


def _ends(known: Known) -> Ends:
    return (*known.ends[True], *known.ends[False])


def _ours(summary: Summary) -> dict[Name, Traffic]:
    return {
        _name((each.client, each.client_port, each.address, each.port), each.since): each
        for each in summary.traffic
    }


@pytest.fixture(scope="module")
def plant() -> Plant:
    return Plant()


@pytest.fixture(scope="module", params=[traffic.pcap, traffic.pcapng])
def file(
    request: pytest.FixtureRequest, plant: Plant, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Summary]:
    """The plant's traffic as a file of either kind, and what we make of it."""
    write: Callable[[Iterable[Packet]], bytes] = request.param
    path = tmp_path_factory.mktemp("plant") / "plant.cap"
    path.write_bytes(write(plant.packets()))
    return path, summary_of_file(path, [502])


def test_every_session_is_told_and_no_other(plant: Plant, file: tuple[Path, Summary]) -> None:
    """Each session of the plant is found once, from its first packet on, however it began."""
    _, summary = file
    assert len(plant.sessions) > 200
    assert (summary.unreadable, summary.trouble, summary.dropped, summary.flooded) == (0, "", 0, 0)
    assert summary.begin == START
    assert summary.end == pytest.approx(START + SECONDS, abs=MICROSECOND)
    assert len(summary.traffic) == len(plant.sessions)
    assert _ours(summary).keys() == {_name(_ends(known), known.begin) for known in plant.sessions}


def test_what_is_said_in_each_session_is_counted(plant: Plant, file: tuple[Path, Summary]) -> None:
    """Requests, answers, exceptions with their codes, what stays unanswered, and what is sent again."""
    ours = _ours(file[1])
    for known in plant.sessions:
        told = ours[_name(_ends(known), known.begin)]
        assert (
            told.requests, told.responses, told.exceptions, told.exception_codes, told.unanswered,
            told.waiting, told.client_retransmits, told.device_retransmits, told.keepalives, told.foreign,
        ) == (
            len(known.asked), len(known.answered), len(known.codes), tuple(sorted(set(known.codes))),
            known.unanswered, 0, known.resent[True], known.resent[False], known.keepalives, 0,
        ), told  # fmt: skip


def test_how_each_session_ends_is_known(plant: Plant, file: tuple[Path, Summary]) -> None:
    """Who closed, how and when; of the others the state, and whether they are older than the file."""
    ours = _ours(file[1])
    for known in plant.sessions:
        told = ours[_name(_ends(known), known.begin)]
        assert (told.ended_by, told.ending, told.state, told.midstream) == (
            known.ended_by, known.ending, known.state, not known.began,
        ), told  # fmt: skip
        if known.ending in {"fin", "reset", "refused", "replaced"}:
            assert told.ended_at == pytest.approx(known.ended_at, abs=MICROSECOND), told


def test_what_devices_hold_at_the_end_is_known(plant: Plant, file: tuple[Path, Summary]) -> None:
    """The count of each device is that of the sessions whose device has not closed."""
    taken = Counter(
        known.ends[False]
        for known in plant.sessions
        if known.state in {"ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2"}
    )
    refused = Counter(known.ends[False] for known in plant.sessions if known.ending == "refused")
    asked = Counter(known.ends[False] for known in plant.sessions if known.began)
    assert len(file[1].devices) == 5
    for device in file[1].devices:
        place = device.address, device.port
        assert (device.at_end, device.refused, device.attempts) == (
            taken[place],
            refused[place],
            asked[place],
        )


class Stream(NamedTuple):
    """One conversation as tshark tells it."""

    begin: float
    """Seconds of the file."""
    end: float
    requests: list[int]
    """Transaction ids."""
    answers: list[int]
    codes: list[int]
    """Of the exceptions."""
    resent: tuple[int, int]
    """By the client and by the device."""
    keepalives: int
    accepted: bool
    fins: list[End]
    """Who sent one, in their order."""
    resets: list[End]


@pytest.fixture(scope="module")
def tshark(file: tuple[Path, Summary]) -> tuple[list[str], dict[Name, Stream]]:
    """The lines of its table of conversations, and each conversation from its fields."""
    if not shutil.which("tshark"):
        pytest.skip("tshark is not installed")
    told = subprocess.run(
        ["tshark", "-n", "-r", str(file[0]), "-Y", "tcp.port==502", "-z", "conv,tcp,tcp.port==502",
         "-T", "fields", *(word for field in _FIELDS for word in ("-e", field))],
        capture_output=True, text=True, check=True, timeout=40,
    ).stdout.splitlines()  # fmt: skip
    by_stream: dict[str, list[dict[str, str]]] = {}
    for line in told:
        if line.count("\t") == len(_FIELDS) - 1:
            packet = dict(zip(_FIELDS, line.split("\t"), strict=True))
            by_stream.setdefault(packet["tcp.stream"], []).append(packet)
    streams = (_stream(packets) for packets in by_stream.values())
    return [line for line in told if "<->" in line], {_name(ends, START + s.begin): s for ends, s in streams}


def _stream(packets: list[dict[str, str]]) -> tuple[Ends, Stream]:
    to_device = [packet["tcp.dstport"] == "502" for packet in packets]
    first, outward = packets[0], to_device[0]
    ends = [
        (first[f"ip.{end}"] or first[f"ipv6.{end}"], int(first[f"tcp.{end}port"])) for end in ("src", "dst")
    ]
    client, device = ends if outward else ends[::-1]

    def those(field: str, *, client: bool) -> list[int]:
        sent = (packet[field] for packet, ours in zip(packets, to_device, strict=True) if ours is client)
        return [int(value) for values in sent for value in values.split(",") if value]

    def senders(field: str) -> list[End]:
        sent = zip(packets, to_device, strict=True)
        return ["client" if ours else "device" for packet, ours in sent if packet[field] == "1"]

    times = [float(packet["frame.time_relative"]) for packet in packets]
    return (*client, *device), Stream(
        begin=times[0],
        end=times[-1],
        requests=those("mbtcp.trans_id", client=True),
        answers=those("mbtcp.trans_id", client=False),
        codes=those("modbus.exception_code", client=False),
        resent=(
            len(those("tcp.analysis.retransmission", client=True)),
            len(those("tcp.analysis.retransmission", client=False)),
        ),
        keepalives=len(those("tcp.analysis.keep_alive", client=True)),
        accepted=any(packet["tcp.flags.syn"] == packet["tcp.flags.ack"] == "1" for packet in packets),
        fins=senders("tcp.flags.fin"),
        resets=senders("tcp.flags.reset"),
    )


def test_the_same_conversations_as_tshark(
    file: tuple[Path, Summary], tshark: tuple[list[str], dict[Name, Stream]]
) -> None:
    """Its table of conversations has the sessions we have: both ends, beginning and length."""
    table = Counter[tuple[str, str, float, float]]()
    for line in tshark[0]:
        client, _, device, *figures = line.split()
        table[client, device, round(float(figures[-2]), 3), float(figures[-1])] += 1
    left = list(table.elements())
    for told in file[1].traffic:
        last = told.ended_at if told.ended_at and told.ending in {"reset", "refused"} else told.last_at
        # Ours ends with the second FIN; tshark goes on to the ACK of it, which may never come.
        most = last - told.since + (LAST_ACK_S if told.ending == "fin" else 0.0)
        (found,) = (
            row
            for row in left
            if row[:2] == (f"{told.client}:{told.client_port}", f"{told.address}:{told.port}")
            and row[2] == pytest.approx(told.since - START, abs=1e-3)
        )
        assert last - told.since - TABLE_S <= found[3] <= most + TABLE_S, told
        left.remove(found)
    assert not left


def test_the_same_ages_as_tshark(
    file: tuple[Path, Summary], tshark: tuple[list[str], dict[Name, Stream]]
) -> None:
    """Each session begins with the packet with which tshark's stream begins; what lasts is as old."""
    ours = _ours(file[1])
    assert ours.keys() == tshark[1].keys()
    end = max(stream.end for stream in tshark[1].values())
    for name, told in ours.items():
        stream = tshark[1][name]
        assert told.since == pytest.approx(START + stream.begin, abs=MICROSECOND)
        if told.ended_at is None:
            assert file[1].end - told.since == pytest.approx(end - stream.begin, abs=2 * MICROSECOND)


def test_the_same_figures_as_tshark(
    plant: Plant, file: tuple[Path, Summary], tshark: tuple[list[str], dict[Name, Stream]]
) -> None:
    """Requests, answers, exceptions, unanswered requests, repetitions and keep-alives, session by session."""
    cut = {_name(_ends(known), known.begin): known.cut for known in plant.sessions}
    for name, told in _ours(file[1]).items():
        stream = tshark[1][name]
        # tshark wants the whole header in one segment before it takes anything for Modbus.
        assert (told.requests - cut[name], told.responses) == (len(stream.requests), len(stream.answers)), (
            told
        )
        assert (told.exceptions, told.exception_codes) == (
            len(stream.codes),
            tuple(sorted(set(stream.codes))),
        )
        assert told.unanswered == len(set(stream.requests) - set(stream.answers)), told
        assert (told.client_retransmits, told.device_retransmits) == stream.resent, told
        assert told.keepalives == stream.keepalives, told
    assert sum(len(stream.codes) for stream in tshark[1].values()) > 20
    assert sum(sum(stream.resent) for stream in tshark[1].values()) > 60


def test_the_same_ends_as_tshark(
    file: tuple[Path, Summary], tshark: tuple[list[str], dict[Name, Stream]]
) -> None:
    """Who closed first, or reset, follows from the flags that tshark shows."""
    for name, told in _ours(file[1]).items():
        stream = tshark[1][name]
        if stream.resets:
            # A refusal is a RST to tshark like any other; that nothing was accepted tells it apart.
            ending = "reset" if stream.accepted or told.midstream else "refused"
            expected = (ending, stream.resets[0])
        elif stream.fins:
            expected = ("fin" if len(set(stream.fins)) > 1 else "", stream.fins[0])
        else:
            # tshark knows no end without FIN or RST: that a session was given up or replaced is ours to say.
            expected = (told.ending if told.ending in {"unanswered", "forgotten", "replaced"} else "", "")
        assert (told.ending, told.ended_by) == expected, told
