"""No writing function code can leave this program, whichever way it is tried."""

from __future__ import annotations

import ast
import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from pymodbus.framer import FramerRTU
from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.bit_message import WriteMultipleCoilsRequest, WriteSingleCoilRequest
from pymodbus.pdu.register_message import (
    MaskWriteRegisterRequest,
    ReadHoldingRegistersRequest,
    ReadWriteMultipleRegistersRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)

from tests.servers import HOST
from tests.tls_servers import inside_tls, made, server_context, tls_server
from tui.probes import rtu, secure, tls
from tui.probes.allowed import READING, NotReadingError, require_reading, require_records
from tui.probes.talk import Talk
from tui.probes.tcp import Connection, connect
from tui.records import Target

_CODE: Final = Path(__file__).parents[2] / "tui"
_WRITING: Final = (5, 6, 15, 16, 22, 23)
"""Coils, registers, mask and read-write (Modbus Application Protocol Specification V1.1b3, section 6)."""
_NOT_READING: Final = tuple(sorted(set(range(256)) - READING - {43}))
_WRITES: Final = (
    WriteSingleCoilRequest(address=1, bits=[True]),
    WriteMultipleCoilsRequest(address=1, bits=[True]),
    WriteSingleRegisterRequest(address=1, registers=[1]),
    WriteMultipleRegistersRequest(address=1, registers=[1]),
    MaskWriteRegisterRequest(address=1),
    ReadWriteMultipleRegistersRequest(read_address=0, read_count=1, write_address=0, write_registers=[1]),
)
_TAILS: Final = (b"", b"\0", b"\0\0\0\1", b"\0\0\xff\0", b"\0\0\0\1\2\0\1", b"\xff" * 246, bytes(246))
"""What may follow a function code: from nothing to all that a frame holds."""
_SENDING: Final = frozenset(
    {"send", "sendall", "sendto", "sendmsg", "sendfile", "sock_sendall", "sock_sendto", "sock_sendfile",
     "sendmsg_afalg", "writelines", "open_connection", "create_connection", "create_datagram_endpoint",
     "open_unix_connection", "send_sealed", "wrap_socket", "wrap_bio"}
)  # fmt: skip
_DOOR: Final = ("probes/tcp.py", "sock_sendall")
_DOORS: Final = {"send": "require_reading(adu)", "send_sealed": "require_records(records)"}
"""What writes to a TCP socket in `Connection`, and the check that comes first there."""
_INSIDE_TLS: Final = ("probes/secure.py", {"send_sealed", "wrap_bio"})
"""Where alone TLS is made, and what it makes is sent."""
_TO_THE_DOOR: Final = re.compile(r"(self\.)?_?(connection|talk)\.send")
"""How the questions call the one door, by a talk or at once."""
_NOT_TCP: Final = {
    "probes/echo.py": "ICMP echo",
    "probes/destroy.py": "netlink, to this kernel",
    "vantages/conntrack.py": "netlink, to this kernel",
    "vantages/inet_diag.py": "netlink, to this kernel",
    "wire/send.py": "Ethernet frames: ARP, SYN by hand",
}
"""Files that send something else than Modbus, and what."""


def _tcp(unit: int, function: int, tail: bytes) -> bytes:
    body = bytes([unit, function]) + tail
    return b"\0\x81\0\0" + len(body).to_bytes(2, "big") + body


def _rtu(unit: int, function: int, tail: bytes) -> bytes:
    body = bytes([unit, function]) + tail
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


def _refused(frame: bytes) -> bool:
    try:
        require_reading(frame)
    except NotReadingError:
        return True
    return False


@cache
def _trees() -> dict[str, ast.Module]:
    """Every file of the program, read once."""
    return {
        path.relative_to(_CODE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in _CODE.rglob("*.py")
    }


def _senders() -> Iterator[tuple[str, str, str]]:
    """Every mention in the program of a name that sends: file, name, and the whole expression."""
    for where, tree in _trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in _SENDING:
                yield where, node.attr, ast.unparse(node)
            elif isinstance(node, ast.Name) and node.id in _SENDING:
                yield where, node.id, node.id


@asynccontextmanager
async def _line() -> AsyncIterator[tuple[Connection, asyncio.Future[bytes]]]:
    """An open connection, and all that the far end of it has got once it is closed."""
    got: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.set_result(await reader.read())
        writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    connection, outcome = await connect(Target(HOST, server.sockets[0].getsockname()[1]), 2.0)
    assert connection is not None, outcome
    try:
        yield connection, got
    finally:
        connection.abandon()
        server.close()


def test_the_door_lets_no_other_function_out() -> None:
    """All but the reading codes, in either framing, with whatever follows them."""
    for function in _NOT_READING:
        for unit in (0, 1, 3, 17, 247, 255):
            for tail in _TAILS:
                assert _refused(_tcp(unit, function, tail)), function
                assert _refused(_rtu(unit, function, tail)), function


@pytest.mark.parametrize("function", _WRITING)
def test_no_unit_id_is_written_to(function: int) -> None:
    """The six writing codes are stopped for every unit id."""
    for unit in range(256):
        for tail in _TAILS[1:5]:
            assert _refused(_tcp(unit, function, tail))
            assert _refused(_rtu(unit, function, tail))


def test_function_43_leaves_to_read_identification_only() -> None:
    """The encapsulated transport carries other things than identification; none of them leaves."""
    for kind in set(range(256)) - {14}:
        assert _refused(_tcp(1, 43, bytes([kind, 1, 0])))
    assert _refused(_tcp(1, 43, b""))
    assert not _refused(_tcp(1, 43, b"\x0e\1\0"))


@pytest.mark.parametrize("function", _WRITING)
def test_a_write_does_not_leave_in_any_position(function: int) -> None:
    """Before, behind, inside or instead of a read or a greeting, in pieces, or under another header."""
    reads = [_tcp(1, 3, b"\0\0\0\1"), rtu.frame(1), tls.greeting()]
    for write in (_tcp(1, function, b"\0\0\0\1"), _rtu(1, function, b"\0\0\0\1"), bytes([1, function])):
        for read in reads:
            assert _refused(write + read)
            assert _refused(read + write)
            for at in range(1, len(read)):
                assert _refused(read[:at] + write + read[at:])
        for at in range(1, len(write)):
            assert _refused(write[:at])
            assert _refused(write[at:])
    for at in range(9, 255):
        hello = bytearray(tls.greeting())
        hello[at] = function
        assert _refused(bytes(hello))


async def test_no_byte_of_a_write_reaches_the_other_end() -> None:
    """On an open connection every function code is tried; a refused one has sent nothing."""
    read = _tcp(1, 3, b"\0\0\0\1")
    async with _line() as (connection, got):
        for function in _NOT_READING:
            for frame in (_tcp(1, function, b"\0\0\0\1"), _rtu(1, function, b"\0\0\0\1")):
                with pytest.raises(NotReadingError):
                    await connection.send(frame)
        await connection.send(read)
        await connection.close()
        assert await got == read


@pytest.mark.parametrize("write", _WRITES)
async def test_a_talk_takes_no_writing_request(write: ModbusPDU) -> None:
    """The general way to ask on a connection refuses the library's writing requests, and goes on reading."""
    async with _line() as (connection, got):
        async with Talk(connection) as talk:
            with pytest.raises(NotReadingError):
                await talk.send(1, write, 0.01)
            await talk.send(1, ReadHoldingRegistersRequest(address=0, count=1), 0.01)
        await connection.close()
        assert (await got)[2:] == b"\0\0\0\6\1\3\0\0\0\1"


def test_there_is_one_door_to_a_device() -> None:
    """TCP sockets are written to in one class, behind the list of reads, and TLS is made in another alone."""
    found = [mention for mention in _senders() if not mention[0].startswith("demo/")]
    assert len([mention for mention in found if mention[:2] == _DOOR]) == len(_DOORS)
    secure, names = _INSIDE_TLS
    others = [
        (where, whole)
        for where, name, whole in found
        if (where, name) != _DOOR
        and not _TO_THE_DOOR.fullmatch(whole)
        and where not in _NOT_TCP
        and (where != secure or name not in names)
    ]
    assert others == [], "a new way of sending: through Connection.send, or named above with what it sends"


@pytest.mark.parametrize("door", _DOORS)
def test_the_door_checks_before_it_sends(door: str) -> None:
    """Where a socket is written to, the check is the first statement, so nothing can leave before it."""
    found = _function("probes/tcp.py", door)
    assert ast.unparse(found.body[1]) == _DOORS[door]  # after the docstring
    assert _mentions(found, "sock_sendall") == 1


def test_nothing_is_sealed_before_the_check() -> None:
    """What goes into TLS is checked first, in the one place where anything is written into it."""
    found = _function("probes/secure.py", "send")
    assert ast.unparse(found.body[1]) == "require_reading(adu)"
    assert _mentions(found, "write") == 1
    whole = _trees()["probes/secure.py"]
    assert {ast.unparse(node) for node in ast.walk(whole) if _names(node, "write")} == {
        "self._session.write",
        "self._incoming.write",  # what was received
    }


def _function(where: str, name: str) -> ast.AsyncFunctionDef:
    (found,) = (
        node
        for node in ast.walk(_trees()[where])
        if isinstance(node, ast.AsyncFunctionDef) and node.name == name
    )
    return found


def _names(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == name


def _mentions(tree: ast.AST, name: str) -> int:
    return sum(_names(node, name) for node in ast.walk(tree))


def test_no_modbus_frame_passes_for_tls() -> None:
    """The way for what TLS has sealed takes no Modbus frame, reading or writing, in either framing."""
    for function in range(256):
        for unit in (0, 1, 3, 20, 21, 22, 23, 255):
            for tail in _TAILS:
                for frame in (_tcp(unit, function, tail), _rtu(unit, function, tail)):
                    with pytest.raises(NotReadingError):
                        require_records(frame)
                    with pytest.raises(NotReadingError):
                        require_records(b"\x15\3\3\0\2\1\0" + frame)


async def test_no_byte_of_a_write_reaches_the_far_end_of_tls(tmp_path: Path) -> None:
    """Inside TLS every function code is tried; the server decrypts the one read and nothing else."""
    read = _tcp(1, 3, b"\0\0\0\1")
    with tls_server(server_context(made(tmp_path))) as served:
        connection = await inside_tls(served.port)
        for function in _NOT_READING:
            for frame in (_tcp(1, function, b"\0\0\0\1"), _rtu(1, function, b"\0\0\0\1")):
                with pytest.raises(NotReadingError):
                    await connection.send(frame)
        await connection.send(read)
        await connection.close()
    assert bytes(served.heard) == read


async def test_no_handshake_begins_where_tls_was_not_greeted_back() -> None:
    """A server that has not proved to speak TLS gets no byte of a real ClientHello."""
    async with _line() as (connection, got):
        with pytest.raises(NotReadingError):
            await secure.secure(connection, tls.TlsAnswer(False, 0.1, "not TLS"), secure.Tls())
        await connection.close()
        assert await got == b""


def test_files_that_send_something_else_open_no_tcp_socket() -> None:
    """What is allowed past the door cannot reach a Modbus server: no stream socket is made there."""
    for name in _NOT_TCP:
        text = (_CODE / name).read_text(encoding="utf-8")
        assert socket.SOCK_STREAM.name not in text, name


def test_no_client_or_writing_request_of_the_library_is_used() -> None:
    """The protocol library's own clients would go past the door, and its writing requests have no use."""
    taken = [
        (where, name)
        for where, tree in _trees().items()
        for name in _imported(tree)
        if name.startswith("pymodbus.client") or (name.startswith("pymodbus") and "Write" in name)
    ]
    assert taken == []


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
