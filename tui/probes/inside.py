"""Doing something in another network namespace of this host, by a thread that ends afterwards."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import psutil

from tui import limits
from tui.clean import clean
from tui.wire.netns import apart, enter

_NAMED: Final = "/run/netns"  # where `ip netns` keeps them
_OF_PROCESS: Final = re.compile(r"(?P<process>.+)\[(?P<pid>[0-9]{1,10})\]")
_LONGEST_S: Final = limits.NETLINK_S * 3

_T = TypeVar("_T")


def inside(netns: str, act: Callable[[], _T]) -> _T:
    """What *act* returns when done in namespace *netns*, named as by `ip netns` or as `process[pid]`.

    Raises:
        LookupError: there is no such namespace any more.
        PermissionError: this user may not enter it.
        OSError: it cannot be entered, or *act* takes too long.
    """
    path = _path(netns)

    def there() -> _T:
        if not enter(path):
            raise LookupError("it is gone")
        return act()

    return apart(there, _LONGEST_S)


def _path(netns: str) -> str:
    """The file that leads to a namespace."""
    if sys.platform != "linux":
        raise LookupError("network namespaces are a thing of Linux")
    if netns not in {"", ".", ".."} and "/" not in netns and Path(_NAMED, netns).is_file():
        return f"{_NAMED}/{netns}"
    named = _OF_PROCESS.fullmatch(netns)
    try:
        if named and clean(psutil.Process(int(named["pid"])).name()) == named["process"]:
            return f"/proc/{named['pid']}/ns/net"
    except psutil.Error:
        pass
    raise LookupError(f"no network namespace {clean(netns, 40)} any more")
