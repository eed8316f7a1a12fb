"""Addresses that cannot be meant."""

from __future__ import annotations

import ipaddress
from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tui.probes.suspect import OwnNetwork, suspicion

OWN: Final = (
    OwnNetwork("lo", "127.0.0.1", 8),
    OwnNetwork("eth0", "192.168.178.20", 24),
    OwnNetwork("eth1", "10.20.0.2", 16),
    OwnNetwork("ppp0", "10.99.0.0", 31),
    OwnNetwork("tun0", "10.98.0.1", 32),
    OwnNetwork("eth0", "fd00::20", 64),
    OwnNetwork("eth0", "fe80::20", 64),
)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("0.0.0.0", "unspecified"),
        ("::", "unspecified"),
        ("224.0.0.1", "multicast"),
        ("ff02::1%eth0", "multicast"),
        ("255.255.255.255", "broadcast"),
        ("192.168.178.255", "broadcast"),
        ("10.20.255.255", "broadcast"),
        ("192.168.178.0", "network"),
        ("240.1.2.3", "reserved"),
        ("0.1.2.3", "reserved"),
        ("::ffff:240.1.2.3", "reserved"),
    ],
)
def test_no_device_can_live_there(address: str, kind: str) -> None:
    """Such an address is wrong whatever the network does."""
    found = suspicion(address, OWN)
    assert found is not None
    assert (found.kind, found.impossible) == (kind, True)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "loopback"),
        ("127.9.9.9", "loopback"),
        ("::1", "loopback"),
        ("192.168.178.20", "own"),
        ("fd00::20", "own"),
        ("fe80::20%eth0", "own"),
        ("10.99.0.0", "own"),
        ("8.8.8.8", "public"),
        ("192.185.1.1", "public"),
        ("203.0.113.9", "documentation"),
        ("2001:db8::9", "documentation"),
        ("169.254.7.7", "link-local"),
    ],
)
def test_odd_addresses_are_remarked_on(address: str, kind: str) -> None:
    """Such an address may be right, but hardly is what was meant."""
    found = suspicion(address, OWN)
    assert found is not None
    assert (found.kind, found.impossible) == (kind, False)


@pytest.mark.parametrize(
    "address",
    [
        "192.168.178.110",
        "10.20.5.0",
        "10.99.0.1",
        "172.16.5.5",
        "100.64.0.9",
        "fd00::9",
        "2a00::9",
        "fe80::9%eth0",
    ],
)
def test_ordinary_addresses_raise_no_suspicion(address: str) -> None:
    """A neighbour, a routed private address, the far end of a link of two, and IPv6 are fine."""
    assert suspicion(address, OWN) is None


def test_what_this_host_is_part_of_is_ordinary() -> None:
    """A plant that uses public, example or self-given addresses on its own network is taken at its word."""
    for own, address in (("8.8.8.1", "8.8.8.9"), ("192.0.2.1", "192.0.2.9"), ("169.254.1.1", "169.254.9.9")):
        assert suspicion(address, [OwnNetwork("eth0", own, 16)]) is None


@pytest.mark.parametrize(
    ("address", "kind", "nearest"),
    [
        pytest.param("192.168.187.10", "near", "192.168.178.10", id="two digits swapped"),
        pytest.param("192.168.17.10", "near", "192.168.178.10", id="a digit dropped"),
        pytest.param("192.168.138.10", "near", "192.168.178.10", id="a digit changed"),
        pytest.param("10.220.3.4", "near", "10.20.3.4", id="a digit doubled"),
        pytest.param("192.167.178.10", "public", "192.168.178.10", id="public by a slip, 167"),
        pytest.param("198.168.178.110", "public", "192.168.178.110", id="public by a slip, 198"),
    ],
)
def test_a_slip_from_an_own_network_is_recognised(address: str, kind: str, nearest: str) -> None:
    """The address that was probably meant is named, with the interface it would be on."""
    found = suspicion(address, OWN)
    assert found is not None
    assert (found.kind, found.nearest, found.impossible) == (kind, nearest, False)
    assert nearest in found.words


def test_known_devices_are_thought_of_first() -> None:
    """Where a known device is one slip away, it was meant, rather than an address that nobody has."""
    found = suspicion("10.30.1.11", OWN, {"10.30.11.11"})
    assert found is not None
    assert found.nearest == "10.30.11.11"


def test_siblings_of_known_devices_are_no_slips() -> None:
    """Beyond a router, devices are numbered through: the next one up is no typing error."""
    assert suspicion("172.16.5.12", OWN, {"172.16.5.11"}) is None
    assert suspicion("172.16.5.11", OWN, {"172.16.5.11", "172.16.6.11"}) is None


def test_large_networks_explain_no_slip() -> None:
    """That one changed digit leads into a network of millions says nothing."""
    assert suspicion("11.1.2.3", [OwnNetwork("eth0", "10.0.0.1", 8)]) is not None  # public
    assert suspicion("172.10.2.3", [OwnNetwork("eth0", "172.16.0.1", 12)]) is not None  # public
    assert suspicion("10.130.1.1", [OwnNetwork("eth0", "10.0.0.1", 9)]) is None


_Addresses = st.ip_addresses().map(str)
_Own = st.lists(
    st.one_of(
        st.builds(OwnNetwork, st.just("eth0"), st.ip_addresses(v=4).map(str), st.integers(0, 32)),
        st.builds(OwnNetwork, st.just("eth0"), st.ip_addresses(v=6).map(str), st.integers(0, 128)),
    ),
    max_size=4,
)


@given(_Addresses, _Own, st.sets(_Addresses, max_size=3))
def test_every_address_gets_a_sound_judgement(address: str, own: list[OwnNetwork], near: set[str]) -> None:
    """Nothing raises; a near address is real, another one, and known or in an own network."""
    found = suspicion(address, own, near)
    if found is not None:
        assert found.words.isprintable()
    if found is not None and found.nearest is not None:
        nearest = ipaddress.ip_address(found.nearest)
        assert found.nearest != address
        assert found.nearest in near or any(
            nearest in ipaddress.ip_network((entry.address, entry.prefix), strict=False) for entry in own
        )


@given(st.integers(1, 254), st.data())
def test_every_single_slip_out_of_the_network_is_found(host: int, data: st.DataObject) -> None:
    """Whichever digit of the network is mistyped, an address in the network is offered in its place."""
    meant = f"192.168.178.{host}"
    at = data.draw(st.integers(0, 10).filter(lambda place: meant[place] != "."))
    slip = data.draw(st.sampled_from(["changed", "dropped", "doubled", "swapped"]))
    if slip == "changed":
        typed = meant[:at] + data.draw(st.sampled_from("0123456789")) + meant[at + 1 :]
    elif slip == "dropped":
        typed = meant[:at] + meant[at + 1 :]
    elif slip == "doubled":
        typed = meant[:at] + meant[at] + meant[at:]
    else:
        assume(meant[at + 1] != ".")
        typed = meant[:at] + meant[at + 1] + meant[at] + meant[at + 2 :]
    try:
        wrong = ipaddress.IPv4Address(typed)
    except ValueError:
        return
    network = ipaddress.IPv4Network("192.168.178.0/24")
    if wrong in network:
        return
    found = suspicion(typed, [OwnNetwork("eth0", "192.168.178.20", 24)])
    if meant == "192.168.178.20":
        return  # this host itself is not offered
    assert found is not None
    assert found.impossible or ipaddress.IPv4Address(found.nearest or typed) in network
