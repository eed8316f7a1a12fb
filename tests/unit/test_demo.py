"""The demo's devices and clients: each behaves as its kind promises, asked over real sockets."""

from __future__ import annotations

import re
import socket
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from tests.unit.demo_tools import ADDRESS, ask, eventually, free_port, said, sessions
from tui.clean import SAFE_PATTERN, clean
from tui.demo import frames, misbehaving
from tui.demo.plant import Plan, running
from tui.probes.identity import Identity, identify
from tui.probes.talk import Talk
from tui.probes.tcp import connect
from tui.profiles.lookup import profiles
from tui.profiles.match import Clues, SunSpec, match
from tui.records import Target

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs all of 127.0.0.0/8")

SILENCE_S = 0.7


@pytest.fixture(scope="module")
def plan() -> Iterator[Plan]:
    with running(free_port()) as plan:
        yield plan


Dial = Callable[[str], socket.socket]


@pytest.fixture
def dial(plan: Plan) -> Dial:
    return lambda name: socket.create_connection((ADDRESS[name], plan.port), 3.0)


# What the devices answer.


@pytest.mark.parametrize(
    ("name", "unit", "pdu"),
    [
        ("boiler-plc", 1, b"\x03\x08"),
        ("feeder-meter", 1, b"\x03\x08"),
        ("chiller-plc", 1, b"\x03\x08"),
        ("tank-levels", 1, b"\x03\x08"),
        ("dosing-plc", 1, b"\x83\x04"),
        ("dosing-plc", 17, b"\x03\x08"),
        ("roof-inverter", 7, b"\x03\x08"),
        ("gw-pumps", 1, b"\x83\x0a"),
        ("gw-pumps", 3, b"\x03\x08"),
        ("gw-basement", 1, b"\x83\x0b"),
        ("gw-basement", 11, b"\x03\x08"),
        ("gw-yard", 1, b"\x03\x08"),
        ("gw-yard", 3, b"\x03\x08"),
        ("gw-yard", 7, b"\x83\x0b"),
        ("gw-yard", 8, b"\x83\x0a"),
        ("hall-inverter", 200, b"\x03\x08"),
        ("filler-plc", 1, b"\x83\x06"),
        ("cold-store", 1, b"\x03\x08"),
        ("lab-analyser", 1, b"\x03\x08"),
        ("conveyor-plc", 1, b"\x03\x08"),
    ],
)
def test_answers(dial: Dial, name: str, unit: int, pdu: bytes) -> None:
    """A device that answers gives the value or the exception of its kind, on every request."""
    with dial(name) as sock:
        assert ask(sock, unit)[:2] == pdu
        assert ask(sock, unit)[:2] == pdu


@pytest.mark.parametrize("name", ["roof-inverter", "weighbridge", "dryer-drive", "kiln-meter"])
def test_silent_after_connecting(dial: Dial, name: str) -> None:
    """A mute device, a wrong unit, a wrong framing and a busy single thread connect, then say nothing."""
    with dial(name) as sock:
        sock.sendall(frames.question(1))
        assert said(sock, SILENCE_S) is None


@pytest.mark.parametrize(
    ("name", "least"), [("cold-store", misbehaving.SLOW_S), ("gw-basement", misbehaving.TARGET_S)]
)
def test_takes_its_time(dial: Dial, name: str, least: float) -> None:
    """The slow device and the gateway with a silent target answer after their delay, not before."""
    with dial(name) as sock:
        began = time.monotonic()
        ask(sock)
        assert time.monotonic() - began >= least


@pytest.mark.parametrize(
    ("name", "product", "certainty"),
    [
        ("boiler-plc", "Schneider Electric Modicon M241", "likely"),
        ("feeder-meter", "Schneider Electric EM3100..EM3700 meters (EM3000 range)", "proven"),
        ("hall-inverter", "Fronius Symo / Primo GEN24, Tauro, Verto", "proven"),
        ("chiller-plc", "", ""),
    ],
)
async def test_devices_tell_what_they_are(plan: Plan, name: str, product: str, certainty: str) -> None:
    """Asked as the monitor asks, a device is recognised by its own words; one without stays unknown."""
    told = await identified(plan, name)
    common = told.sunspec
    found = match(
        Clues(
            objects=told.objects,
            sunspec=SunSpec(common.manufacturer, common.model, common.version, frozenset(common.models))
            if common
            else None,
        ),
        profiles().values(),
    )
    assert [(one.profile.product, one.certainty) for one in found[:1]] == (
        [(product, certainty)] if product else []
    )


async def test_units_behind_the_gateway_are_devices_of_their_own(plan: Plan) -> None:
    """Each unit behind the gateway says what it is itself, one by identification, one by its server id."""
    assert (await identified(plan, "gw-yard", 1)).vendor == "Carlo Gavazzi"
    pump = await identified(plan, "gw-yard", 3)
    assert pump.objects == {}
    assert pump.product == "Vacon 100 yard pump"


async def test_an_identity_may_be_no_text(plan: Plan) -> None:
    """One device pads its words with NUL and writes them in Latin-1, as some do; they are shown inert."""
    told = await identified(plan, "lab-analyser")
    assert told.vendor.startswith("M")
    assert all(re.match(SAFE_PATTERN, text) for text in told.objects.values())
    assert not any("\0" in text for text in told.objects.values())


async def identified(plan: Plan, name: str, unit: int = 1) -> Identity:
    """What a device says it is."""
    connection, outcome = await connect(Target(ADDRESS[name], plan.port), 3.0)
    assert connection is not None, outcome
    try:
        async with Talk(connection) as talk:
            return await identify(talk, unit, wait_s=2.0)
    finally:
        await connection.close()


def test_rtu_is_answered_in_rtu(dial: Dial) -> None:
    """The serial-minded device answers an RTU frame with a valid CRC, and not one whose CRC is wrong."""
    good = frames.rtu(1, b"\x03\x00\x6b\x00\x02")
    with dial("weighbridge") as sock:
        sock.sendall(good[:-1] + bytes([good[-1] ^ 1]))
        assert said(sock, SILENCE_S) is None
        sock.sendall(good)
        answer = said(sock)
    assert answer is not None
    assert answer[:3] == b"\x01\x03\x04"
    assert frames.crc(answer[:-2]) == answer[-2:]


def test_native_device_hangs_up_on_rtu(dial: Dial) -> None:
    """A native device ends a connection whose bytes are no Modbus TCP."""
    with dial("filler-plc") as sock:
        sock.sendall(frames.rtu(1, b"\x03\x00\x6b\x00\x02"))
        assert said(sock) == b""


def test_banner_is_hostile_and_comes_first(dial: Dial) -> None:
    """The other protocol greets unasked, with escapes and markup that cleaning makes inert."""
    with dial("gatehouse-box") as sock:
        greeting = said(sock)
    assert greeting is not None
    assert greeting.startswith(b"SSH-2.0-")
    assert b"\x1b]0;" in greeting
    assert b"[bold red]" in greeting
    assert re.match(SAFE_PATTERN, clean(greeting))


def test_closes_an_idle_connection(dial: Dial) -> None:
    """The device that closes when idle serves first, then closes after its idle time."""
    with dial("lab-analyser") as sock:
        ask(sock)
        began = time.monotonic()
        assert said(sock, misbehaving.IDLE_S + 2) == b""
        assert time.monotonic() - began >= misbehaving.IDLE_S - 0.1


# Devices whose slots are taken, as the first to come finds them.


@pytest.mark.parametrize("name", ["crane-plc", "press-plc"])
def test_refuses(dial: Dial, name: str) -> None:
    """Nobody listens at one address; at another nobody listens while both slots are taken."""
    with pytest.raises(ConnectionRefusedError):
        dial(name)


def test_accepts_and_closes_when_full(dial: Dial) -> None:
    """The full device that accepts closes at once, without an answer."""
    with dial("packer-plc") as sock:
        assert said(sock) == b""


def test_no_answer_to_a_syn(plan: Plan) -> None:
    """The hung device does not complete a handshake."""
    with pytest.raises(TimeoutError):
        socket.create_connection((ADDRESS["mixer-plc"], plan.port), 1.3)


def test_newcomer_is_served_by_the_evicting_device(plan: Plan, dial: Dial) -> None:
    """Where the oldest is evicted a newcomer is served, and one of those before it loses its connection."""

    def held() -> set[tuple[int, str]]:
        return {
            (port, state)
            for client in ("historian", "scada")
            for port, state in sessions(client, "conveyor-plc", plan.port)
            if state == psutil.CONN_ESTABLISHED
        }

    eventually(lambda: len(held()) == 2, "both slots taken")
    before = held()
    with dial("conveyor-plc") as sock:
        assert ask(sock)[:1] == b"\x03"
        eventually(lambda: not before <= held(), "an old session is gone")


def test_healthy_device_counts_its_slots(dial: Dial) -> None:
    """A device of two slots, one held by another client, serves one more and turns the next away."""
    with dial("chiller-plc") as one:
        assert ask(one)[:1] == b"\x03"
        with dial("chiller-plc") as two:
            assert said(two) == b""


# Who holds what.


@pytest.mark.parametrize(
    ("process", "name"),
    [
        ("historian", "boiler-plc"),
        ("historian", "feeder-meter"),
        ("historian", "press-plc"),
        ("historian", "kiln-meter"),
        ("historian", "mixer-plc"),
        ("scada", "press-plc"),
        ("scada", "packer-plc"),
        ("commission-pc", "packer-plc"),
        ("commission-pc", "chiller-plc"),
    ],
)
def test_holders(plan: Plan, process: str, name: str) -> None:
    """Each client shows under its own name and holds one lasting connection to its device."""
    eventually(
        lambda: [state for _, state in sessions(process, name, plan.port)] == [psutil.CONN_ESTABLISHED],
        f"{process} at {name}",
    )


def test_leak_grows_to_its_bound(plan: Plan) -> None:
    """The leaking client keeps what the device closed, five sockets and no more."""

    def leaked() -> int:
        states = [state for _, state in sessions("report-job", "lab-analyser", plan.port)]
        assert len(states) <= 5
        return states.count(psutil.CONN_CLOSE_WAIT)

    eventually(lambda: leaked() == 5, "five in CLOSE_WAIT")


def test_visitor_comes_and_goes(plan: Plan) -> None:
    """The visitor's sessions follow one another, with none between."""
    seen: list[tuple[int, ...]] = []

    def came_twice() -> bool:
        now = tuple(port for port, _ in sessions("tablet-2", "tank-levels", plan.port))
        if now != (seen[-1] if seen else None):
            seen.append(now)
        return len({port for ports in seen for port in ports}) >= 2

    eventually(came_twice, "two visits")
    assert () in seen
