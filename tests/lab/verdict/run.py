"""Run `port502 check` in the client's place, and count on the wire what it did."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

from tests.lab.capture import RST, Segment
from tests.lab.verdict.plant import ROOT, Plant, plant
from tests.lab.verdict.scenario import Scenario
from tests.lab.verdict.wire import listening

LIMIT_S: Final = 25.0
JOBS: Final = 8  # two processors are enough: most of a run is waiting
_NOBODY: Final = 65534
_TOLD: Final = 400


class Who(NamedTuple):
    """Who runs the command."""

    name: str
    words: tuple[str, ...] = ()
    """What runs before it and takes its privileges."""
    echo: str = "1 0"
    """Groups that may use ICMP sockets: net.ipv4.ping_group_range."""

    @property
    def privileged(self) -> bool:
        """Whether it may capture."""
        return not self.words


_DROP: Final = (
    "setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups",
    "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs",
)  # fmt: skip
SUPER: Final = Who("root")
USER: Final = Who("user", _DROP, "0 2147483647")
USER_WITHOUT_ECHO: Final = Who("user without echo", _DROP)
"""The default of the kernel, which most distributions widen."""


class Verdict(NamedTuple):
    """What the command said."""

    cause: str
    form: str
    certainty: str
    others: tuple[str, ...]
    connections: int
    seconds: float

    @property
    def named(self) -> set[str]:
        """Every cause it spoke of."""
        return {self.cause, *self.others}


class Outcome(NamedTuple):
    """One run: what was said, and what was counted independently of it."""

    scenario: Scenario
    who: Who
    verdict: Verdict | None
    failure: str
    """Why there is no verdict."""
    exit_code: int | None
    seconds: float
    """From the start of the process to its end."""
    connections: int
    """To the target's address and port, by distinct source port; `cost` of the command counts these."""
    elsewhere: int
    """Connections to any other port or address."""
    resets: int
    """Connections that the command ended by RST."""
    said: str
    """Its whole output."""


def run(scenario: Scenario, who: Who = SUPER) -> Outcome:
    """Make the plant, run the command once, take the plant away; a plant that fails is an outcome too."""
    try:
        return _run(scenario, who)
    except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
        return Outcome(scenario, who, None, f"no plant: {error}", None, 0.0, 0, 0, 0, "")


def _run(scenario: Scenario, who: Who) -> Outcome:
    with plant() as made:
        for act in scenario.setup:
            act(made)
        made.sysctl("client", f"net.ipv4.ping_group_range={who.echo}")
        with listening(made.hosts["client"]) as capture:
            begin = time.monotonic()
            code, said, complaint = _command(made, scenario, who)
            seconds = time.monotonic() - begin
            segments = capture.segments()
    verdict, failure = _verdict(said, complaint)
    here, elsewhere, resets = _counts(segments, scenario.dialled)
    return Outcome(
        scenario, who, verdict, failure, code, seconds, here, elsewhere, resets, f"{said}{complaint}"
    )


def every(asked: Iterable[tuple[Scenario, Who]], jobs: int = JOBS) -> Iterator[Outcome]:
    """The outcome of each, in order, *jobs* side by side; ended early, it waits for those under way."""
    with ThreadPoolExecutor(jobs) as pool:
        under_way = [pool.submit(run, scenario, who) for scenario, who in asked]
        try:
            for future in under_way:
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _command(made: Plant, scenario: Scenario, who: Who) -> tuple[int | None, str, str]:
    """Exit code, output and complaint; no code where it was still running at the limit."""
    check = (sys.executable, "-m", "tui", "check", scenario.target, *scenario.arguments, "--json")
    with tempfile.TemporaryDirectory(prefix="p502-home-") as home:
        Path(home).chmod(0o777)
        environment = os.environ | {
            "HOME": home,
            "XDG_CONFIG_HOME": os.devnull,
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        with subprocess.Popen(
            made.hosts["client"].inside(*who.words, *check),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env=environment,
        ) as process:
            code: int | None
            try:
                said, complaint = process.communicate(timeout=LIMIT_S)
                code = process.returncode
            except subprocess.TimeoutExpired:
                process.kill()
                said, complaint = process.communicate()
                code = None
    return code, said.decode("utf-8", "replace"), complaint.decode("utf-8", "replace")


def _verdict(said: str, complaint: str) -> tuple[Verdict | None, str]:
    """The verdict, or why there is none."""
    try:
        told = json.loads(said)
        verdict, cost = told["verdict"], told["cost"]
        found = Verdict(
            verdict["cause"],
            verdict.get("form") or "",
            verdict["certainty"],
            tuple(verdict["could_also_be"]),
            cost["connections"],
            cost["seconds"],
        )
    except (ValueError, KeyError, TypeError) as error:
        return None, f"no verdict: {error!r}: {(complaint or said).strip()[-_TOLD:]}"
    # A complaint beside a verdict would end in somebody's log.
    return found, f"complains: {complaint.strip()[-_TOLD:]}" if complaint else ""


def _counts(segments: list[Segment], target: tuple[str, int]) -> tuple[int, int, int]:
    """Connections to the target, connections elsewhere, and those of both that we reset."""
    opened = {(s.device, s.port, s.own) for s in segments if s.opens}
    here = sum((device, port) == target for device, port, _ in opened)
    reset = {(s.device, s.port, s.own) for s in segments if s.sent and s.flags & RST}
    return here, len(opened) - here, len(reset & opened)
