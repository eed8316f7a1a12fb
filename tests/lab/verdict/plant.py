"""The plant of one scenario: six namespaces and all that runs in them; nothing of it is left afterwards.

```
 client 10.77.1.2 ──┐
 near   10.77.1.10 ─┤ switch ── 10.77.1.1 router 10.77.2.1 ── far 10.77.2.10
 other  10.77.1.77 ─┘
```
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from tests.lab.net import Namespace, command

CLIENT, ROUTER, NEAR, OTHER, FAR = "10.77.1.2", "10.77.1.1", "10.77.1.10", "10.77.1.77", "10.77.2.10"
NEAR_6: Final = "fd77:1::10"
ROOT: Final = Path(__file__).parents[3]
_FAR_ROUTER: Final = "10.77.2.1"
_READY_S: Final = 20.0
_STOP_S: Final = 5.0
_NETNS: Final = Path("/etc/netns")
_HOSTS: Final = f"127.0.0.1 localhost\n{NEAR} plc-near\n{FAR} plc-far\n"
_RESOLVER: Final = f"nameserver {ROUTER}\noptions timeout:1 attempts:1\n"


class Child:
    """A process in a namespace that says `ready` when it is, and again after each `go`."""

    def __init__(self, stack: ExitStack, words: list[str]) -> None:
        self._words = words
        self._errors = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack is its context
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, cwd=ROOT
        )
        stack.callback(self._stop)
        self._ready()

    def go(self) -> None:
        """Let it take its next step."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"go\n")
        self._process.stdin.flush()
        self._ready()

    def _ready(self) -> None:
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], _READY_S)
        if not readable or self._process.stdout.readline() != b"ready\n":
            self._errors.seek(0)
            told = self._errors.read().decode("utf-8", "replace").strip()
            raise RuntimeError(f"never ready: {' '.join(self._words)}: {told}")

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_STOP_S)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


class Plant:
    """All of it, as long as *stack* stands."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack
        self.hosts = {
            name: Namespace(stack) for name in ("client", "switch", "router", "near", "far", "other")
        }
        self._resolver()
        _batch(self.hosts["switch"], ["link add name lan type bridge forward_delay 0", "link set dev lan up"])
        self.join("client", f"{CLIENT}/24")
        self.join("router", f"{ROUTER}/24")
        self.join("near", f"{NEAR}/24")
        self.join("other", f"{OTHER}/24")
        self.link("router", f"{_FAR_ROUTER}/24", "far", f"{FAR}/24", interface="eth2")
        for name in ("client", "near", "other"):
            self.ip(name, f"route add default via {ROUTER}")
        self.ip("far", f"route add default via {_FAR_ROUTER}")
        for name, address in (("client", "fd77:1::2/64"), ("near", f"{NEAR_6}/64")):
            self.ip(name, f"address add {address} dev eth1 nodad")
        # Each scenario may see several ICMP errors in the same second.
        self.sysctl("router", "net.ipv4.ip_forward=1", "net.ipv4.icmp_ratelimit=0")
        for name in ("near", "far"):
            self.sysctl(name, "net.ipv4.icmp_ratelimit=0")

    def _resolver(self) -> None:
        """The client asks the router for names, who does not answer; its hosts file has two devices."""
        place = _NETNS / self.hosts["client"].name
        place.mkdir(parents=True)
        self.stack.callback(shutil.rmtree, place)
        (place / "hosts").write_text(_HOSTS)
        (place / "resolv.conf").write_text(_RESOLVER)

    def join(self, name: str, address: str) -> None:
        """Put host *name* on the switch; a new one is made."""
        if name not in self.hosts:
            self.hosts[name] = Namespace(self.stack)
        switch = self.hosts["switch"]
        _cable(self.hosts[name], "eth1", switch, name)
        _batch(switch, [f"link set dev {name} master lan", f"link set dev {name} up"])
        _batch(self.hosts[name], [f"address add {address} dev eth1", "link set dev eth1 up"])

    def link(self, one: str, address: str, other: str, other_address: str, *, interface: str) -> None:
        """Join two hosts by a wire of their own; both ends are named *interface*."""
        for name in (one, other):
            if name not in self.hosts:
                self.hosts[name] = Namespace(self.stack)
        first, second = self.hosts[one], self.hosts[other]
        _cable(first, interface, second, interface)
        for namespace, own in ((first, address), (second, other_address)):
            _batch(namespace, [f"address add {own} dev {interface}", f"link set dev {interface} up"])

    def ip(self, name: str, *lines: str) -> None:
        """Run `ip` commands in host *name*."""
        _batch(self.hosts[name], lines)

    def sysctl(self, name: str, *settings: str) -> None:
        """Set kernel parameters of host *name*."""
        self.hosts[name].run("sysctl", "-qw", *settings)

    def serve(self, name: str, manner: str, *options: str) -> Child:
        """Start a server of `tests.lab.verdict.servers` in host *name*, until the plant is gone."""
        return self._start(name, "tests.lab.verdict.servers", manner, *options)

    def use(self, name: str, manner: str, *options: str) -> Child:
        """Start a client of `tests.lab.verdict.clients` in host *name*, until the plant is gone."""
        return self._start(name, "tests.lab.verdict.clients", manner, *options)

    def _start(self, name: str, module: str, *words: str) -> Child:
        return Child(self.stack, self.hosts[name].inside(sys.executable, "-m", module, *words))


def _cable(one: Namespace, name: str, other: Namespace, other_name: str) -> None:
    command(
        "ip", "link", "add", "name", name, "netns", one.name, "type", "veth",
        "peer", "name", other_name, "netns", other.name,
    )  # fmt: skip


def _batch(namespace: Namespace, lines: Iterable[str]) -> None:
    """Several `ip` commands by one process."""
    words = ["ip", "-n", namespace.name, "-batch", "-"]
    text = "\n".join(lines) + "\n"
    done = subprocess.run(words, input=text, check=False, capture_output=True, text=True, timeout=_READY_S)
    if done.returncode:
        raise RuntimeError(f"{text.strip()}: {done.stderr.strip()}")


@contextmanager
def plant() -> Iterator[Plant]:
    """A plant in which all is well and nothing listens."""
    with ExitStack() as stack:
        yield Plant(stack)


def left_over() -> list[str]:
    """Namespaces of this process that are still there."""
    names = [*Path("/run/netns").glob(f"p502-{os.getpid()}-*"), *_NETNS.glob(f"p502-{os.getpid()}-*")]
    return sorted(path.name for path in names)
