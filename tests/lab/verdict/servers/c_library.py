"""Libmodbus as its sample server uses it: one thread, one connection served to its end."""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable
from typing import Final

from tests.lab.verdict.servers.frame import Given

_LONGEST: Final = 260
_REGISTERS: Final = 10


def libmodbus(given: Given) -> None:
    """Accept one, serve until it closes, accept the next; `backlog=` may wait meanwhile."""
    library = ctypes.CDLL(ctypes.util.find_library("modbus"))
    library.modbus_new_tcp.restype = library.modbus_mapping_new.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.modbus_new_tcp(given.host.encode(), given.port))
    mapping = ctypes.c_void_p(library.modbus_mapping_new(0, 0, _REGISTERS, 0))
    listener = ctypes.c_int(library.modbus_tcp_listen(context, int(given.number("backlog", 5))))
    if listener.value < 0:
        raise OSError("libmodbus cannot listen")
    given.say_ready()
    query = (ctypes.c_uint8 * _LONGEST)()
    while library.modbus_tcp_accept(context, ctypes.byref(listener)) >= 0:
        while (size := library.modbus_receive(context, query)) >= 0:
            library.modbus_reply(context, query, size, mapping)
        library.modbus_close(context)


MANNERS: Final[dict[str, Callable[[Given], None]]] = {"libmodbus": libmodbus}
