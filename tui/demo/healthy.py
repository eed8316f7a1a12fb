"""Devices in order: real pymodbus servers, one of them with an identification."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pymodbus.pdu.device import ModbusDeviceIdentification
from pymodbus.server import ModbusTcpServer
from pymodbus.server.requesthandler import ServerRequestHandler
from pymodbus.simulator import DataType, SimData, SimDevice

from tui.demo.table import Host
from tui.demo.words import PLC

OTHER_UNIT: Final = 17
REGISTERS: Final = 200


class _TurnedAway(ServerRequestHandler):
    """A connection for which there is no slot."""

    def callback_connected(self) -> None:
        self.close()


class _Server(ModbusTcpServer):
    """A pymodbus server that counts its slots."""

    slots: int | None = None

    def callback_new_connection(self) -> ServerRequestHandler:
        full = self.slots is not None and len(self.active_connections) >= self.slots
        handler = _TurnedAway if full else ServerRequestHandler
        return handler(self, None, None, None)  # type: ignore[no-untyped-call]  # pymodbus leaves it untyped


def _identity(host: Host) -> ModbusDeviceIdentification | None:
    if host.kind != "identified":
        return None
    return ModbusDeviceIdentification(  # type: ignore[no-untyped-call]  # the same
        info_name=dict(PLC)
    )


async def start(hosts: Iterable[Host], port: int) -> list[ModbusTcpServer]:
    """Every host listening; the servers live as long as the running loop."""
    servers: list[ModbusTcpServer] = []
    for host in hosts:
        unit = OTHER_UNIT if host.kind == "other-unit" else 1
        device = SimDevice(
            unit, simdata=[SimData(0, count=REGISTERS, values=230, datatype=DataType.REGISTERS)]
        )
        server = _Server(device, identity=_identity(host), address=(host.address, port))
        server.slots = host.slots
        await server.serve_forever(background=True)
        servers.append(server)
    return servers
