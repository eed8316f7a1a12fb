"""Putting one question from the client's place, as root or as a user without any privilege."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from typing import Any, TypeVar

import pytest

from tests.lab.net import Namespace, command
from tests.waiting import eventually
from tui.probes.echo import echo

T = TypeVar("T")
_PATIENCE_S = 20
_NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")


def asked(namespace: Namespace, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What *ask* comes to inside."""
    return namespace.do(lambda: asyncio.run(ask()))


def asked_by_nobody(namespace: Namespace, module: str, question: str) -> Any:
    """What *question*, an expression with names of *module*, comes to for an ordinary user, as JSON."""
    code = (
        f"import asyncio, json; from {module} import *; from tui.records import Target; "
        f"print(json.dumps(asyncio.run({question})))"
    )
    if subprocess.run([*_NOBODY, sys.executable, "-c", f"import {module}"], check=False).returncode:
        pytest.skip("an ordinary user may not read this checkout")
    done = subprocess.run(
        namespace.inside(*_NOBODY, sys.executable, "-c", code),
        check=False,
        capture_output=True,
        timeout=_PATIENCE_S,
    )
    assert not done.stderr, done.stderr.decode()
    return json.loads(done.stdout)


class Chain:
    """A client, routers one behind the other, and a device that answers for 10.77.2.0/24 and fd77:2::/64.

    The routers are 10.77.101.1, 10.77.102.1 and so on towards the client; fd77:101::1 likewise.
    """

    def __init__(self, stack: ExitStack, routers: int) -> None:
        self.client, self.device = Namespace(stack), Namespace(stack)
        self.routers = [Namespace(stack) for _ in range(routers)]
        hosts = [self.client, *self.routers, self.device]
        for host in hosts:
            # Duplicate detection would keep link addresses, and with them neighbours, back for seconds.
            host.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0")
        for number, (near, far) in enumerate(itertools.pairwise(hosts), 101):
            _join(near, far, number)
            near.run("ip", "route", "add", "10.77.2.0/24", "via", f"10.77.{number}.1")
            near.run("ip", "route", "add", "fd77:2::/64", "via", f"fd77:{number}::1")
            if far is not self.routers[0]:
                far.run("ip", "route", "add", "10.77.101.0/24", "via", f"10.77.{number}.2")
                far.run("ip", "route", "add", "fd77:101::/64", "via", f"fd77:{number}::2")
        for router in self.routers:
            router.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
            router.run("sysctl", "-qw", "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0")
        self.device.run("ip", "route", "add", "local", "10.77.2.0/24", "dev", "lo")
        self.device.run("ip", "route", "add", "local", "fd77:2::/64", "dev", "lo")
        # A new link is not used for IPv6 until the kernel has looked at it, within a second.
        eventually(
            lambda: self._answers("fd77:2::fe") and self._answers("10.77.2.254"), "a network that carries"
        )

    def _answers(self, address: str) -> bool:
        return asked(self.client, lambda: echo(address, wait_s=0.1, tries=1)).answers


def _join(near: Namespace, far: Namespace, number: int) -> None:
    command(
        "ip", "link", "add", "far", "netns", near.name, "type", "veth",
        "peer", "name", "near", "netns", far.name,
    )  # fmt: skip
    for namespace, name, host in ((near, "far", 2), (far, "near", 1)):
        namespace.run("ip", "address", "add", f"10.77.{number}.{host}/24", "dev", name)
        namespace.run("ip", "address", "add", f"fd77:{number}::{host}/64", "dev", name, "nodad")
        namespace.run("ip", "link", "set", name, "up")
