"""Entering another network namespace of this host, by a thread that ends afterwards."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from typing import Final, TypeAlias, TypeVar

_NET: Final = 0x40000000  # CLONE_NEWNET in linux/sched.h

_T = TypeVar("_T")
Identity: TypeAlias = tuple[int, int]
"""Device and inode of a namespace: the same wherever it is seen."""


def apart(act: Callable[[], _T], seconds: float) -> _T:
    """What *act* returns when done by a thread of its own, the only one whose namespace it changes.

    Raises:
        TimeoutError: it takes longer than *seconds*; the thread is left to end by itself.
    """
    results: list[_T] = []
    faults: list[BaseException] = []

    def run() -> None:
        try:
            results.append(act())
        except BaseException as fault:  # noqa: BLE001 - raised again in the thread that waits
            faults.append(fault)

    # A thread that has entered never comes back: no other work may find itself there.
    thread = threading.Thread(target=run, name="in another namespace", daemon=True)
    thread.start()
    thread.join(seconds)
    if faults:
        raise faults[0]
    if not results:
        raise TimeoutError(f"no answer from there within {seconds:g} s")
    return results[0]


def enter(path: str, identity: Identity | None = None) -> bool:
    """Move this thread into the namespace behind *path*; False where that has gone or is another by now.

    Raises:
        OSError: not permitted.
    """
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns came with Python 3.12
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, ProcessLookupError):
        return False
    try:
        opened = os.fstat(descriptor)
        if identity is not None and (opened.st_dev, opened.st_ino) != identity:
            return False
        if libc.setns(descriptor, _NET):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(descriptor)
    return True
