"""Where the forty stand: a network namespace of their own, whose kernel counts their connections."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from tests.lab.forty.every import EVERY
from tests.lab.forty.truth import PORT, address
from tests.lab.net import Namespace
from tests.lab.verdict.needs import MISSING
from tests.lab.verdict.plant import Child

_COUNT: Final = (
    ("add", "table", "ip", "forty"),
    ("add", "set", "ip", "forty", "taken", "{ type ipv4_addr; flags dynamic; counter; }"),
    ("add", "chain", "ip", "forty", "out", "{ type filter hook output priority 0; }"),
    (
        "add", "rule", "ip", "forty", "out", "tcp", "sport", str(PORT), "tcp", "flags", "&", "(syn|ack)",
        "==", "syn|ack", "add", "@taken", "{ ip saddr }",
    ),
)  # fmt: skip
_RUN_S: Final = 120.0


class Site:
    """The devices of those *numbers*, as long as *stack* stands."""

    def __init__(self, stack: ExitStack, numbers: Sequence[int]) -> None:
        self.numbers = numbers
        self._inside = Namespace(stack)
        for words in _COUNT:
            self._inside.run("nft", *words)
        Child(
            stack,
            self._inside.inside(sys.executable, "-m", "tests.lab.forty", *map(str, numbers)),
        )

    @property
    def addresses(self) -> list[str]:
        """Where they stand."""
        return [address(number) for number in self.numbers]

    def run(self, *words: str, wait_s: float = _RUN_S) -> subprocess.CompletedProcess[str]:
        """*words* run beside the devices, to their end."""
        return subprocess.run(
            self._inside.inside(*words),
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=wait_s,
            env=os.environ | {"XDG_CONFIG_HOME": os.devnull},
        )

    def scan(self, *words: str, wait_s: float = _RUN_S) -> dict[str, dict[str, Any]]:
        """What `port502 scan --json` prints of them, by address."""
        done = self.run(sys.executable, "-m", "tui", "scan", *words, "--json", *self.addresses, wait_s=wait_s)
        if done.stderr:
            raise RuntimeError(done.stderr)
        return {(found := json.loads(line))["address"]: found for line in done.stdout.splitlines()}

    def counted(self, act: Callable[[], object]) -> dict[str, int]:
        """Connections that each device took while *act* ran."""
        self._inside.run("nft", "flush", "set", "ip", "forty", "taken")
        act()
        told = self.run("nft", "-j", "list", "set", "ip", "forty", "taken").stdout
        taken = dict.fromkeys(self.addresses, 0)
        for entry in json.loads(told)["nftables"]:
            for element in entry.get("set", {}).get("elem", ()):
                taken[element["elem"]["val"]] = element["elem"]["counter"]["packets"]
        return taken


def present() -> list[int]:
    """Numbers of those that this machine can make."""
    return [number for number, made in enumerate(EVERY) if not MISSING[made.needs]()]


@contextmanager
def forty(numbers: Sequence[int] | None = None) -> Iterator[Site]:
    """Those of *numbers*, or all that this machine can make; nothing of them is left afterwards."""
    with ExitStack() as stack:
        yield Site(stack, present() if numbers is None else numbers)
