"""`port502 slots`: how many connections a device takes, measured by opening them."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

from tui import limits
from tui.clean import clean
from tui.cli import given
from tui.cli.failure import BAD_USAGE, FAULT, FINE, Failure
from tui.cli.subject import split, subject_of
from tui.clock import SystemClock
from tui.ladder.seen import seen_here
from tui.ladder.site import Subject
from tui.probes.limit import MOST, Measured, Others, measure
from tui.probes.name import resolve
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.records import Target
from tui.state.model import holds_slot

_CLEAR_LINE: Final = "\r\x1b[K"
_WIDTH: Final = 100
_MARGIN: Final = 10
_FORMS: Final = {
    "": "",
    "refused": "the next one is refused",
    "no-syn-ack": "the next one gets no answer to its SYN",
    "accepted-closed": "the next one is accepted and closed",
    "accepted-mute": "the next one is accepted and never answered",
    "evicts-oldest": "the next one costs an older one its place",
}
_EXITS: Final = {"limit": FINE, "most": FINE, "nothing": FAULT}


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; 0 measured, 2 not even one connection was served, 3 not finished."""
    if not 1 <= arguments.most <= MOST:
        raise Failure(f"--most {arguments.most}: between 1 and {MOST} connections")
    settings = given.settings(arguments)
    typed, port = split(arguments.target)
    subject = subject_of(typed, port, settings, arguments.unit)
    if not arguments.yes_this_may_evict_others:
        raise Failure(
            f"this opens up to {arguments.most} connections to {subject.target} at once, which may cut off "
            "others that use it; add --yes-this-may-evict-others to do so"
        )
    steps: list[tuple[Target, Measured]] = []
    show = _progress(quiet=arguments.json)

    def told(target: Target, found: Measured) -> None:
        steps.append((target, found))
        show(found)

    interrupted = False
    try:
        asyncio.run(_measure(subject, limits.PACE[settings.pace], arguments.most, told))
    except KeyboardInterrupt:
        interrupted = True
    if not steps:
        raise Failure("ended before anything was opened")
    target, found = steps[-1]
    if not arguments.json and sys.stderr.isatty():
        print(_CLEAR_LINE, end="", file=sys.stderr, flush=True)
    if arguments.json:
        print(json.dumps(to_json(arguments.target, target, subject.unit, found)))
    else:
        print("\n".join(_lines(target, subject, found)))
    return BAD_USAGE if interrupted else _EXITS.get(found.ended, BAD_USAGE)


async def _measure(
    subject: Subject, rate: float, most: int, told: Callable[[Target, Measured], None]
) -> None:
    target = subject.target
    if subject.typed:
        resolved = await resolve(subject.typed)
        if not resolved.addresses:
            told(target, Measured(ended="nothing", detail=clean(f"no address: {resolved.failure}")))
            return
        target = Target(resolved.addresses[0], target.port)
    clock = SystemClock()
    own = OwnConnections(clock)

    async def others() -> Others:
        seen = await seen_here(target, own, clock.wall())
        holding = frozenset(session.key for session in seen.sessions if holds_slot(session))
        return Others(holding, seen.closed_here, seen.missing)

    await measure(
        target,
        subject.unit,
        most=most,
        pace=Pace(rate, clock),
        clock=clock,
        own=own,
        others=others,
        told=lambda found: told(target, found),
    )


def to_json(typed: str, target: Target, unit: int, found: Measured) -> dict[str, Any]:
    """The object that `slots --json` prints; its fields are a contract, to be added to only."""
    measured = found.ended == "limit"
    return {
        "target": {
            "typed": clean(typed),
            "address": target.address,
            "port": target.port,
            "unit": unit,
        },
        "free": found.free,
        "at_least": not measured,
        "form": found.form or None,
        "ended": found.ended,
        "detail": found.detail or None,
        "held_by_others": None if found.unseen else found.held,
        "not_seen": found.unseen or None,
        "lost": [f"{key.client}:{key.client_port}" for key in found.lost],
        "opened": found.opened,
        "closed": dict(Counter(found.closed)),
        "complete": found.ended in _EXITS,
    }


def _lines(target: Target, subject: Subject, found: Measured) -> Iterator[str]:
    name = f" ({clean(subject.typed, 60)})" if subject.typed not in {"", target.address} else ""
    yield f"{target}{name}, unit {subject.unit}"
    yield ""
    yield from textwrap.wrap(f"  {_headline(found)}", _WIDTH, subsequent_indent="  ")
    if found.ended == "limit":
        yield from _field("form", f"{found.form}: {_FORMS[found.form]} ({found.detail})")
    elif found.detail:
        yield from _field("seen", f"{found.form}: {found.detail}" if found.form else found.detail)
    if found.ended != "nothing":
        yield from _field("others", _others(found))
    if found.lost:
        ended = ", ".join(f"{key.client} port {key.client_port}" for key in found.lost[:4])
        more = f" and {len(found.lost) - 4} more" if len(found.lost) > 4 else ""  # noqa: PLR2004 - those shown
        yield from _field("lost", f"{ended}{more}")
    yield from _field("closed", _closed(found))
    if found.ended == "limit":
        note = "counted from this host: a device or a firewall may allow one client less than all clients"
        yield from _field("note", note)


def _headline(found: Measured) -> str:
    """The answer in one sentence."""
    count = f"{found.free} connection{'' if found.free == 1 else 's'}"
    were = "was" if found.free == 1 else "were"
    if found.ended == "limit":
        up_to = "Up to " if found.form == "evicts-oldest" and not found.lost else ""
        total = f", and {found.held} taken by others on this host" if found.held else ""
        return f"{up_to}{count} {were} free{total}."
    if found.ended == "most":
        return f"At least {count} {were} free; more were not tried (--most)."
    if found.ended == "nothing":
        looks = "; it is full already, or fails for another reason (port502 check tells)"
        return f"Not even one connection was served{looks if found.form else ''}."
    why = {
        "left": "another program here ended its own session meanwhile",
        "blind": "the sessions of others could not be watched any more",
        "path": "the way to the device failed",
        "here": "this host has no more connections to open",
        "stopped": "stopped",
    }[found.ended]
    return f"Not finished, {why}. Until then at least {count} {were} free."


def _others(found: Measured) -> str:
    if found.unseen:
        return f"not seen from here ({found.unseen})"
    seen = f"{found.held} session{'' if found.held == 1 else 's'} of others on this host"
    unseen = "those of other hosts cannot be seen from here"
    if found.form == "evicts-oldest" and not found.lost:
        unseen += " and may have been closed first"
    return f"{seen}; {unseen}"


def _closed(found: Measured) -> str:
    """How ours ended."""
    if not found.closed:
        return "nothing was open"
    words = {
        "fin": "by FIN from both sides",
        "fin-acked": "by our FIN, acknowledged",
        "reset": "reset by the device",
        "unconfirmed": "by our FIN, not acknowledged",
    }
    return ", ".join(f"{count} {words.get(how, how)}" for how, count in Counter(found.closed).items())


def _field(label: str, text: str) -> Iterator[str]:
    lines = textwrap.wrap(text, _WIDTH - _MARGIN, break_on_hyphens=False) or [""]
    for number, line in enumerate(lines):
        yield f"  {label if number == 0 else '':<{_MARGIN - 2}}{line}".rstrip()


def _progress(*, quiet: bool) -> Callable[[Measured], None]:
    """Tells on a terminal how many stand, until the answer is printed."""
    if quiet or not sys.stderr.isatty():
        return lambda _found: None

    def show(found: Measured) -> None:
        print(f"{_CLEAR_LINE}{found.free} connections stand", end="", file=sys.stderr, flush=True)

    return show
