"""How long a sweep takes beside nmap, in a network of its own: `python -m tests.bench.sweep` (as root)."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from tests.bench.table import Row, show
from tests.lab.net import Lab, network

SMALL, MEDIUM, LARGE = "10.80.0.0/24", "10.80.0.0/20", "10.80.0.0/16"
RUNS: Final = 20
_OPEN, _REFUSED, _DROPPED = 1, 2, 0  # last octet modulo 3
PATIENT: Final = ("--min-rtt-timeout", "650ms", "--max-retries", "1")
"""Two questions in 1.3 s, as ours: enough for a device whose SYN-ACK takes half a second."""

State = Literal["answers", "refused", "timeout"]
_STATES: Final[dict[int, State]] = {_OPEN: "answers", _REFUSED: "refused", _DROPPED: "timeout"}


class Run(NamedTuple):
    """One scan: wall seconds and how often each state was found."""

    seconds: float
    found: dict[str, int]


def mixed(lab: Lab) -> None:
    """A third of the addresses answers, a third refuses, a third is dropped."""
    lab.serve("0.0.0.0:502:answers")
    for kind, verdict in ((_REFUSED, "reject with tcp reset"), (_DROPPED, "drop")):
        last = ", ".join(f"0.0.0.{number}" for number in range(256) if number % 3 == kind)
        lab.device.rules("input", f"tcp dport 502 ip daddr & 0.0.0.255 {{ {last} }} {verdict}")


def truth(addresses: list[str]) -> bool:
    """Whether `state address` lines are what the lab was made to do."""
    return all(line.split()[0] == _STATES[int(line.rpartition(".")[2]) % 3] for line in addresses)


def ours(lab: Lab, net: str) -> Run:
    """The whole process, its findings checked one by one."""
    begin = time.perf_counter()
    outcomes = lab.scan(net, "--pace", "fast", "--yes", wait_s=300)
    seconds = time.perf_counter() - begin
    assert truth([f"{outcome['state']} {outcome['address']}" for outcome in outcomes]), "a wrong finding"
    return Run(seconds, Counter(outcome["state"] for outcome in outcomes))


def nmap(lab: Lab, net: str, *how: str) -> Run:
    """The same question, asked by nmap."""
    words = lab.client.inside("nmap", *how, "-n", "-Pn", "-p502", net)
    begin = time.perf_counter()
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=300)
    seconds = time.perf_counter() - begin
    return Run(seconds, {"answers": done.stdout.count("502/tcp open")})


def beside(
    what: str, ours_run: Callable[[], Run], others: dict[str, Callable[[], Run]], runs: int
) -> list[Row]:
    """Alternate runs of ours and of each other; medians."""
    taken: dict[str, list[Run]] = {name: [] for name in ("ours", *others)}
    for _ in range(runs):
        for name, act in {"ours": ours_run, **others}.items():
            taken[name].append(act())
    mine, found = taken["ours"], taken["ours"][0].found
    assert all(run.found == found for run in mine), "two runs of ours differ"
    assert all(run.found["answers"] <= found["answers"] for runs_ in taken.values() for run in runs_), (
        "missed"
    )
    median = {name: statistics.median(run.seconds for run in runs_) for name, runs_ in taken.items()}
    return [
        Row(
            f"{what}, {runs} runs",
            f"{median['ours']:.2f} s",
            f"{name} {median[name]:.2f} s",
            median[name] / median["ours"],
            ">= 1x" if "-sT" in name else ">= 2x",
        )
        for name in others
    ]


def memory(lab: Lab, net: str) -> Row:
    """Peak resident memory of one sweep, as the kernel counted it."""
    words = lab.client.inside(sys.executable, "-m", "tui", "scan", net, "--pace", "fast", "--yes", "--json")
    begin = time.perf_counter()
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, env=os.environ | {"XDG_CONFIG_HOME": os.devnull}
    ) as scan:
        assert scan.stdout is not None
        told = Counter(json.loads(line)["state"] for line in scan.stdout)
        _, _, usage = os.wait4(scan.pid, 0)
        scan.returncode = 0
    seconds = time.perf_counter() - begin
    counts = ", ".join(f"{count} {state}" for state, count in sorted(told.items()))
    return Row(f"{net} in {seconds:.0f} s: {counts}", f"{usage.ru_maxrss / 1024:.0f} MB", "", None, "")


def run() -> list[Row]:
    """Measure in a network of namespaces."""
    if os.geteuid() or not all(map(shutil.which, ("ip", "nft", "nmap"))):
        sys.exit("needs root, ip, nft and nmap")
    with network(LARGE) as lab:
        mixed(lab)
        rows = beside(
            f"{SMALL} fast",
            lambda: ours(lab, SMALL),
            {
                "nmap -sT": lambda: nmap(lab, SMALL, "-sT"),
                "nmap -sT as patient": lambda: nmap(lab, SMALL, "-sT", *PATIENT),
            },
            RUNS,
        )
        rows += beside(
            f"{MEDIUM} fast",
            lambda: ours(lab, MEDIUM),
            {
                "nmap -sS": lambda: nmap(lab, MEDIUM, "-sS"),
                "nmap -sS as patient": lambda: nmap(lab, MEDIUM, "-sS", *PATIENT),
            },
            3,
        )
        return [*rows, memory(lab, LARGE)]


if __name__ == "__main__":
    show(run())
