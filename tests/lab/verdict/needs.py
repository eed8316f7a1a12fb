"""What some scenarios need and a machine may not have."""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.lab.verdict.servers.node import MODULES


def _module(name: str) -> Callable[[], str]:
    return lambda: "" if importlib.util.find_spec(name) else f"the Python package {name}"


def _library(name: str) -> Callable[[], str]:
    return lambda: "" if ctypes.util.find_library(name) else f"the library lib{name}"


def _node(name: str) -> Callable[[], str]:
    def missing() -> str:
        found = shutil.which("node") and Path(os.environ.get(MODULES, "/nowhere"), name).is_dir()
        return "" if found else f"node, and {name} below {MODULES}"

    return missing


MISSING: Final[dict[str, Callable[[], str]]] = {
    "": lambda: "",
    "pymodbustcp": _module("pyModbusTCP"),
    "umodbus": _module("umodbus"),
    "modbus_tk": _module("modbus_tk"),
    "libmodbus": _library("modbus"),
    "jsmodbus": _node("jsmodbus"),
    "modbus_serial": _node("modbus-serial"),
}
"""For each need, what is missing here; empty where nothing is."""
