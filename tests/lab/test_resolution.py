"""Who answers to ARP, on a switch with real hosts."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.lab.net import Namespace, command, needs_lab
from tui.probes.resolution import Replies, _Question, resolve_link
from tui.wire.capture import Capture, CaptureError
from tui.wire.filters import about
from tui.wire.frames import Arp, Frame

pytestmark = needs_lab

CLIENT = "10.79.0.2"
DEVICE, TWICE, ABSENT = "10.79.0.10", "10.79.0.11", "10.79.0.99"
MACS = {"device": "02:79:00:00:00:0a", "one": "02:79:00:00:00:0b", "two": "02:79:00:00:00:0c"}


def _plug(switch: Namespace, host: Namespace, port: int, address: str, mac: str) -> None:
    """Join *host*'s eth0 to the switch."""
    command(
        "ip", "link", "add", "eth0", "netns", host.name, "type", "veth",
        "peer", "name", f"port{port}", "netns", switch.name,
    )  # fmt: skip
    switch.run("ip", "link", "set", f"port{port}", "master", "br0", "up")
    host.run("ip", "link", "set", "eth0", "address", mac)
    host.run("ip", "address", "add", address, "dev", "eth0")
    host.run("ip", "link", "set", "eth0", "up")


@pytest.fixture(scope="module")
def client() -> Iterator[Namespace]:
    """A host on a switch with a device, and with two that have one address between them."""
    with ExitStack() as stack:
        switch = Namespace(stack)
        switch.run("ip", "link", "add", "br0", "type", "bridge", "forward_delay", "0")
        switch.run("ip", "link", "set", "br0", "up")
        made = Namespace(stack)
        _plug(switch, made, 0, f"{CLIENT}/24", "02:79:00:00:00:02")
        for port, (name, address) in enumerate((("device", DEVICE), ("one", TWICE), ("two", TWICE)), 1):
            _plug(switch, Namespace(stack), port, f"{address}/24", MACS[name])
        yield made


def _ask(client: Namespace, address: str, wait_s: float = 1.0) -> Replies:
    return client.do(lambda: asyncio.run(resolve_link(address, "eth0", CLIENT, wait_s)))


def test_a_device_answers_to_each_request(client: Namespace) -> None:
    """One holder: one MAC, twice, and the time to its first answer."""
    replies = _ask(client, DEVICE)
    assert replies.macs == (MACS["device"],)
    assert replies.per_request == ((MACS["device"],),) * 2
    assert replies.ms is not None
    assert 0 < replies.ms < 100


def test_an_address_held_twice_gets_two_answers(client: Namespace) -> None:
    """Both holders answer to every request, whichever the kernel would have believed."""
    replies = _ask(client, TWICE)
    assert set(replies.macs) == {MACS["one"], MACS["two"]}
    assert [set(macs) for macs in replies.per_request] == [{MACS["one"], MACS["two"]}] * 2


def test_nobody_answers_for_an_absent_device(client: Namespace) -> None:
    """Silence costs the time given, two requests, and is reported as silence."""
    replies = _ask(client, ABSENT, wait_s=0.3)
    assert replies == Replies((), ((), ()), None)


def test_a_stale_entry_hides_nothing(client: Namespace) -> None:
    """What the kernel believes of an address that is gone plays no part."""
    client.run("ip", "neigh", "replace", ABSENT, "lladdr", "02:79:00:00:00:63", "dev", "eth0", "nud", "stale")
    assert _ask(client, ABSENT, wait_s=0.3).macs == ()


def test_a_capture_that_is_there_already_is_used(client: Namespace) -> None:
    """One capture on all interfaces serves, and is still open and complete afterwards."""

    def ask() -> tuple[Replies, int]:
        with Capture.start(about([DEVICE])) as capture:
            replies = asyncio.run(resolve_link(DEVICE, "eth0", CLIENT, capture=capture))
            return replies, len(capture.frames())

    replies, frames = client.do(ask)
    assert replies.macs == (MACS["device"],)
    assert frames >= 4


def test_a_blind_capture_is_no_silent_device(client: Namespace) -> None:
    """Where our own question is not seen, an answer would not be either: that is said."""

    def ask() -> Replies:
        with Capture.start(about([TWICE])) as capture:
            return asyncio.run(resolve_link(DEVICE, "eth0", CLIENT, 0.2, capture))

    with pytest.raises(CaptureError, match="our own ARP"):
        client.do(ask)


def test_without_privilege_it_says_what_is_missing(client: Namespace) -> None:
    """Who may not ask directly gets one line with the remedy."""
    code = (
        "import asyncio; from tui.probes.resolution import resolve_link\n"
        f"try: asyncio.run(resolve_link('{DEVICE}', 'eth0', '{CLIENT}'))\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    words = client.inside("setpriv", "--bounding-set=-net_raw", sys.executable, "-c", code)
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=20)
    assert done.stdout.startswith("CaptureError needs CAP_NET_RAW")


@pytest.mark.parametrize("address", ["fd00::1", "plc-12", "10.5"])
async def test_only_an_ipv4_address_can_be_asked_for(address: str) -> None:
    """ARP knows no names and no IPv6."""
    with pytest.raises(ValueError, match="Expected 4 octets"):
        await resolve_link(address, "lo", "127.0.0.1")


def test_only_answers_to_our_own_question_count() -> None:
    """What is said in a VLAN, on another interface, by or to somebody else is no answer to us."""
    ours = _Question(DEVICE, "eth0", CLIENT)
    asked = Arp(True, "02:00:00:00:00:02", CLIENT, "", DEVICE)
    said = Arp(False, MACS["device"], DEVICE, "02:00:00:00:00:02", CLIENT)
    question = Frame(1.0, "eth0", True, "", "", None, asked)
    answer = Frame(1.5, "eth0", False, "", "", None, said)
    strange = [
        answer._replace(vlan=20),
        answer._replace(interface="eth9"),
        answer._replace(outgoing=True),
        answer._replace(content=said._replace(sender=TWICE)),
        answer._replace(content=said._replace(target=TWICE)),
        answer._replace(content=said._replace(request=True)),
        answer._replace(content=None),
    ]
    assert ours.told([question, *strange]) == Replies((), ((),), None)
    mac = said.sender_mac
    assert ours.told([question, *strange, answer]) == Replies((mac,), ((mac,),), 500.0)
    second = [question._replace(at=2.0), answer._replace(at=2.25)]
    assert ours.told([question, *second]) == Replies((mac,), ((), (mac,)), 250.0)
