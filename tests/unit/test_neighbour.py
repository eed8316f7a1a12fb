"""Which addresses ARP is asked for, and how many at once."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.waiting import ManualClock, until
from tui import limits
from tui.probes import links, neighbour
from tui.probes.links import Links
from tui.probes.neighbour import Neighbours

pytestmark = pytest.mark.skipif(sys.byteorder != "little", reason="the kernel prints in its byte order")
ROUTES = """\
Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT
eth0 00000000 0101010A 0003 0 0 0 00000000 0 0 0
eth0 0001010A 00000000 0001 0 0 0 00FFFFFF 0 0 0
eth0 0501010A 0101010A 0007 0 0 0 FFFFFFFF 0 0 0
tun0 0002010A 00000000 0001 0 0 0 00FFFFFF 0 0 0
"""


@pytest.fixture(autouse=True)
def _host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host with one link that uses ARP, one that does not, and a gateway."""
    (tmp_path / "route").write_text(ROUTES)
    for interface, flags in (("eth0", "0x1003"), ("tun0", "0x10d1")):
        (tmp_path / interface).write_text(flags)
    monkeypatch.setattr(links, "_ROUTES", tmp_path / "route")
    monkeypatch.setattr(neighbour, "_TABLE", tmp_path / "arp")
    monkeypatch.setattr(links, "_FLAGS", f"{tmp_path}/{{}}")


@pytest.mark.parametrize(
    ("address", "by_arp"),
    [
        pytest.param("10.1.1.9", True, id="on link"),
        pytest.param("10.1.1.5", False, id="on link, but a route says gateway"),
        pytest.param("10.1.2.9", False, id="a tunnel"),
        pytest.param("192.0.2.1", False, id="behind the gateway"),
        pytest.param("fe80::1", False, id="IPv6"),
    ],
)
def test_only_neighbours_on_a_link_are_found_by_arp(address: str, by_arp: bool) -> None:
    """The most specific route decides, and a gateway or a tunnel needs no entry for the device."""
    assert Links(ManualClock()).by_arp(address) is by_arp


async def test_arp_is_asked_for_few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A silent neighbour keeps its place until the kernel gives up; one that answers makes room at once."""
    monkeypatch.setattr(limits, "NEIGHBOURS", 2)
    monkeypatch.setattr(limits, "ARP_S", 0.2)
    neighbours = Neighbours(ManualClock())
    entered: list[str] = []

    async def ask(address: str, *, answers: bool) -> None:
        async with neighbours.room(address) as answered:
            entered.append(address)
            if answers:
                answered()

    await ask("10.1.1.10", answers=True)
    await ask("10.1.1.11", answers=False)
    await ask("10.1.1.12", answers=False)
    late = asyncio.create_task(ask("10.1.1.13", answers=False))
    await ask("192.0.2.1", answers=False)
    assert entered == ["10.1.1.10", "10.1.1.11", "10.1.1.12", "192.0.2.1"]
    await until(lambda: "10.1.1.13" in entered, "a place to become free")
    await late


def test_a_table_without_the_address_is_told_from_one_that_knows_it(tmp_path: Path) -> None:
    """No entry among hundreds that wait means the table was full; an empty entry means nobody answered."""
    rows = [f"10.1.1.{n} 0x1 0x0 00:00:00:00:00:00 * eth0" for n in range(1, 255)]
    rows += [f"10.1.3.{n} 0x1 0x0 00:00:00:00:00:00 * eth0" for n in range(1, 255)]
    rows[7] = "10.1.1.8 0x1 0x2 02:00:00:00:00:01 * eth0"
    del rows[8]
    (tmp_path / "arp").write_text("\n".join(["IP HW Flags MAC Mask Device", *rows]))
    neighbours = Neighbours(ManualClock())
    assert [neighbours.unanswered(f"10.1.1.{n}") for n in (7, 8, 9)] == [True, False, False]
    assert [neighbours.crowded_out(f"10.1.1.{n}") for n in (7, 8, 9)] == [False, False, True]
