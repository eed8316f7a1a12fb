"""Networks made of namespaces: a client, a router, and a device that answers for whole networks."""

from __future__ import annotations

import ctypes
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

T = TypeVar("T")
CLIENT = "10.77.1.2"
ROUTER = "10.77.1.1"
_FAR_ROUTER = "10.77.9.1"
_FAR_DEVICE = "10.77.9.10"
_CLONE_NEWNET = 0x40000000
_PATIENCE_S = 20
_numbers = itertools.count()

needs_lab = [
    pytest.mark.root,
    pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux"),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root for network namespaces"),
    pytest.mark.skipif(not (shutil.which("ip") and shutil.which("nft")), reason="needs ip and nft"),
]


def command(*words: str) -> None:
    """Run *words* to their end; what they complain of goes into the error."""
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=_PATIENCE_S)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")


class Namespace:
    """A network namespace and one thread that lives in it; gone when *stack* unwinds."""

    def __init__(self, stack: ExitStack) -> None:
        self.name = f"p502-{os.getpid()}-{next(_numbers)}"
        command("ip", "netns", "add", self.name)
        stack.callback(command, "ip", "netns", "del", self.name)
        self.threads = stack.enter_context(ThreadPoolExecutor(1, initializer=self._enter))
        self.run("ip", "link", "set", "lo", "up")

    def _enter(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        with Path("/run/netns", self.name).open() as namespace:
            if libc.setns(namespace.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")

    def do(self, act: Callable[[], T]) -> T:
        """What *act* returns when done inside; a socket it makes stays inside."""
        return self.threads.submit(act).result(timeout=_PATIENCE_S)

    def inside(self, *words: str) -> list[str]:
        """The command line that runs *words* inside."""
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, *words: str) -> None:
        """Run *words* inside, to their end."""
        command(*self.inside(*words))

    def rules(self, hook: str, *rules: str) -> None:
        """Add nft *rules* to a chain at *hook*: input, forward or output."""
        self.run("nft", "add", "table", "ip", "lab")
        self.run("nft", "add", "chain", "ip", "lab", hook, f"{{ type filter hook {hook} priority 0; }}")
        for rule in rules:
            self.run("nft", "add", "rule", "ip", "lab", hook, rule)


class Lab:
    """The client at 10.77.1.2, its router, and behind that the device that answers for *networks*."""

    def __init__(self, stack: ExitStack, networks: Iterable[str]) -> None:
        self._stack = stack
        self.client, self.router, self.device = (Namespace(stack) for _ in range(3))
        wire(self.client, f"{CLIENT}/24", self.router, f"{ROUTER}/24")
        wire(self.router, f"{_FAR_ROUTER}/24", self.device, f"{_FAR_DEVICE}/24")
        self.router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.device.run("ip", "route", "add", "default", "via", _FAR_ROUTER)
        for network in networks:
            self.client.run("ip", "route", "add", network, "via", ROUTER)
            self.router.run("ip", "route", "add", network, "via", _FAR_DEVICE)
            self.device.run("ip", "route", "add", "local", network, "dev", "lo")

    def serve(self, *services: str) -> None:
        """Let the device serve until the lab ends, each as `address:port:manner` of `tests.lab.device`."""
        words = self.device.inside(sys.executable, "-m", "tests.lab.device", *services)
        server = subprocess.Popen(words, stdout=subprocess.PIPE)
        self._stack.callback(server.wait, _PATIENCE_S)
        self._stack.callback(server.terminate)
        assert server.stdout is not None
        self._stack.callback(server.stdout.close)
        assert server.stdout.readline() == b"ready\n"

    def scan(self, *words: str, wait_s: float = 50.0) -> list[dict[str, Any]]:
        """What `port502 scan --json` prints in the client's place."""
        done = subprocess.run(
            self.client.inside(sys.executable, "-m", "tui", "scan", *words, "--json"),
            check=False,
            capture_output=True,
            timeout=wait_s,
            env=os.environ | {"XDG_CONFIG_HOME": os.devnull},
        )
        assert not done.stderr, done.stderr.decode()
        return [json.loads(line) for line in done.stdout.splitlines()]


def wire(one: Namespace, address: str, other: Namespace, other_address: str) -> None:
    """Join two namespaces; each names its end after its own address."""
    ends = ((one, address), (other, other_address))
    names = [_interface(address), _interface(other_address)]
    command(
        "ip", "link", "add", names[0], "netns", one.name, "type", "veth",
        "peer", "name", names[1], "netns", other.name,
    )  # fmt: skip
    for (namespace, own), name in zip(ends, names, strict=True):
        namespace.run("ip", "address", "add", own, "dev", name)
        namespace.run("ip", "link", "set", name, "up")


def _interface(address: str) -> str:
    return "eth" + address.split(".")[2]


@contextmanager
def network(*networks: str) -> Iterator[Lab]:
    """A lab in which a device answers for every address of *networks*; nothing of it is left afterwards."""
    with ExitStack() as stack:
        yield Lab(stack, networks or ("10.77.2.0/24",))
