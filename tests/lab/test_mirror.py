"""Who holds a device's connections, seen from the switch between: real clients, a real server, a bridge."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import NamedTuple

import pytest

from tests.lab.net import Namespace, command, needs_lab
from tests.unit import wire_frames as make
from tests.unit.traffic import adu
from tests.waiting import eventually
from tui.flows.records import Traffic
from tui.vantages import VantageError
from tui.vantages.mirror import Mirror

pytestmark = needs_lab

DEVICE = "10.80.0.10"
CLIENTS = ("10.80.0.2", "10.80.0.3")
_PATIENCE_S = 20


class Plant(NamedTuple):
    """Two clients and a device on a switch."""

    switch: Namespace
    clients: list[Namespace]
    device: Namespace


def _plug(switch: Namespace, host: Namespace, number: int, address: str) -> None:
    command(
        "ip", "link", "add", "eth0", "netns", host.name, "type", "veth",
        "peer", "name", f"port{number}", "netns", switch.name,
    )  # fmt: skip
    switch.run("ip", "link", "set", f"port{number}", "master", "br0", "up")
    host.run("ip", "address", "add", f"{address}/24", "dev", "eth0")
    host.run("ip", "link", "set", "eth0", "up")


@contextmanager
def serving(device: Namespace) -> Iterator[None]:
    """The device answers Modbus until the end."""
    words = device.inside(sys.executable, "-m", "tests.lab.device", f"{DEVICE}:502:answers")
    server = subprocess.Popen(words, stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        yield
    finally:
        server.terminate()
        server.communicate(timeout=_PATIENCE_S)


@pytest.fixture(scope="module")
def plant() -> Iterator[Plant]:
    with ExitStack() as stack:
        switch, device = Namespace(stack), Namespace(stack)
        clients = [Namespace(stack) for _ in CLIENTS]
        switch.run("ip", "link", "add", "br0", "type", "bridge", "forward_delay", "0")
        switch.run("ip", "link", "set", "br0", "up")
        for number, (host, address) in enumerate(zip([device, *clients], [DEVICE, *CLIENTS], strict=True)):
            _plug(switch, host, number, address)
        stack.enter_context(serving(device))
        yield Plant(switch, clients, device)


@pytest.fixture
def mirror(plant: Plant) -> Iterator[Mirror]:
    """What passes the device's port of the switch."""
    with plant.switch.do(lambda: Mirror.start("port0", [502])) as made:
        yield made


def connected(host: Namespace) -> socket.socket:
    return host.do(lambda: socket.create_connection((DEVICE, 502), timeout=_PATIENCE_S))


def ask(sock: socket.socket, transaction: int) -> None:
    sock.sendall(adu(transaction, b"\x03\0\0\0\1"))
    assert sock.recv(260)


def seen(mirror: Mirror) -> dict[tuple[str, int], Traffic]:
    mirror.read()
    return {(each.client, each.client_port): each for each in mirror.traffic(0.0)}


def truth(plant: Plant) -> set[tuple[str, int]]:
    """Established connections as the device's own kernel has them."""
    words = plant.device.inside("ss", "-Htn", "state", "established", "( sport = :502 )")
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    ends = [line.split()[3].rpartition(":") for line in done.stdout.splitlines()]
    return {(address, int(port)) for address, _, port in ends}


def test_sessions_of_other_hosts_equal_the_devices_own_table(plant: Plant, mirror: Mirror) -> None:
    """Clients that come, ask and go are seen on the wire as the device itself has them."""
    with ExitStack() as stack:
        socks = [stack.enter_context(connected(host)) for host in plant.clients for _ in range(3)]
        for count, sock in enumerate(socks):
            for number in range(count):
                ask(sock, number)
        names = [sock.getsockname()[:2] for sock in socks]

        def agreed() -> bool:
            held = {(s.client, s.client_port) for s in mirror.sessions(0.0) if s.state == "ESTABLISHED"}
            return held == truth(plant)

        eventually(lambda: agreed() and len(truth(plant)) == 6)
        figures = seen(mirror)
        assert [figures[name].requests for name in names] == [0, 1, 2, 3, 4, 5]
        assert all(each.requests == each.responses for each in figures.values())
        assert all(each.rtt_ms is not None for each in figures.values())
        socks[0].close()
        eventually(lambda: agreed() and len(truth(plant)) == 5)
        assert (seen(mirror)[names[0]].ended_by, seen(mirror)[names[0]].ending) == ("client", "fin")
    assert mirror.lost == 0


def test_a_session_from_before_is_found(plant: Plant) -> None:
    """A mirror that is switched on late sees the session with its next word."""
    with connected(plant.clients[0]) as sock:
        ask(sock, 1)
        with plant.switch.do(lambda: Mirror.start("port0", [502], exact=True)) as late:
            assert (late.sessions(0.0), late.exact) == ([], True)
            ask(sock, 2)
            eventually(lambda: late.sessions(0.0))
            (found,) = late.traffic(0.0)
    assert (found.midstream, found.requests, found.client) == (True, 1, CLIENTS[0])


def test_a_client_cut_off_is_seen_to_be_gone(plant: Plant, mirror: Mirror) -> None:
    """A client whose cable is pulled before the answer leaves a session that the device still holds."""
    sock = connected(plant.clients[1])
    with closing(sock):
        ask(sock, 1)
        name = sock.getsockname()[:2]
        plant.clients[1].rules("output", "tcp dport 502 numgen inc mod 100000 != 0 drop")
        plant.clients[1].rules("input", "tcp sport 502 drop")
        sock.sendall(adu(2, b"\x03\0\0\0\1"))
        eventually(lambda: seen(mirror)[name].silent == "client")
        assert seen(mirror)[name].state == "ESTABLISHED"
        plant.clients[1].run("nft", "delete", "table", "ip", "lab")


def test_an_address_with_two_cards_is_noted(plant: Plant, mirror: Mirror) -> None:
    """Another card that answers for the device's address shows as a change."""

    def thrown() -> None:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
            sock.bind(("eth0", 0))
            for card in (make.THEIR_MAC, make.OTHER_MAC):
                sock.send(make.ethernet(make.arp(2, sender=DEVICE, sender_mac=card), 0x0806, source=card))

    plant.device.do(thrown)

    def changed() -> bool:
        mirror.read()
        return any(each.after == make.OTHER_MAC for each in mirror.links.changes)

    eventually(changed)


def test_a_mirror_that_cannot_be_is_one_clear_line(plant: Plant) -> None:
    """No such interface, and no privilege, are told like any vantage that does not work."""

    def refused(interface: str, user: int) -> str:
        os.seteuid(user)
        try:
            with pytest.raises(VantageError) as error:
                Mirror.start(interface, [502])
            return str(error.value)
        finally:
            os.seteuid(0)

    assert plant.switch.do(lambda: refused("eth9", 0)) == "no interface eth9"
    assert "CAP_NET_RAW" in plant.switch.do(lambda: refused("port0", 65534))
