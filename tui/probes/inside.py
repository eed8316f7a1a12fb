"""Doing something in another network namespace of this host, by a thread that ends afterwards."""

from __future__ import annotations

import ctypes
import os
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import psutil

from tui import limits
from tui.clean import clean

_NAMED: Final = "/run/netns"  # where `ip netns` keeps them
_NET: Final = 0x40000000  # CLONE_NEWNET in linux/sched.h
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
    results: list[_T] = []
    faults: list[BaseException] = []

    def run() -> None:
        try:
            _enter(path)
            results.append(act())
        except BaseException as fault:  # noqa: BLE001 - raised again in the thread that waits
            faults.append(fault)

    # A thread that has entered never comes back: no other work may find itself there.
    thread = threading.Thread(target=run, name="in another namespace", daemon=True)
    thread.start()
    thread.join(_LONGEST_S)
    if faults:
        raise faults[0]
    if not results:
        raise TimeoutError(f"no answer from there within {_LONGEST_S:g} s")
    return results[0]


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


def _enter(path: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns came with Python 3.12
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, ProcessLookupError) as error:
        raise LookupError("it is gone") from error
    try:
        if libc.setns(descriptor, _NET):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(descriptor)
