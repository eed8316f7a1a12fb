"""Capture files of every kind, whole, cut and broken."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit import traffic
from tests.unit import wire_frames as make
from tests.unit.traffic import CLIENT, DEVICE, START, Line, Packet
from tui.flows.summary import summary_of_file
from tui.wire.frames import Arp, Frame, Tcp
from tui.wire.pcap import CaptureFile, CaptureFileError


def known() -> list[Packet]:
    line = Line([])
    line.open()
    line.wait(0.5)
    line.poll()
    return line.packets


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(data)
    return path


def frames(path: Path) -> list[Frame]:
    with CaptureFile(path) as file:
        found = list(file.frames())
        assert (file.trouble, file.unreadable) == ("", 0)
    return found


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["micro", "nano", "ng"])
@pytest.mark.parametrize("packed", [False, True])
def test_every_kind_of_file_gives_the_same_packets(
    tmp_path: Path, order: str, kind: str, *, packed: bool
) -> None:
    """Byte order, unit of time, format and compression change nothing of what is read."""
    packets = known()
    data = (
        traffic.pcapng(packets, order)
        if kind == "ng"
        else traffic.pcap(packets, order=order, nano=kind == "nano")
    )
    found = frames(written(tmp_path, gzip.compress(data) if packed else data))
    assert [frame.at for frame in found] == pytest.approx([packet.at for packet in packets], abs=1e-6)
    assert all(isinstance(frame.content, Tcp) for frame in found)
    assert found[0].source_mac == make.THEIR_MAC


def test_interfaces_of_one_file_keep_their_clocks_and_names(tmp_path: Path) -> None:
    """Each interface has its own link type, resolution and offset; a new section begins anew."""
    packet = known()[0]
    inner, later = packet.data[14:], struct.pack("<q", 100)
    data = (
        traffic.section()
        + traffic.interface(options=traffic.option("<", 2, b"eth\x1b0") + traffic.option("<", 9, b"\x09"))
        + traffic.interface(
            link=101,
            options=traffic.option("<", 9, b"\x8a") + traffic.option("<", 14, later),
        )
        + traffic.enhanced(packet, per_second=1e9)
        + traffic.enhanced(Packet(START - 100, inner), number=1, per_second=1024)
        + traffic.block("<", 0xBAD, b"nobody knows")
        + traffic.section(">")
        + traffic.interface(">")
        + traffic.enhanced(packet, ">")
    )
    one, two, three = frames(written(tmp_path, data))
    assert (one.interface, two.source_mac) == ("eth\\x1b0", "")
    assert one.at == pytest.approx(START, abs=1e-5)
    assert two.at == pytest.approx(START, abs=1e-2)
    assert three.at == pytest.approx(START, abs=1e-5)


def test_old_and_simple_packets_are_read(tmp_path: Path) -> None:
    """Blocks of older writers count as well; a simple one has no time of its own."""
    packet = known()[0]
    ticks, size = round(packet.at * 1e6), len(packet.data)
    old = struct.pack("<HHIIII", 0, 0, ticks >> 32, ticks & traffic.MASK, size, size) + packet.data
    simple = struct.pack("<I", size) + packet.data
    data = (
        traffic.section() + traffic.interface() + traffic.block("<", 2, old) + traffic.block("<", 3, simple)
    )
    assert [frame.at for frame in frames(written(tmp_path, data))] == [pytest.approx(START)] * 2


def _cooked(packet: bytes) -> bytes:
    return struct.pack("!HHH8sH", 4, 1, 6, make.mac(make.OUR_MAC), 0x0800) + packet


def _cooked_2(packet: bytes) -> bytes:
    return struct.pack("!HHIHBB8s", 0x0800, 0, 3, 1, 4, 6, make.mac(make.OUR_MAC)) + packet


@pytest.mark.parametrize(
    ("link", "head"),
    [
        (101, bytes),
        (228, bytes),
        (0, lambda _: b"\x02\0\0\0"),
        (0, lambda _: b"\0\0\0\x02"),
        (108, lambda _: b"\0\0\0\x02"),
        (113, lambda packet: _cooked(packet)[: -len(packet)]),
        (276, lambda packet: _cooked_2(packet)[: -len(packet)]),
    ],
)  # fmt: skip
def test_links_without_ethernet(tmp_path: Path, link: int, head: object) -> None:
    """Raw IP, loopback and Linux's cooked captures tell the same session as Ethernet."""
    assert callable(head)
    bare = [Packet(each.at, each.data[14:]) for each in known()]
    before = (lambda _: b"") if head is bytes else head
    packets = [Packet(each.at, before(each.data) + each.data) for each in bare]
    path = written(tmp_path, traffic.pcap(packets, link=link))
    found = frames(path)
    assert {type(frame.content) for frame in found} == {Tcp}
    if link in {113, 276}:
        assert {(frame.source_mac, frame.outgoing) for frame in found} == {(make.OUR_MAC, True)}
    (session,) = summary_of_file(path, [502]).traffic
    assert (session.client, session.address, session.requests, session.responses) == (CLIENT, DEVICE, 1, 1)


@pytest.mark.parametrize(
    "broken",
    [
        traffic.option("<", 14, struct.pack("<q", 1 << 62)),
        traffic.option("<", 14, struct.pack("<q", -(1 << 62))),
        traffic.option("<", 9, b"\0"),
    ],
    ids=["far-future", "before-1970", "seconds-for-microseconds"],
)
def test_a_time_beyond_all_calendars_is_no_packet(tmp_path: Path, broken: bytes) -> None:
    """A packet whose time nobody could show is counted as unreadable; those beside it are read."""
    good, bad = known()[:2]
    data = traffic.section() + traffic.interface() + traffic.interface(options=broken)
    path = written(tmp_path, data + traffic.enhanced(good) + traffic.enhanced(bad, number=1))
    summary = summary_of_file(path, [502])
    assert (summary.packets, summary.unreadable) == (1, 1)
    assert (summary.begin, summary.end) == (START, START)


def test_unknown_links_are_counted(tmp_path: Path) -> None:
    """Packets of a link nobody knows are no error, and no silence either."""
    path = written(tmp_path, traffic.pcap(known(), link=147))
    with CaptureFile(path) as file:
        assert list(file.frames()) == []
        assert file.unreadable == len(known())
    assert summary_of_file(path, [502]).unreadable == len(known())


@pytest.mark.parametrize("make_file", [traffic.pcap, traffic.pcapng])
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_cut_anywhere_gives_what_is_before(tmp_path: Path, make_file: object, *, packed: bool) -> None:
    """A capture whose disk was full still tells its packets, and that it is cut."""
    assert callable(make_file)
    whole = make_file(known())
    whole = gzip.compress(whole) if packed else whole
    last = 0
    for size in range(4, len(whole), 7):
        path = written(tmp_path, whole[:size])
        try:
            with CaptureFile(path) as file:
                count = len(list(file.frames()))
                assert file.trouble or count < len(known()) or size >= len(whole) - 8
        except CaptureFileError:
            count = 0
        assert count >= last
        last = count
    assert last >= len(known()) - 1


def test_a_broken_length_ends_the_file_with_a_word(tmp_path: Path) -> None:
    """A length beyond any packet is not believed, in either format."""
    data = bytearray(traffic.pcap(known()))
    data[24 + 8 : 24 + 12] = b"\xff\xff\xff\x7f"
    with CaptureFile(written(tmp_path, bytes(data))) as file:
        assert list(file.frames()) == []
        assert file.trouble == "the file is broken: a packet of 2147483647 bytes"
    data = bytearray(traffic.pcapng(known()))
    data[28 + 4 : 28 + 8] = b"\x07\0\0\0"
    with CaptureFile(written(tmp_path, bytes(data))) as file:
        assert list(file.frames()) == []
        assert file.trouble == "the file is broken: a block of 7 bytes"


@pytest.mark.parametrize(
    "data", [b"", b"\xd4\xc3", b"hello, world", b"\x1f\x8b\x08", gzip.compress(b"hello")]
)
def test_what_is_no_capture_file_says_so(tmp_path: Path, data: bytes) -> None:
    """Any other file is refused in one clear line."""
    with pytest.raises(CaptureFileError, match=r"not a capture file|cut off"):
        CaptureFile(written(tmp_path, data))


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    """A missing file and a directory are told apart."""
    with pytest.raises(CaptureFileError, match="No such file"):
        CaptureFile(tmp_path / "none")
    with pytest.raises(CaptureFileError, match="Is a directory"):
        CaptureFile(tmp_path)


def test_a_large_file_costs_little_memory(tmp_path: Path) -> None:
    """Memory does not follow the length of the file."""
    packets = known() * 8_000
    path = written(tmp_path, traffic.pcap(packets))
    assert path.stat().st_size > 2_000_000
    tracemalloc.start()
    try:
        with CaptureFile(path) as file:
            assert sum(1 for _ in file.frames()) == len(packets)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4 << 20


def test_other_frames_pass_unharmed(tmp_path: Path) -> None:
    """ARP in a capture is told like on the wire."""
    packets = [Packet(START, make.ethernet(make.arp(2), 0x0806))]
    (found,) = frames(written(tmp_path, traffic.pcap(packets)))
    assert isinstance(found.content, Arp)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400), kind=st.integers(0, 3), place=st.integers(0, 2_000))
def test_no_bytes_are_a_crash(tmp_path: Path, data: bytes, kind: int, place: int) -> None:
    """Whatever stands in a file, reading it ends, with packets or with a word."""
    whole = bytearray((traffic.pcap, traffic.pcapng)[kind & 1](known()))
    whole[place : place + len(data)] = data
    path = written(tmp_path, gzip.compress(bytes(whole)) if kind & 2 else bytes(whole))
    try:
        summary = summary_of_file(path, [502])
    except CaptureFileError:
        return
    assert summary.packets <= len(whole)
