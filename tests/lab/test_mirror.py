"""Who holds a device's connections, seen from the switch between: real clients, a real server, a bridge."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import NamedTuple

import pytest

from tests.lab.net import Namespace, command, needs_lab
from tests.unit import wire_frames as make
from tests.unit.traffic import Line, adu
from tests.waiting import eventually, until
from tui import limits
from tui.clock import SystemClock
from tui.flows.records import Traffic
from tui.records import Session, SessionKey
from tui.session_events import Heard
from tui.vantages import Ended, VantageError
from tui.vantages.mirror import Mirror
from tui.workers.listen import Listen

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


@contextmanager
def mirroring(
    switch: Namespace, interface: str = "port0", ports: Collection[int] = (502,)
) -> Iterator[Mirror]:
    with Mirror(interface, ports) as made:
        # The socket belongs to the namespace of the thread that makes it.
        switch.do(made.pump)
        yield made


@pytest.fixture
def mirror(plant: Plant) -> Iterator[Mirror]:
    """What passes the device's port of the switch."""
    with mirroring(plant.switch) as made:
        yield made


def connected(host: Namespace, port: int = 502) -> socket.socket:
    return host.do(lambda: socket.create_connection((DEVICE, port), timeout=_PATIENCE_S))


def ask(sock: socket.socket, transaction: int) -> None:
    sock.sendall(adu(transaction, b"\x03\0\0\0\1"))
    assert sock.recv(260)


def seen(mirror: Mirror) -> dict[tuple[str, int], Traffic]:
    mirror.pump()
    return {(each.client, each.client_port): each for each in mirror.traffic(0.0)}


def read(mirror: Mirror) -> dict[tuple[str, int], Session]:
    return {key[:2]: seen.session for key, seen in mirror.read(time.time()).sessions.items()}


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
            return {name for name, s in read(mirror).items() if s.state == "ESTABLISHED"} == truth(plant)

        eventually(lambda: agreed() and len(truth(plant)) == 6)
        found = read(mirror)
        assert [talk.requests for name in names if (talk := found[name].talk)] == [0, 1, 2, 3, 4, 5]
        assert all(found[name].began and found[name].rtt_ms is not None for name in names)
        figures = seen(mirror)
        assert all(each.requests == each.responses for each in figures.values())
        socks[0].close()
        ended: dict[SessionKey, Ended] = {}

        def gone() -> bool:
            ended.update(mirror.read(time.time()).ended)
            return bool(ended)

        eventually(gone)
        assert agreed()
        assert [(key[:2], how.by, how.ending) for key, how in ended.items()] == [(names[0], "client", "fin")]
    assert mirror.lost == 0


def test_a_session_from_before_is_found(plant: Plant) -> None:
    """A mirror that is switched on late sees the session with its next word."""
    with connected(plant.clients[0]) as sock:
        ask(sock, 1)
        with mirroring(plant.switch) as late:
            assert read(late) == {}
            ask(sock, 2)
            eventually(lambda: read(late))
            (found,) = read(late).values()
    assert (found.began, found.client) == (False, CLIENTS[0])
    assert found.talk
    assert (found.talk.requests, found.talk.units, found.talk.functions) == (1, (1,), (3,))


def test_a_client_cut_off_is_seen_to_be_gone(plant: Plant, mirror: Mirror) -> None:
    """A client whose cable is pulled before the answer leaves a session that the device still holds."""
    sock = connected(plant.clients[1])
    with closing(sock):
        ask(sock, 1)
        name = sock.getsockname()[:2]
        plant.clients[1].rules("output", "tcp dport 502 numgen inc mod 100000 != 0 drop")
        plant.clients[1].rules("input", "tcp sport 502 drop")
        sock.sendall(adu(2, b"\x03\0\0\0\1"))
        eventually(lambda: (talk := read(mirror)[name].talk) and talk.silent == "client")
        assert read(mirror)[name].state == "ESTABLISHED"
        plant.clients[1].run("nft", "delete", "table", "ip", "lab")


def throw(host: Namespace, *frames: bytes) -> None:
    def thrown() -> None:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
            sock.bind(("eth0", 0))
            for frame in frames:
                sock.send(frame)

    host.do(thrown)


def test_cards_that_take_turns_at_a_device_are_told(plant: Plant, mirror: Mirror) -> None:
    """Two cards that answer for the device's address by turns are told with the device."""
    heard: list[Heard] = []

    def told(cards: set[str]) -> bool:
        heard.extend(mirror.read(time.time()).heard)
        return bool(heard) and set(heard[-1].cards) == cards

    with connected(plant.clients[0]) as sock:
        ask(sock, 1)
        eventually(lambda: told(set()))
        for card in (make.THEIR_MAC, make.OTHER_MAC, make.THEIR_MAC):
            message = make.arp(2, sender=DEVICE, sender_mac=card)
            throw(plant.device, make.ethernet(message, 0x0806, source=card))
        eventually(lambda: told({make.THEIR_MAC, make.OTHER_MAC}))


def test_devices_that_are_full_are_heard_to_be(plant: Plant) -> None:
    """Real devices with two slots, each with its own manner of turning a third client away."""
    manners = {"refuses": 1502, "closes": 1503, "evicts": 1504}
    forms = {1502: "refused", 1503: "accepted-closed", 1504: "evicts-oldest"}
    heard: dict[int, Heard] = {}
    with ExitStack() as stack:
        for manner, port in manners.items():
            stack.enter_context(turning_away(plant.device, manner, port))
        full = stack.enter_context(mirroring(plant.switch, ports=forms))

        def hear(true: Callable[[Heard], bool]) -> bool:
            heard.update({each.port: each for each in full.read(time.time()).heard})
            return len(heard) == len(forms) and all(true(each) for each in heard.values())

        for port in forms:
            for number in range(2):
                ask(stack.enter_context(connected(plant.clients[0], port)), number)
        eventually(lambda: hear(lambda each: each.most == 2))
        for port in forms:
            with suppress(ConnectionError):
                stack.enter_context(connected(plant.clients[0], port))
        eventually(lambda: hear(lambda each: each.turned_away_at == 2))
    assert {port: each.turned_away_as for port, each in heard.items()} == forms
    assert [len(heard[port].evicted) for port in forms] == [0, 0, 1]
    assert (heard[1502].refused, heard[1503].hung_up) == (1, 1)


@contextmanager
def turning_away(device: Namespace, manner: str, port: int) -> Iterator[None]:
    """A device with two slots on *port* until the end."""
    words = device.inside(
        sys.executable, "-m", "tests.lab.verdict.servers", manner, f"{DEVICE}:{port}", "slots=2"
    )
    server = subprocess.Popen(words, stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        assert server.stdout.readline()
        yield
    finally:
        server.terminate()
        server.communicate(timeout=_PATIENCE_S)


def test_tagged_and_jumbo_frames_are_heard(plant: Plant, mirror: Mirror) -> None:
    """Frames with two VLAN tags, and ones longer than are kept, pass a real mirror and count."""
    for host, interface in ((plant.device, "eth0"), (plant.switch, "port0")):
        host.run("ip", "link", "set", interface, "mtu", "9000")
    tagged = Line([], client_port=41_001, device=DEVICE, tags=(10, 20))
    jumbo = Line([], client_port=41_002, device=DEVICE)
    for line in (tagged, jumbo):
        line.open()
        line.poll()
    jumbo.send(b"".join(adu(number, b"\x03\0\0\0\1") for number in range(700)))
    jumbo.send(client=False)
    jumbo.poll()
    throw(plant.device, *(packet.data for packet in (*tagged.packets, *jumbo.packets)))
    eventually(lambda: len(read(mirror)) == 2)
    requests = {name[1]: session.talk.requests for name, session in read(mirror).items() if session.talk}
    assert requests[41_001] == 1
    assert 100 < requests[41_002] < 700


async def test_the_listener_hears_while_nobody_reads(plant: Plant) -> None:
    """Frames are taken in though the vantage is not read, and the socket is closed at the end."""
    with mirroring(plant.switch) as mirror:
        task = asyncio.create_task(Listen(mirror, SystemClock(), 0.01).run(lambda _: None))
        with connected(plant.clients[0]) as sock:
            ask(sock, 1)
            await until(lambda: any(each.responses for each in mirror.traffic(0.0)))
            # Both threads may read at once.
            for _ in range(20):
                assert len(await asyncio.to_thread(read, mirror)) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert mirror._capture is None


def refusal(mirror: Mirror) -> str:
    try:
        mirror.read(time.time())
    except VantageError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("interface", "user", "words"),
    [("eth9", 0, "no interface eth9"), ("port0", 65534, "needs CAP_NET_RAW: run as root, or setcap")],
)
def test_a_mirror_that_cannot_be_is_one_clear_line(
    plant: Plant, interface: str, user: int, words: str
) -> None:
    """No such interface, and no privilege, are told like any vantage that does not work."""

    def tried() -> None:
        os.seteuid(user)
        try:
            made.pump()
        finally:
            os.seteuid(0)

    with Mirror(interface, [502]) as made:
        plant.switch.do(tried)
        assert refusal(made).startswith(words)
        assert "\n" not in refusal(made)


def test_an_interface_that_goes_down_or_away_is_told_until_it_is_back(plant: Plant) -> None:
    """Silence because nothing can be heard is not taken for quiet; what comes back is heard again."""
    switch, now = plant.switch, [1_000.0]
    switch.run("ip", "link", "add", "tap0", "type", "bridge")
    switch.run("ip", "link", "set", "tap0", "up")

    def again() -> str:
        now[0] += limits.VANTAGE_RETRY_S
        switch.do(made.pump)
        return refusal(made)

    with Mirror("tap0", [502], mono=lambda: now[0]) as made:
        assert again() == ""
        switch.run("ip", "link", "set", "tap0", "down")
        eventually(lambda: refusal(made) == "tap0: the interface is down")
        assert again() == "tap0: the interface is down"
        switch.run("ip", "link", "delete", "tap0")
        assert again() == "no interface tap0"
        switch.run("ip", "link", "add", "tap0", "type", "bridge")
        switch.run("ip", "link", "set", "tap0", "up")
        switch.do(made.pump)
        assert refusal(made) == "no interface tap0"
        assert again() == ""
        assert made.tracker.table.holes
