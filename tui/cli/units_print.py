"""What `port502 units` prints: the units as a tree for people, or one JSON object."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from tui.clean import clean
from tui.ladder.site import Subject
from tui.probes.unit_faces import ITSELF, Unit, Units
from tui.records import Face, Target

_WIDTH: Final = 100
_LABEL: Final = 8
_FACES: Final[dict[Face, str]] = {
    "answers": "answers",
    "exception": "exception",
    "path": "no way to it (0A)",
    "target-silent": "target silent (0B)",
    "silent": "silent",
    "closed": "closes on it",
    "malformed": "malformed",
    "other-unit": "answers as another",
}
_ORDER: Final = tuple(_FACES)
_ENDS: Final = {
    "all": "",
    "stopped": "stopped",
    "unreachable": "no connection",
    "closes": "the device ends its connections",
    "left-open": "our connection is not known to be closed",
    "not-modbus": "it does not speak Modbus TCP",
    "let-go": "its last connection was given up for others; --even-so keeps it",
}
_CLOSED: Final = {
    "fin": "closed by FIN from both sides",
    "fin-acked": "closed by our FIN, acknowledged",
    "reset": "reset by the device",
    "unconfirmed": "closed by our FIN, not acknowledged",
}


class Report(NamedTuple):
    """One run of the command, to be printed."""

    typed: str
    target: Target
    subject: Subject
    found: Units
    seconds: float
    next_unit: int | None = None
    """The first of the range that was not asked."""
    range: str = ""
    """As typed."""


def as_json(report: Report) -> str:
    """The object that `units --json` prints; its fields are a contract, to be added to only."""
    found = report.found
    told: dict[str, Any] = {
        "target": {
            "typed": report.typed,
            "address": report.target.address,
            "port": report.target.port,
            "unit": report.subject.unit,
        },
        "judgement": found.judgement,
        "units": [
            {
                "unit": unit.unit,
                "face": unit.face,
                "code": unit.code,
                "ms": round(unit.seconds * 1000, 2),
                "detail": unit.detail or None,
            }
            for unit in sorted(found.asked)
        ],
        "ended": found.ended,
        "detail": found.detail or None,
        "complete": found.ended == "all",
        "next": report.next_unit,
        "cost": {
            "connections": found.opened,
            "requests": found.requests,
            "seconds": round(report.seconds, 2),
            "closed": dict(Counter(found.closed)),
        },
    }
    return json.dumps(told)


def progress(found: Units) -> str:
    """How far it is, in one line."""
    done, left = len(found.asked), len(found.left)
    answering = sum(unit.face == "answers" for unit in found.asked)
    time_left = f", about {_time(found.left_s)} left" if left and found.left_s is not None else ""
    return f"unit {found.asked[-1].unit}: {done} of {done + left} asked, {answering} answer{time_left}"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"  # noqa: PLR2004 - two minutes


def as_text(report: Report) -> Iterator[str]:
    """The judgement, the tree, what was not asked, and what it cost."""
    found = report.found
    subject = report.subject
    name = f" ({clean(subject.typed, 60)})" if subject.typed not in {"", report.target.address} else ""
    yield f"{report.target}{name}"
    yield ""
    yield from textwrap.wrap(f"  {_headline(found)}", _WIDTH, subsequent_indent="  ")
    if found.asked:
        yield ""
        yield from _tree(found)
    yield ""
    if found.ended != "all":
        why = _ENDS[found.ended]
        yield from _field("ended", f"{why} ({found.detail})" if found.detail else why)
    if found.left:
        go_on = f"; --range {report.range} --from {report.next_unit} goes on"
        more = go_on if report.next_unit is not None else ""
        yield from _field("left", f"{ranges(found.left)} not asked{more}")
    count = f"{found.opened} connection{'' if found.opened == 1 else 's, one after the other'}"
    ended = ", ".join(_CLOSED.get(how, how) for how in Counter(found.closed)) or "none stood"
    yield from _field("cost", f"{count}, {found.requests} requests, {report.seconds:.1f} s; {ended}")


def _headline(found: Units) -> str:
    """What it is, in a sentence or two."""
    answering = sorted(unit.unit for unit in found.asked if unit.face == "answers")
    if found.judgement == "ignores-unit":
        return (
            "One device that answers whatever the unit id says: every id gets the same. Not one device an id."
        )
    if found.judgement == "gateway":
        return _gateway(found, answering)
    if found.judgement == "single":
        itself = " (0 and 255 mean the device itself)" if ITSELF.intersection(answering) else ""
        return f"One device: unit id {ranges(answering)} answers{itself}, no other of those asked."
    if found.judgement == "several":
        words = f"{len(answering)} unit ids answer: {ranges(answering)}."
        if len(answering) == len(found.asked):
            words += " Each one asked does, with different values: so many devices, or one whose values move."
        return words
    if found.judgement == "refuses":
        return (
            "It speaks Modbus, and no unit id asked gave its register: a wrong unit id, or register 0 is not "
            "there."
        )
    return "No unit id asked was answered." if found.asked else "Nothing was asked."


def _gateway(found: Units, answering: Sequence[int]) -> str:
    """What stands behind it."""
    silent = sum(unit.face == "target-silent" for unit in found.asked)
    none = sum(unit.face == "path" for unit in found.asked)
    if not answering:
        words = "A gateway, and no unit behind it answers."
        return f"{words} The serial side may be down." if silent else f"{words} It has no way to those asked."
    words = f"A gateway: {len(answering)} unit{'' if len(answering) == 1 else 's'} behind it answer"
    words += "s" if len(answering) == 1 else ""
    if silent:
        words += f", {silent} silent (0B: no answer on the serial side, or no device of that id)"
    if none:
        words += f", {none} without a way (0A)"
    return f"{words}."


def _tree(found: Units) -> Iterator[str]:
    """The units below their address: one by one those that answer, together those that are alike."""
    gateway = found.judgement == "gateway"
    yield (
        "  gateway"
        if gateway
        else "  device"
        if found.judgement in {"ignores-unit", "single"}
        else "  address"
    )
    groups: dict[tuple[int, object], list[Unit]] = {}
    one_by_one = found.judgement != "ignores-unit"
    for unit in sorted(found.asked):
        alone = unit.face == "answers" and one_by_one
        key = unit.unit if alone else (unit.code, unit.face == "malformed" and unit.detail)
        groups.setdefault((_ORDER.index(unit.face), key), []).append(unit)
    branches = sorted(groups.values(), key=lambda group: (_ORDER.index(group[0].face), group[0].unit))
    for number, group in enumerate(branches):
        last = number == len(branches) - 1
        lines = textwrap.wrap(_branch(group), _WIDTH - 5, break_on_hyphens=False)
        for line, text in enumerate(lines):
            mark = ("└─ " if last else "├─ ") if line == 0 else ("   " if last else "│  ")
            yield f"  {mark}{text}"


def _branch(group: Sequence[Unit]) -> str:
    """One line of the tree: ids, face, time, words."""
    first = group[0]
    slowest = max(unit.seconds for unit in group)
    count = f" ({len(group)})" if len(group) > 2 else ""  # noqa: PLR2004 - two are counted at a glance
    took = "" if first.face == "silent" else f", {'up to ' if len(group) > 1 else ''}{_ms(slowest)}"
    alike = len({unit.detail for unit in group}) == 1
    if first.face == "exception":
        words = first.detail if alike else f"exception {first.code:02X}"
        return f"{ranges(unit.unit for unit in group)}{count}  {words}{took}"
    detail = f": {first.detail}" if alike and first.face in {"answers", "malformed"} else ""
    return f"{ranges(unit.unit for unit in group)}{count}  {_FACES[first.face]}{took}{detail}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"  # noqa: PLR2004 - 10 ms


def ranges(units: Iterable[int]) -> str:
    """Unit ids in words: `1-3, 7`."""
    parts: list[list[int]] = []
    for unit in sorted(units):
        if parts and unit == parts[-1][-1] + 1:
            parts[-1].append(unit)
        else:
            parts.append([unit])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)


def _field(label: str, text: str) -> Iterator[str]:
    lines = textwrap.wrap(text, _WIDTH - _LABEL - 2, break_on_hyphens=False) or [""]
    for number, line in enumerate(lines):
        yield f"  {label if number == 0 else '':<{_LABEL}}{line}".rstrip()
