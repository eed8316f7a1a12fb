"""The plant of that minute: a switch that listens, three hosts of clients, and a device of five addresses.

```
 a .1 ─┐
 b .2 ─┤ switch ── device .11 .12 .13 .14 .15
 c .3 ─┘
```
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final, NamedTuple

from tests.lab.net import Namespace, command
from tests.lab.verdict.plant import ROOT, Child
from tui.records import Target
from tui.vantages.inet_diag import InetDiag

PORT: Final = 502
_NETWORK: Final = f"10.94.{os.getpid() % 256}"  # one of its own: a monitor may look into every namespace
DEVICE_PORT: Final = "device"
"""The switch's port towards the device."""
_READY_S: Final = 10.0
_TAKEN: Final = frozenset({"ESTABLISHED", "CLOSE_WAIT"})
"""States at the device's end that take a slot; a handshake under way (SYN_RECV) does not yet."""


class Form(NamedTuple):
    """One limited device: its address, its limit, and what it does with one connection more."""

    address: str
    limit: int
    manner: str
    """Of `tests.lab.verdict.servers`."""
    slots: int
    """Of that server; where the kernel sets the limit, more."""

    @property
    def target(self) -> Target:
        """What the pane calls it."""
        return Target(self.address, PORT)


DEVICES: Final = {
    "refuses": Form(f"{_NETWORK}.11", 3, "refuses", 3),
    "drops": Form(f"{_NETWORK}.12", 3, "closes", 64),
    "closes": Form(f"{_NETWORK}.13", 2, "closes", 2),
    "mutes": Form(f"{_NETWORK}.14", 2, "mutes", 2),
    "evicts": Form(f"{_NETWORK}.15", 4, "evicts", 4),
}
"""By what happens to one connection more than the limit."""
HOSTS: Final = {"a": f"{_NETWORK}.1", "b": f"{_NETWORK}.2", "c": f"{_NETWORK}.3"}

Ends = frozenset[tuple[str, int]]
"""Client addresses and ports."""


class Host:
    """A host of clients, and the process in it that starts and ends their programs."""

    def __init__(self, stack: ExitStack) -> None:
        self.namespace = Namespace(stack)
        words = self.namespace.inside(sys.executable, "-m", "tests.lab.holders.clients")
        self._programs = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
        stack.callback(self._stop)
        self._ready()

    def tell(self, *words: str) -> None:
        """Have its programs do something, and wait until it is done."""
        assert self._programs.stdin is not None
        self._programs.stdin.write(f"{' '.join(words)}\n".encode())
        self._programs.stdin.flush()
        self._ready()

    def _ready(self) -> None:
        assert self._programs.stdout is not None
        readable, _, _ = select.select([self._programs.stdout], [], [], _READY_S)
        if not readable or self._programs.stdout.readline() != b"ready\n":
            raise RuntimeError("the programs of a host do not answer")

    def _stop(self) -> None:
        try:
            self._programs.communicate(timeout=_READY_S)
        except subprocess.TimeoutExpired:
            self._programs.kill()
            self._programs.communicate()


class Site:
    """All of it, as long as *stack* stands."""

    def __init__(self, stack: ExitStack, *, routed: bool) -> None:
        self.switch, self.device = Namespace(stack), Namespace(stack)
        self._routed = routed
        if routed:
            self.switch.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.default.proxy_arp=1")
            self.switch.rules("forward", "ct state new,established,related accept")
        else:
            self.switch.run("ip", "link", "add", "lan", "type", "bridge", "forward_delay", "0")
            self.switch.run("ip", "link", "set", "lan", "up")
        self.hosts = {name: Host(stack) for name in HOSTS}
        for name, host in self.hosts.items():
            self._plug(name, host.namespace, HOSTS[name])
        self._plug(DEVICE_PORT, self.device, *(form.address for form in DEVICES.values()))
        drops = DEVICES["drops"]
        self.device.rules(
            "input",
            f"ip daddr {drops.address} tcp dport {PORT} ct state new ct count over {drops.limit} drop",
        )
        for form in DEVICES.values():
            place, slots = f"{form.address}:{PORT}", f"slots={form.slots}"
            words = (sys.executable, "-m", "tests.lab.verdict.servers", form.manner, place, slots)
            Child(stack, self.device.inside(*words))
        self._table = InetDiag()

    def _plug(self, port: str, host: Namespace, *addresses: str) -> None:
        command(
            "ip", "link", "add", "eth0", "netns", host.name, "type", "veth",
            "peer", "name", port, "netns", self.switch.name,
        )  # fmt: skip
        if self._routed:
            self.switch.run("sysctl", "-qw", f"net.ipv4.neigh.{port}.proxy_delay=0")
        bridged = () if self._routed else ("master", "lan")
        self.switch.run("ip", "link", "set", "dev", port, *bridged, "up")
        for address in addresses:
            host.run("ip", "address", "add", f"{address}/24", "dev", "eth0")
            if self._routed:
                self.switch.run("ip", "route", "add", address, "dev", port)
        host.run("ip", "link", "set", "eth0", "up")

    def truth(self) -> dict[Target, Ends]:
        """Who takes a slot of each device, by the device's own kernel."""
        entries = self.device.do(lambda: self._table.read(frozenset({PORT})))
        taken = [entry.ends for entry in entries if entry.state in _TAKEN]
        return {
            form.target: frozenset((ends[2], ends[3]) for ends in taken if ends[0] == form.address)
            for form in DEVICES.values()
        }


@contextmanager
def site(*, routed: bool = False) -> Iterator[Site]:
    """The plant with nobody connected; nothing of it is left afterwards.

    *routed*: the switch forwards as a router that answers ARP for all, and tracks the connections.
    """
    with ExitStack() as stack:
        yield Site(stack, routed=routed)
