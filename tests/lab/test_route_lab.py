"""The kernel's way to an address and its neighbour table, in networks made for the purpose."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.lab.net import CLIENT, ROUTER, Lab, Namespace, needs_lab, network, wire
from tests.waiting import eventually
from tui.probes.route import Neighbour, Route, neighbour, route

pytestmark = needs_lab

FORBIDDEN = {"prohibit": "10.77.3.0/24", "blackhole": "10.77.4.0/24", "unreachable": "10.77.5.0/24"}


def _route(namespace: Namespace, address: str) -> Route:
    return namespace.do(lambda: asyncio.run(route(address)))


def _neighbour(namespace: Namespace, address: str, interface: str) -> Neighbour | None:
    return namespace.do(lambda: asyncio.run(neighbour(address, interface)))


def _poke(namespace: Namespace, address: str) -> None:
    """Make the kernel look for *address*, as any packet does."""

    def send() -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"", (address, 9))

    namespace.do(send)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A client with ways to go, forbidden networks, policy rules, and one network on two interfaces."""
    with network() as made, ExitStack() as stack:
        client = made.client
        for word, where in FORBIDDEN.items():
            client.run("ip", "route", "add", word, where)
        client.run("ip", "-6", "route", "add", "prohibit", "fd77:3::/64")
        # By rule: what the main table would send to the router goes elsewhere, or nowhere.
        client.run("ip", "route", "add", "default", "via", "10.77.1.9", "table", "77")
        client.run("ip", "rule", "add", "to", "10.77.2.128/25", "lookup", "77")
        client.run("ip", "rule", "add", "to", "10.77.6.0/24", "prohibit")
        client.run("ip", "route", "add", "10.77.7.0/24", "via", ROUTER, "mtu", "1400")
        other = Namespace(stack)
        wire(client, "10.77.8.2/24", other, "10.77.8.1/24")
        # The same plant network on both: the first to be given wins.
        client.run("ip", "address", "add", "192.168.10.2/24", "dev", "eth1")
        client.run("ip", "address", "add", "192.168.10.3/24", "dev", "eth8")
        other.run("ip", "address", "add", "192.168.10.12/24", "dev", "eth8")
        for host, end in ((client, "2"), (other, "1")):
            host.run("ip", "address", "add", f"fd77:8::{end}/64", "dev", "eth8", "nodad")
        yield made


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param("10.77.1.10", ("link", "eth1", None, CLIENT), id="on the link"),
        pytest.param("10.77.2.10", ("gateway", "eth1", ROUTER, CLIENT), id="by the router"),
        pytest.param("10.77.2.200", ("gateway", "eth1", "10.77.1.9", CLIENT), id="by a policy rule"),
        pytest.param(CLIENT, ("local", "lo", None, CLIENT), id="itself"),
        pytest.param("192.0.2.1", ("none", "", None, None), id="no route"),
        pytest.param("fd77:8::9", ("link", "eth8", None, "fd77:8::2"), id="IPv6 on the link"),
        pytest.param("fd99::1", ("none", "", None, None), id="IPv6 without a route"),
    ],
)
def test_the_way_is_the_kernels_own(
    lab: Lab, address: str, expected: tuple[str, str, str | None, str | None]
) -> None:
    """Way out, gateway and source are those that a connection would use."""
    way = _route(lab.client, address)
    assert (way.kind, way.interface, way.gateway, way.source) == expected
    assert (way.word, way.others) == ("", ())


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("10.77.3.1", "prohibit"),
        ("10.77.4.1", "blackhole"),
        ("10.77.5.1", "unreachable"),
        ("10.77.6.1", "prohibit"),
        ("fd77:3::1", "prohibit"),
    ],
)
def test_a_forbidden_address_is_told_from_one_without_a_route(lab: Lab, address: str, word: str) -> None:
    """Who forbade it on this host is to be found under the word that is given."""
    way = _route(lab.client, address)
    assert (way.kind, way.word, way.interface) == ("forbidden", word, "")


def test_two_interfaces_with_one_network_are_noticed(lab: Lab) -> None:
    """A device behind the second interface is asked for on the first: both are named."""
    way = _route(lab.client, "192.168.10.12")
    assert (way.kind, way.interface, way.others) == ("link", "eth1", ("eth8",))
    assert {entry for entry in way.own if entry.address.startswith("192.")} == {
        ("eth1", "192.168.10.2", 24),
        ("eth8", "192.168.10.3", 24),
    }


def test_the_networks_of_an_interface_that_is_down_are_still_known() -> None:
    """A network that would lie on an interface without power is no mystery "no route"."""
    with network() as lab:
        lab.client.run("ip", "link", "set", "eth1", "down")
        way = _route(lab.client, ROUTER)
    assert (way.kind, way.others) == ("none", ("eth1",))
    (eth1,) = (entry for entry in way.interfaces if entry.name == "eth1")
    assert (eth1.up, eth1.carrier, eth1.kind, eth1.parent) == (False, False, "veth", "")
    assert re.fullmatch("([0-9a-f]{2}:){5}[0-9a-f]{2}", eth1.mac)


def test_a_pulled_cable_is_seen() -> None:
    """Up without a carrier is a cable, not a configuration."""
    with network() as lab:
        lab.router.run("ip", "link", "set", "eth1", "down")
        way = _route(lab.client, ROUTER)
    (eth1,) = (entry for entry in way.interfaces if entry.name == "eth1")
    assert (eth1.up, eth1.carrier) == (True, False)


def test_the_largest_packet_is_the_routes_own_or_the_interfaces(lab: Lab) -> None:
    """A figure set on the route counts before that of the interface."""
    assert _route(lab.client, "10.77.7.1").mtu == 1400
    assert _route(lab.client, "10.77.1.10").mtu == 1500


def test_a_bridge_and_its_port_know_each_other() -> None:
    """A port's master is named, so that what arrives on it is known to be the bridge's."""
    with ExitStack() as stack:
        host = Namespace(stack)
        host.run("ip", "link", "add", "br0", "type", "bridge")
        host.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth9")
        host.run("ip", "link", "set", "eth0", "master", "br0")
        interfaces = {entry.name: entry for entry in _route(host, "127.0.0.1").interfaces}
    assert interfaces["br0"].kind == "bridge"
    assert (interfaces["eth0"].master, interfaces["eth9"].master) == ("br0", "")


@pytest.mark.parametrize("address", ["10.77.8.1", "fd77:8::1"])
def test_a_neighbour_that_answers_is_in_the_table(lab: Lab, address: str) -> None:
    """Before the first packet there is no entry, after it there is the neighbour's MAC."""
    lab.client.run("ip", "neigh", "flush", "dev", "eth8")

    def found() -> Neighbour | None:
        return _neighbour(lab.client, address, "eth8")

    before = found()
    assert before is None or not before.answered
    _poke(lab.client, address)
    eventually(lambda: (entry := found()) and entry.answered, "the neighbour's answer")
    entry = found()
    assert entry is not None
    assert re.fullmatch("([0-9a-f]{2}:){5}[0-9a-f]{2}", entry.mac)


def test_an_absent_neighbour_fails(lab: Lab) -> None:
    """Nobody there: first the question stands open, then it has failed."""
    seen = []

    def state() -> str:
        entry = _neighbour(lab.client, "10.77.8.99", "eth8")
        seen.append(entry.state if entry else "")
        return seen[-1]

    _poke(lab.client, "10.77.8.99")
    eventually(lambda: state() == "failed", "the kernel to give up")
    assert seen[0] == "incomplete"
    entry = _neighbour(lab.client, "10.77.8.99", "eth8")
    assert entry is not None
    assert (entry.answered, entry.mac) == (False, "")
