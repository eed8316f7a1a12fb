"""Modbus servers that others wrote, in Python; each serves registers 0-9 of `unit=`, where it has units."""

from __future__ import annotations

import asyncio
import importlib
import socketserver
import threading
from collections.abc import Callable
from typing import Any, Final

from tests.lab.verdict.servers.frame import Given

_REGISTERS: Final = 10


def pymodbus(given: Given) -> None:
    """Pymodbus: an unknown unit gets exception 04; with `from=` an earlier register gets exception 02."""
    server, simulator = (importlib.import_module(f"pymodbus.{name}") for name in ("server", "simulator"))

    async def serve() -> None:
        data = simulator.SimData(
            int(given.number("from", 0)),
            count=_REGISTERS,
            values=230,
            datatype=simulator.DataType.REGISTERS,
        )
        device = simulator.SimDevice(int(given.number("unit", 1)), simdata=[data])
        listening = server.ModbusTcpServer(device, address=(given.host, given.port))
        await listening.serve_forever(background=True)
        given.say_ready()
        await asyncio.Event().wait()

    asyncio.run(serve())


def pymodbustcp(given: Given) -> None:
    """Of pyModbusTCP: ignores the unit."""
    server = importlib.import_module("pyModbusTCP.server").ModbusServer(
        given.host, given.port, no_block=True, ipv6=":" in given.host
    )
    server.start()
    given.say_ready()
    threading.Event().wait()


def umodbus(given: Given) -> None:
    """Of uModbus: an unknown unit or register gets exception 02."""
    tcp: Any = importlib.import_module("umodbus.server.tcp")
    socketserver.TCPServer.allow_reuse_address = True
    server = tcp.get_server(socketserver.ThreadingTCPServer, (given.host, given.port), tcp.RequestHandler)
    server.daemon_threads = True

    def read(slave_id: int, function_code: int, address: int) -> int:
        return slave_id + function_code + address

    units, registers = [int(given.number("unit", 1))], list(range(_REGISTERS))
    server.route(slave_ids=units, function_codes=[1, 2, 3, 4], addresses=registers)(read)
    given.say_ready()
    server.serve_forever()


def modbus_tk(given: Given) -> None:
    """Of modbus-tk: an unknown unit gets silence, or what it makes of it."""
    tcp, defines = (importlib.import_module(f"modbus_tk.{name}") for name in ("modbus_tcp", "defines"))
    server = tcp.TcpServer(given.port, given.host)
    server.start()
    server.add_slave(int(given.number("unit", 1))).add_block("0", defines.HOLDING_REGISTERS, 0, _REGISTERS)
    given.say_ready()
    threading.Event().wait()


MANNERS: Final[dict[str, Callable[[Given], None]]] = {
    "pymodbus": pymodbus, "pymodbustcp": pymodbustcp, "umodbus": umodbus, "modbus_tk": modbus_tk,
}  # fmt: skip
