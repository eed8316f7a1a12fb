"""Devices that are Modbus servers of others: five in Python, one in C, two in JavaScript."""

from __future__ import annotations

import asyncio
import ctypes
import ctypes.util
import importlib
import socketserver
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.lab.forty.truth import PORT, Start
from tests.lab.verdict.plant import ROOT

_REGISTERS: Final = 10
_LONGEST: Final = 260
_NAMES: Final = (
    "VendorName", "ProductCode", "MajorMinorRevision", "VendorUrl", "ProductName", "ModelName",
    "UserApplicationName",
)  # fmt: skip


def pymodbus(units: Mapping[int, int], texts: tuple[str, ...] = ()) -> Start:
    """Each of *units* with one value in its registers; the first *texts* as device identification."""

    async def start(host: str) -> object:
        server, simulator, base = (
            importlib.import_module(f"pymodbus{name}") for name in (".server", ".simulator", "")
        )
        devices = [
            simulator.SimDevice(
                unit,
                simdata=[
                    simulator.SimData(
                        0, count=_REGISTERS, values=value, datatype=simulator.DataType.REGISTERS
                    )
                ],
            )
            for unit, value in units.items()
        ]
        told = base.ModbusDeviceIdentification(info_name=dict(zip(_NAMES, texts, strict=False)))
        listening = server.ModbusTcpServer(devices, address=(host, PORT), identity=told)
        await listening.serve_forever(background=True)
        return listening

    return start


def pymodbustcp(vendor: bytes = b"", product: bytes = b"", revision: bytes = b"") -> Start:
    """Answers any unit id; with an identification where *vendor* is given."""

    async def start(host: str) -> object:
        library = importlib.import_module("pyModbusTCP.server")
        told = library.DeviceIdentification(vendor, product, revision) if vendor else None
        server = library.ModbusServer(host, PORT, no_block=True, device_id=told)
        await asyncio.to_thread(server.start)
        return server

    return start


def umodbus(*units: int) -> Start:
    """Registers 0-9 of *units*; exception 02 for all others."""

    async def start(host: str) -> object:
        tcp: Any = importlib.import_module("umodbus.server.tcp")
        server = tcp.get_server(socketserver.ThreadingTCPServer, (host, PORT), tcp.RequestHandler)
        server.daemon_threads = True

        def read(slave_id: int, function_code: int, address: int) -> int:
            return slave_id + function_code + address

        server.route(slave_ids=list(units), function_codes=[1, 2, 3, 4], addresses=list(range(_REGISTERS)))(
            read
        )
        _in_background(server.serve_forever)
        return server

    return start


def modbus_tk(*units: int) -> Start:
    """Registers 0-9 of *units*; silence for all others."""

    async def start(host: str) -> object:
        tcp, defines = (importlib.import_module(f"modbus_tk.{name}") for name in ("modbus_tcp", "defines"))
        server = tcp.TcpServer(PORT, host)
        server.start()
        for unit in units:
            block = server.add_slave(unit)
            block.add_block("0", defines.HOLDING_REGISTERS, 0, _REGISTERS)
            block.set_values("0", 0, unit)
        return server

    return start


def libmodbus() -> Start:
    """One connection at a time, any unit id, as the library's sample server does it."""

    async def start(host: str) -> object:
        library = ctypes.CDLL(ctypes.util.find_library("modbus"))
        library.modbus_new_tcp.restype = library.modbus_mapping_new.restype = ctypes.c_void_p
        context = ctypes.c_void_p(library.modbus_new_tcp(host.encode(), PORT))
        mapping = ctypes.c_void_p(library.modbus_mapping_new(0, 0, _REGISTERS, 0))
        listener = ctypes.c_int(library.modbus_tcp_listen(context, 5))
        if listener.value < 0:
            raise OSError("libmodbus cannot listen")

        def serve() -> None:
            query = (ctypes.c_uint8 * _LONGEST)()
            while library.modbus_tcp_accept(context, ctypes.byref(listener)) >= 0:
                while (size := library.modbus_receive(context, query)) >= 0:
                    library.modbus_reply(context, query, size, mapping)
                library.modbus_close(context)

        _in_background(serve)
        return listener

    return start


def node(manner: str, unit: int = 255) -> Start:
    """A server in JavaScript, in a process of its own that ends with this one."""

    async def start(host: str) -> object:
        process = await asyncio.create_subprocess_exec(
            "setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "tests.lab.verdict.servers",
            manner, f"{host}:{PORT}", f"unit={unit}", stdout=asyncio.subprocess.PIPE, cwd=ROOT,
        )  # fmt: skip
        assert process.stdout is not None
        if await process.stdout.readline() != b"ready\n":
            raise OSError(f"{manner} never got ready")
        return process

    return start


def _in_background(serve: Callable[[], object]) -> None:
    threading.Thread(target=serve, daemon=True).start()
