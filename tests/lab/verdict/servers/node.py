"""Modbus servers that others wrote, in JavaScript; their modules are where PORT502_NODE_MODULES says."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from tests.lab.verdict.servers.frame import Given

MODULES: Final = "PORT502_NODE_MODULES"
_JSMODBUS: Final = """
const net = require("net"), {server} = require("jsmodbus");
const listener = new net.Server();
new server.TCP(listener, {holding: Buffer.alloc(200)});
listener.listen(+process.argv[2], process.argv[1], () => console.log("ready"));
"""
_MODBUS_SERIAL: Final = """
const {ServerTCP} = require("modbus-serial");
const registers = {getHoldingRegister: (address) => address + 5, getInputRegister: (address) => address};
new ServerTCP(registers, {host: process.argv[1], port: +process.argv[2], unitID: +process.argv[3]})
  .on("initialized", () => console.log("ready"));
"""


def _script(script: str) -> Callable[[Given], None]:
    def serve(given: Given) -> None:
        os.environ["NODE_PATH"] = os.environ[MODULES]
        unit = given.options.get("unit", "255")
        os.execlp("node", "node", "-e", script, given.host, str(given.port), unit)  # noqa: S606 - node, by name

    return serve


MANNERS: Final[dict[str, Callable[[Given], None]]] = {
    "jsmodbus": _script(_JSMODBUS),
    "modbus_serial": _script(_MODBUS_SERIAL),
}
