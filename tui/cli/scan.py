"""`port502 scan`: one sweep, printed as a table or as JSON Lines."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Final

from tui import limits
from tui.cli import given
from tui.cli.failure import FAULT, FINE, WARNING, Failure
from tui.clock import SystemClock
from tui.event import Event
from tui.events import Probed, SweepEnded, SweepProgress
from tui.probes.pace import Pace
from tui.probes.targets import Plan
from tui.records import KnownDevice, ProbeState, Target
from tui.state.model import REACHED
from tui.workers.sweep import Sweep

_TROUBLE: Final = frozenset({6, 10, 11})  # busy, gateway without path, gateway with a silent target
_QUIET: Final = frozenset({"timeout", "no-neighbour", "host-unreachable", "net-unreachable", "prohibited"})


def run(arguments: argparse.Namespace) -> int:
    """Sweep once and print; 1 where an answer is not good, 2 where a named host is not reached."""
    settings = given.settings(arguments)
    plan = given.plan(settings)
    if not len(plan):
        raise Failure("no address to scan; name one, such as: port502 scan 10.0.0.0/24")
    _agree(plan, settings.pace, yes=arguments.yes)
    known = {Target(device.address, device.port): device for device in given.known(settings)}
    clock = SystemClock()
    sweep = Sweep(
        plan,
        Pace(limits.PACE[settings.pace], clock),
        clock,
        interval=None,
        units={target: device.unit for target, device in known.items()},
        unit=settings.unit,
    )
    printer = _Json(known) if arguments.json else _Table(everything=arguments.all, known=set(known))
    try:
        asyncio.run(sweep.run(printer.print))
    except ExceptionGroup as group:
        error = group.exceptions[0]
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        # Output that cannot be written is the reader's end or a full disk, not a fault of the sweep.
        raise error from group
    finally:
        printer.end()
    if any(state not in REACHED for target, state in printer.states.items() if target in known):
        return FAULT
    return WARNING if printer.doubtful else FINE


def _agree(plan: Plan, pace: str, *, yes: bool) -> None:
    """Ask before a large network is swept."""
    if plan.hosts <= limits.CONFIRM_HOSTS or yes:
        return
    size = (
        f"{plan.hosts:,} hosts, at least {len(plan):,} connections, about {given.minutes(plan, pace)} "
        f"at {limits.PACE[pace]:g} a second"
    )
    if not sys.stdin.isatty():
        raise Failure(f"{size}: add --yes to sweep that much")
    print(f"{size}. Sweep it? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Failure("not swept")


class _Printer:
    def __init__(self) -> None:
        self.states: dict[Target, ProbeState] = {}
        self.doubtful = False
        """Something is open and gives no Modbus answer, or a gateway answers for a device that does not."""

    def print(self, event: Event) -> None:
        if isinstance(event, Probed):
            self.states[event.target] = event.state
            self.doubtful |= event.state == "open" or event.exception in _TROUBLE
            self.outcome(event)

    def outcome(self, event: Probed) -> None:
        raise NotImplementedError

    def end(self) -> None:
        sys.stdout.flush()


class _Json(_Printer):
    """One object a line, as soon as it is known."""

    def __init__(self, known: Mapping[Target, KnownDevice]) -> None:
        super().__init__()
        self._known = known

    def _device(self, target: Target) -> dict[str, object] | None:
        device = self._known.get(target)
        if device is None or not (device.name or device.product):
            return None
        return {"name": device.name, "product": device.product or None, "limit": device.limit}

    def outcome(self, event: Probed) -> None:
        print(
            json.dumps(
                {
                    "address": event.address,
                    "port": event.port,
                    "state": event.state,
                    "ms": event.ms,
                    "from": event.sender,
                    "detail": event.detail,
                    "device": self._device(event.target),
                    "answer_ms": event.answer_ms,
                    "unit": event.unit,
                    "exception": event.exception,
                    "raw": event.raw,
                }
            ),
            flush=True,
        )


class _Table(_Printer):
    """A line for each address that spoke, progress on stderr, and the counts at the end."""

    def __init__(self, *, everything: bool, known: set[Target]) -> None:
        super().__init__()
        self._everything = everything
        self._known = known
        self._progress = sys.stderr.isatty()
        self._ended: SweepEnded | None = None

    def print(self, event: Event) -> None:
        super().print(event)
        if isinstance(event, SweepProgress) and self._progress:
            left = f", {event.left_s:.0f} s left" if event.left_s is not None else ""
            print(f"\r\x1b[K{event.done}/{event.total}  {event.rate:.0f}/s{left}", end="", file=sys.stderr)
        elif isinstance(event, SweepEnded):
            self._ended = event

    def outcome(self, event: Probed) -> None:
        if event.state in _QUIET and not self._everything and event.target not in self._known:
            return
        if self._progress:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        ms = f"{event.ms:8.1f} ms" if event.ms is not None else " " * 11
        print(f"{event.target!s:<22} {event.state:<16} {ms}  {event.detail}", flush=True)

    def end(self) -> None:
        if self._progress:
            print("\r\x1b[K", end="", file=sys.stderr)
        if self._ended is not None:
            counts = ", ".join(f"{count} {state}" for state, count in sorted(self._ended.counts.items()))
            print(f"{counts or 'nothing asked'} in {self._ended.took_s:.1f} s")
        super().end()
