"""What `port502 scan` prints: a table for people, or JSON Lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from tui.cli.identity_print import identity_json, suits_json, what_it_is
from tui.device_events import Identified, UnitAnswered, UnitsSeen
from tui.event import Event
from tui.events import Probed, SweepEnded, SweepProgress
from tui.records import KnownDevice, ProbeState, Target

_TROUBLE: Final = frozenset({6, 10, 11})  # busy, gateway without path, gateway with a silent target
_QUIET: Final = frozenset({"timeout", "no-neighbour", "host-unreachable", "net-unreachable", "prohibited"})
_LISTED: Final = 12  # unit ids named in one line
_GROUPS: Final = (
    ("answer", frozenset({"answers", "other-unit"})),
    ("give an exception", frozenset({"exception"})),
    ("silent behind it", frozenset({"target-silent"})),
    ("no way to", frozenset({"path"})),
)


class Printer:
    """Takes what a sweep tells; what is learnt of a device comes before its outcome."""

    def __init__(self) -> None:
        self.states: dict[Target, ProbeState] = {}
        self.doubtful = False
        """Something is open and gives no Modbus answer, or a gateway answers for a device that does not."""
        self._identities: dict[Target, Identified] = {}
        self._units: dict[Target, UnitsSeen] = {}

    def print(self, event: Event) -> None:
        """Print *event*, or keep it for its device's line."""
        if isinstance(event, Identified):
            self._identities[event.target] = event
        elif isinstance(event, UnitsSeen):
            self._units[event.target] = event
        elif isinstance(event, Probed):
            self.states[event.target] = event.state
            self.doubtful |= event.state == "open" or event.exception in _TROUBLE
            self.outcome(event, self._identities.pop(event.target, None), self._units.pop(event.target, None))

    def outcome(self, event: Probed, identity: Identified | None, units: UnitsSeen | None) -> None:
        """Print one device."""
        raise NotImplementedError

    def end(self) -> None:
        """The sweep is over."""
        sys.stdout.flush()


class JsonLines(Printer):
    """One object a line, as soon as it is known."""

    def __init__(self, known: Mapping[Target, KnownDevice]) -> None:
        super().__init__()
        self._known = known

    def outcome(self, event: Probed, identity: Identified | None, units: UnitsSeen | None) -> None:
        """The fields are a contract, to be added to only."""
        line = {
            "address": event.address,
            "port": event.port,
            "state": event.state,
            "ms": event.ms,
            "from": event.sender,
            "detail": event.detail,
            "device": self._device(event.target, identity, units),
            "answer_ms": event.answer_ms,
            "unit": event.unit,
            "exception": event.exception,
            "raw": event.raw,
        }
        print(json.dumps(line), flush=True)

    def _device(
        self, target: Target, identity: Identified | None, units: UnitsSeen | None
    ) -> dict[str, Any] | None:
        device = self._known.get(target)
        named = device is not None and bool(device.name or device.product)
        if not named and identity is None and units is None:
            return None
        told: dict[str, Any] = {
            "name": device.name if device else "",
            "product": (device.product or None) if device else None,
            "limit": device.limit if device else None,
        }
        if identity is not None or units is not None:
            told["identity"] = identity_json(identity)
            told["suits"] = suits_json(identity)
            told["judgement"] = units.judgement if units is not None else None
            told["units"] = [_unit(one) for one in units.units] if units is not None else []
        return told


def _unit(one: UnitAnswered) -> dict[str, Any]:
    return {"unit": one.unit, "face": one.face, "detail": one.detail, "said": one.said}


class Table(Printer):
    """A line for each address that spoke, progress on stderr, and the counts at the end."""

    def __init__(self, *, everything: bool, known: Collection[Target]) -> None:
        super().__init__()
        self._everything = everything
        self._known = known
        self._progress = sys.stderr.isatty()
        self._ended: SweepEnded | None = None

    def print(self, event: Event) -> None:
        """Print *event*, or keep it."""
        super().print(event)
        if isinstance(event, SweepProgress) and self._progress:
            left = f", {event.left_s:.0f} s left" if event.left_s is not None else ""
            print(f"\r\x1b[K{event.done}/{event.total}  {event.rate:.0f}/s{left}", end="", file=sys.stderr)
        elif isinstance(event, SweepEnded):
            self._ended = event

    def outcome(self, event: Probed, identity: Identified | None, units: UnitsSeen | None) -> None:
        """A line, and below it what is known of the device."""
        if event.state in _QUIET and not self._everything and event.target not in self._known:
            return
        if self._progress:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        ms = f"{event.ms:8.1f} ms" if event.ms is not None else " " * 11
        print(f"{event.target!s:<22} {event.state:<16} {ms}  {event.detail}", flush=True)
        for line in (*what_it_is(identity), *_which(units)):
            print(f"{'':<22} {line}", flush=True)

    def end(self) -> None:
        """Print the counts."""
        if self._progress:
            print("\r\x1b[K", end="", file=sys.stderr)
        if self._ended is not None:
            counts = ", ".join(f"{count} {state}" for state, count in sorted(self._ended.counts.items()))
            print(f"{counts or 'nothing asked'} in {self._ended.took_s:.1f} s")
        super().end()


def _which(units: UnitsSeen | None) -> Iterator[str]:
    if units is None:
        return
    if units.judgement == "ignores-unit":
        yield "answers whatever the unit id says"
        return
    groups = []
    for words, faces in _GROUPS:
        ids = sorted(one.unit for one in units.units if one.face in faces)
        if ids:
            more = f" and {len(ids) - _LISTED} more" if len(ids) > _LISTED else ""
            groups.append(f"{words}: {', '.join(map(str, ids[:_LISTED]))}{more}")
    if groups:
        yield f"{'gateway; ' if units.judgement == 'gateway' else ''}unit ids that {'; '.join(groups)}"
    for one in units.units:
        if one.said:
            yield f"unit {one.unit}: {one.said}"
