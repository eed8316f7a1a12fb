"""What the kernel says of the way, and how its messages are read."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tui.probes import route as probe
from tui.probes.route import Interface, Neighbour, RouteError, neighbour, route

linux = pytest.mark.skipif(sys.platform != "linux", reason="routes are read from the Linux kernel")


def _link(number: int, name: str, **known: Any) -> dict[str, Any]:
    attrs = [("IFLA_IFNAME", name), *((f"IFLA_{key.upper()}", value) for key, value in known.items())]
    return {"index": number, "flags": 0x1003, "attrs": attrs}


def _about(kind: str, **data: Any) -> dict[str, Any]:
    pairs: list[tuple[str, Any]] = [("IFLA_INFO_KIND", kind)]
    if data:
        pairs.append(("IFLA_INFO_DATA", {"attrs": list(data.items())}))
    return {"attrs": pairs}


NAMES = {1: "lo", 4: "eth0", 7: "eth0.20", 8: "br0"}


@pytest.mark.parametrize(
    ("link", "meaning"),
    [
        pytest.param(
            _link(4, "eth0", carrier=1, address="02:00:00:00:00:01", mtu=1500, master=8),
            Interface("eth0", True, True, master="br0", mac="02:00:00:00:00:01", mtu=1500),
            id="hardware, port of a bridge",
        ),
        pytest.param(
            _link(7, "eth0.20", carrier=1, link=4, linkinfo=_about("vlan", IFLA_VLAN_ID=20)),
            Interface("eth0.20", True, True, "vlan", 20, "eth0"),
            id="a VLAN",
        ),
        pytest.param(
            _link(7, "eth0.20", link=4, link_netnsid=0, linkinfo=_about("macvlan", IFLA_MACVLAN_MODE=1)),
            Interface("eth0.20", True, False, "macvlan"),
            id="lies on another namespace's",
        ),
        pytest.param(
            _link(4, "eth0", carrier=1, link=7, linkinfo=_about("veth")),
            Interface("eth0", True, True, "veth"),
            id="the other end is no parent",
        ),
        pytest.param(_link(9, "a\x1b[2J"), Interface("a\\x1b[2J", True, False), id="a name that is no text"),
    ],
)
def test_interfaces_are_read_for_what_they_are(link: dict[str, Any], meaning: Interface) -> None:
    """Kind, VLAN, what it lies on and whether there is a cable come from the kernel's own message."""
    names = NAMES | {9: "a\\x1b[2J"}
    assert probe._interface(link, names) == meaning


def test_a_far_end_is_no_network_of_ours() -> None:
    """On a link of two ends our address is ours alone, whatever prefix its far end carries."""
    pair = {
        "index": 4, "family": 2, "prefixlen": 24,
        "attrs": [("IFA_ADDRESS", "10.9.0.1"), ("IFA_LOCAL", "10.8.0.1")],
    }  # fmt: skip
    whole = {"index": 4, "family": 10, "prefixlen": 64, "attrs": [("IFA_ADDRESS", "fd00::1")]}
    assert list(probe._networks([pair, whole], NAMES)) == [("eth0", "10.8.0.1", 32), ("eth0", "fd00::1", 64)]


@linux
@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1"])
async def test_the_way_to_this_host_stays_inside(address: str) -> None:
    """Loopback is local, and other interfaces do not come into it."""
    way = await route(address)
    assert (way.kind, way.interface, way.gateway, way.others) == ("local", "lo", None, ())
    assert ("lo", "127.0.0.1", 8) in way.own
    assert {entry.name: entry.up for entry in way.interfaces}["lo"]


@linux
async def test_the_neighbour_table_may_not_know() -> None:
    """No entry is no error, no interface is one."""
    assert await neighbour("127.9.9.9", "lo") is None
    with pytest.raises(RouteError, match="no interface 'nope0'"):
        await neighbour("127.0.0.1", "nope0")
    with pytest.raises(RouteError, match="no interface 'nope0'"):
        await route("fe80::1%nope0")


@pytest.mark.parametrize("address", ["plc-12", "10.5", "", "10.0.0.5\x1b"])
async def test_names_are_not_asked_for(address: str) -> None:
    """Whoever wants a route has an address."""
    with pytest.raises(ValueError, match="does not appear to be"):
        await route(address)


async def test_other_systems_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the Linux kernel there is one line, not a traceback from deep inside."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(RouteError, match="Linux"):
        await route("127.0.0.1")
    with pytest.raises(RouteError, match="Linux"):
        await neighbour("127.0.0.1", "lo")


@linux
async def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has to be installed is said."""
    monkeypatch.setitem(sys.modules, "pyroute2", None)
    with pytest.raises(RouteError, match="pyroute2"):
        await route("127.0.0.1")


def test_loading_costs_nothing() -> None:
    """The slow package is loaded by the first question, not by the import."""
    code = "import sys, tui.probes.route; print('pyroute2' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("entry", "answered"),
    [
        (Neighbour("stale", "02:00:00:00:00:01"), True),
        (Neighbour("reachable", "02:00:00:00:00:01"), True),
        (Neighbour("failed"), False),
        (Neighbour("incomplete"), False),
        (Neighbour("noarp", "00:00:00:00:00:00"), False),
    ],
)
def test_an_entry_counts_when_somebody_answered(entry: Neighbour, answered: bool) -> None:
    """An old answer is an answer; a question still open, or none needed, is not."""
    assert entry.answered is answered
