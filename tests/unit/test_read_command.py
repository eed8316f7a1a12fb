"""`port502 read` as its user meets it: real servers on loopback, the words, the JSON, the exit codes."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import servers
from tests.servers import HOST, closed_port
from tui import cli
from tui.clean import SAFE_PATTERN
from tui.cli import read as command
from tui.probes.wanted import of_profile
from tui.profiles.lookup import profiles
from tui.profiles.model import Profile, Register, Timing, Unit

Reply = Callable[[int, int, int], bytes]
_SOURCE = "a manual"


class _Device:
    """A device in a thread of its own; knows what it was asked, when, and how its connections ended."""

    def __init__(self, reply: Reply) -> None:
        self.asked: list[tuple[int, int, int, int]] = []
        """Unit, function, address, count."""
        self.at: list[float] = []
        self.port = 0
        self.log = servers.Log()
        self._reply = reply

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.read(12):
            unit, function, address, count = struct.unpack(">BBHH", request[6:])
            self.asked.append((unit, function, address, count))
            self.at.append(asyncio.get_running_loop().time())
            body = self._reply(function, address, count)
            writer.write(request[:4] + (len(body) + 1).to_bytes(2, "big") + request[6:7] + body)


@contextmanager
def _device(reply: Reply) -> Iterator[_Device]:
    device = _Device(reply)
    ready, done = threading.Event(), threading.Event()

    async def serve() -> None:
        async with servers.serving(device.talk) as (device.port, device.log):
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield device
    finally:
        done.set()
        thread.join(10)


def _counting(function: int, address: int, count: int) -> bytes:
    """Registers that hold their own address; bits of which every other one is set."""
    if function in {1, 2}:
        data = b"\x55" * -(-count // 8)
    else:
        data = b"".join(at.to_bytes(2, "big") for at in range(address, address + count))
    return bytes([function, len(data)]) + data


def _holding(data: bytes) -> Reply:
    """Whatever is asked, the same registers."""
    return lambda function, _address, _count: bytes([function, len(data)]) + data


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command: exit code, output, complaints."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))

    def run(*arguments: object) -> tuple[int, str, str]:
        code = cli.run(["read", *map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def _values(said: str) -> list[Any]:
    return [value["value"] for value in json.loads(said)["values"]]


@pytest.mark.parametrize(
    ("table", "function", "values"),
    [
        ("coils", 1, [1, 0, 1]),
        ("discrete", 2, [1, 0, 1]),
        ("holding", 3, [16, 17, 18]),
        ("input", 4, [16, 17, 18]),
    ],
)
def test_each_table_by_its_name(read: Run, table: str, function: int, values: list[int]) -> None:
    """The four tables by their functions, from the unit asked, on one connection that ends by FIN."""
    with _device(_counting) as device:
        code, said, complaint = read(f"{HOST}:{device.port}", "--unit", 3, table, "0x10", 3, "--json")
        assert device.asked == [(3, function, 16, 3)]
        assert (device.log.opened, device.log.ended_by) == (1, ["fin"])
    assert (code, complaint, _values(said)) == (0, "", values)


def test_another_makers_server_is_read_right(read: Run) -> None:
    """Against pyModbusTCP: the values that were put into its registers and coils come out."""
    library = pytest.importorskip("pyModbusTCP.server")
    bank = library.DataBank()
    bank.set_holding_registers(100, [0x42F6, 0xE979])
    bank.set_coils(5, [True, False, True, True])
    server = library.ModbusServer(host=HOST, port=closed_port(), no_block=True, data_bank=bank)
    server.start()
    try:
        where = f"{HOST}:{server.port}"
        _, floats, _ = read(where, "holding", 100, 2, "--type", "f32", "--json")
        _, bits, _ = read(where, "coils", 5, 4, "--json")
    finally:
        server.stop()
    assert _values(floats) == [pytest.approx(123.456)]
    assert _values(bits) == [1, 0, 1, 1]


def test_a_long_range_is_split_and_spaced(read: Run) -> None:
    """No request asks more than Modbus has, requests keep their distance, and every value has its address."""
    with _device(_counting) as device:
        code, said, _ = read(f"{HOST}:{device.port}", "input", 1000, 260, "--type", "u32", "--json")
        assert [asked[2:] for asked in device.asked] == [(1000, 124), (1124, 124), (1248, 12)]
        assert all(later - at >= 0.09 for at, later in zip(device.at, device.at[1:], strict=False))
        assert device.log.opened == 1
    values = json.loads(said)["values"]
    assert code == 0
    assert [value["address"] for value in values] == list(range(1000, 1260, 2))
    assert all(value["value"] == value["address"] << 16 | value["address"] + 1 for value in values)


def test_people_get_address_registers_and_value(read: Run) -> None:
    """One line a value, with the registers in hex beside it, and how the connection ended below."""
    with _device(_holding(struct.pack(">H", 0xC350) + struct.pack(">H", 0x0001))) as device:
        code, said, _ = read(f"{HOST}:{device.port}", "holding", 9, 2, "--type", "u32", "--order", "little")
    lines = said.splitlines()
    assert code == 0
    assert lines[0] == f"{HOST}:{device.port}, unit 1"
    assert "addresses count from 0" in lines[1]
    assert lines[3] == "  9  c350 0001  115536"
    assert "2 of 2 holding registers read; one connection, 1 request" in said
    assert "closed by FIN from both sides" in said


def test_an_exception_names_its_addresses(read: Run) -> None:
    """What the device refuses is told by its range, the rest is read, and the exit code says a part."""
    with _device(lambda f, at, n: b"\x83\2" if at == 125 else _counting(f, at, n)) as device:
        code, said, _ = read(f"{HOST}:{device.port}", "holding", 0, 300)
    assert code == 1
    assert "125 to 249  exception 02 illegal data address" in said
    assert "  299  012b  299" in said
    assert "175 of 300 holding registers read" in said


def test_nothing_read_is_exit_2(read: Run) -> None:
    """Exceptions only, answers of a wrong length, or no connection: no values, and the reason."""
    with _device(lambda *_: b"\x83\2") as device:
        assert read(f"{HOST}:{device.port}", "holding", 0, 1)[0] == 2
    with _device(_holding(b"\0\1\0\2\0\3")) as device:
        code, said, _ = read(f"{HOST}:{device.port}", "holding", 0, 2, "--json")
    asked = json.loads(said)["asked"]
    assert (code, [one["reply"] for one in asked]) == (2, ["malformed"])
    code, said, _ = read(f"{HOST}:{closed_port()}", "holding", 0, 1)
    assert code == 2
    assert "port502 check tells why" in said


def test_text_of_a_device_is_inert(read: Run) -> None:
    """Escapes, markup and direction marks in a text register reach the terminal as plain text only."""
    evil = "\x1b[2J[red]\u202e\0x\x07 ".encode().ljust(30, b"\xff")
    with _device(_holding(evil)) as device:
        where = f"{HOST}:{device.port}"
        _, said, _ = read(where, "holding", 0, 15, "--type", "str:15")
        _, told, _ = read(where, "holding", 0, 15, "--type", "str:15", "--json")
    assert all(re.match(SAFE_PATTERN, line) for line in said.splitlines())
    assert re.match(SAFE_PATTERN, _values(told)[0])
    assert "[red]" in said


def test_what_is_no_number_is_no_json_number(read: Run) -> None:
    """NaN is null in JSON, beside its registers; SunSpec's marks are told where they were asked for."""
    with _device(_holding(b"\x7f\xc0\0\0")) as device:
        _, said, _ = read(f"{HOST}:{device.port}", "holding", 0, 2, "--type", "f32", "--json")
    (value,) = json.loads(said, parse_constant=pytest.fail)["values"]
    assert (value["value"], value["raw"]) == (None, "7fc00000")
    with _device(_holding(b"\x80\0")) as device:
        where = (f"{HOST}:{device.port}", "holding", 0, 1, "--type", "i16")
        assert "-32768" in read(*where)[1]
        assert "not implemented" in read(*where, "--sunspec")[1]


def _profile(*registers: Register) -> Profile:
    return Profile(
        id="test-meter", vendor="Example", model="Meter", source=_SOURCE, registers=registers,
        unit=Unit(ids=(85,), source=_SOURCE), timing=Timing(request_delay_ms=150, source=_SOURCE),
    )  # fmt: skip


def test_the_registers_of_a_profile(read: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named, scaled, with their unit, raw beside; asked of the profile's unit id, at its distance."""
    product = _profile(
        Register(function=3, address=18, type="u32", name="import", scale=0.01, unit="MWh", source=_SOURCE),
        Register(function=4, address=7, type="i16", name="power", scale=-1, unit="W", source=_SOURCE),
        Register(function=3, address=50, type="text", length=2, swapped=True, name="model", source=_SOURCE),
        Register(function=1, address=3, type="bool", name="running", source=_SOURCE),
        Register(function=3, address=18, type="u16", name="the same again", source=_SOURCE),
    )
    replies = {
        (3, 18, 2): b"\3\4\0\0\x09\x01", (4, 7, 1): b"\4\2\0\x0a", (3, 50, 2): b"\3\4BA\0C",
        (1, 3, 1): b"\1\1\1", (3, 18, 1): b"\3\2\0\5",
    }  # fmt: skip
    monkeypatch.setattr(command, "profile", lambda _name: product)
    with _device(lambda *asked: replies[asked]) as device:
        code, said, _ = read(f"{HOST}:{device.port}", "--profile", "test-meter")
        assert {asked[0] for asked in device.asked} == {85}
        assert all(later - at >= 0.14 for at, later in zip(device.at, device.at[1:], strict=False))
        assert device.log.opened == 1
    assert code == 0
    for line in (
        "holding 18  0000 0901  import: 23.05 MWh", "input 7  000a       power: -10 W",
        "holding 50  4241 0043  model: ABC", "coils 3             running: 1",
        "holding 18  0005       the same again: 5",
    ):  # fmt: skip
        assert line in said


def test_every_register_of_every_profile_can_be_read() -> None:
    """No profile that comes with the program has a type or a range that this command does not know."""
    named = 0
    for product in profiles().values():
        for wanted, register in zip(of_profile(product), product.registers, strict=True):
            named += 1
            assert wanted.pieces == (wanted.range,), f"{product.id}: {register.name} needs one request"
            assert wanted.form is None or wanted.form.words == register.count
    assert named


def test_a_full_device_is_left_alone(read: Run, tmp_path: Path) -> None:
    """At a known limit nothing is opened, and one line says how to do it all the same."""
    with _device(_counting) as device:
        config = tmp_path / "c.toml"
        config.write_text(f'[[device]]\naddress = "{HOST}"\nport = {device.port}\nlimit = 1\n')
        arguments = (f"{HOST}:{device.port}", "holding", 4, 1, "--config", config)
        with socket.create_connection((HOST, device.port)):
            code, said, complaint = read(*arguments)
            assert (code, said, complaint.count("\n"), device.asked) == (3, "", 1, [])
            assert "1 of its 1 connections are taken" in complaint
            assert read(*arguments, "--even-so")[0] == 0


def test_a_last_connection_is_given_up_to_whoever_comes(read: Run, tmp_path: Path) -> None:
    """Ours is the device's last one: it ends by FIN when another client appears, and what came is told."""
    clients: list[socket.socket] = []

    def reply(function: int, address: int, count: int) -> bytes:
        if not clients:
            clients.append(socket.create_connection((HOST, device.port)))
        return _counting(function, address, count)

    with _device(reply) as device:
        config = tmp_path / "c.toml"
        config.write_text(f'[[device]]\naddress = "{HOST}"\nport = {device.port}\nlimit = 1\n')
        began = time.monotonic()
        arguments = (f"{HOST}:{device.port}", "holding", 0, 2000, "--type", "raw:40", "--config", config)
        try:
            code, said, _ = read(*arguments)
        finally:
            clients[0].close()
    assert time.monotonic() - began < 5.0
    assert code == 1
    assert "let go: its last connection was needed" in said
    assert "closed by FIN from both sides" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("holding", "65535", "2"), "behind address 65535"),
        (("holding", "-1", "2"), "ADDRESS '-1': 0 to 65535"),
        (("holding", "\u0663", "2"), "ADDRESS"),
        (("holding", "0", "2001"), "COUNT '2001': 1 to 2000"),
        (("holding", "0", "0"), "COUNT '0'"),
        (("holding", "0", "\x1b[2J"), "\\x1b[2J"),
        (("holding", "0"), "'holding 0' says not what to read"),
        ((), "--profile ID"),
        (("write", "0", "1"), "coils or discrete or holding or input"),
        (("holding", "0", "3", "--type", "u32"), "a u32 takes 2 registers"),
        (("holding", "0", "1", "--type", "u128"), "bcd16"),
        (("holding", "0", "1", "--order", "middle"), "little-swapped"),
        (("coils", "0", "1", "--type", "u16"), "single bits"),
        (("holding", "0", "1", "--unit", "256"), "a unit id is 0 to 255"),
        (("--profile", "no-such-thing"), "no profile 'no-such-thing'"),
        (("--profile", "no-such-thing", "holding", "0", "1"), "no-such-thing"),
    ],
)
def test_bad_usage_is_one_line_and_nothing_is_sent(read: Run, arguments: Sequence[str], words: str) -> None:
    """What is wrong and what there is instead; no connection is opened, exit 3."""
    with _device(_counting) as device:
        code, said, complaint = read(f"{HOST}:{device.port}", *arguments)
        assert device.log.opened == 0
    assert (code, said, complaint.count("\n")) == (3, "", 1)
    assert words in complaint


def test_the_object_keeps_its_contract(read: Run) -> None:
    """Every field of the published object is there."""
    with _device(_counting) as device:
        _, said, _ = read(f"{HOST}:{device.port}", "holding", 1, 1, "--json")
    told = json.loads(said)
    assert told.keys() == {
        "target",
        "profile",
        "addresses",
        "values",
        "asked",
        "failure",
        "closed",
        "complete",
    }
    assert told["values"] == [
        {"table": "holding", "address": 1, "count": 1, "raw": "0001", "value": 1, "type": "u16", "name": None,
         "unit": None, "error": None}
    ]  # fmt: skip
    assert told["asked"][0].keys() == {"table", "address", "count", "reply", "exception", "ms", "detail"}
    assert (told["addresses"], told["closed"], told["complete"]) == ("zero based", "fin", True)
