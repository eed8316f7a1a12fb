"""`port502 read`: registers or bits of one device, read once; nothing in this program writes."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from tui import limits
from tui.clean import clean
from tui.cli import given
from tui.cli.failure import BAD_USAGE, FAULT, FINE, WARNING, Failure
from tui.cli.read_print import Result, as_text, to_json
from tui.cli.subject import split, subject_of
from tui.clock import SystemClock
from tui.config import Settings
from tui.ladder.seen import seen_here
from tui.ladder.site import Seen, Subject
from tui.probes.manners import Manners
from tui.probes.name import resolve
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.probes.registers import BETWEEN_S, BIT_TABLES, LAST, TABLES, Range, read
from tui.probes.talk import Talk
from tui.probes.tcp import Connection, LetGoError, connect
from tui.probes.turns import turns
from tui.probes.values import TypeNameError, format_of
from tui.probes.wanted import Wanted, of_profile
from tui.profiles.lookup import ProfileError, profile
from tui.profiles.model import Profile
from tui.records import SessionKey, Target
from tui.state.model import slots_taken

MOST: Final = 2000
"""Registers or bits of one command."""


def run(arguments: argparse.Namespace) -> int:
    """Read and print; 0 all was read, 1 a part, 2 nothing, 3 not finished or bad usage."""
    settings = given.settings(arguments)
    product = _product(arguments.profile)
    if product and (arguments.table or arguments.type or arguments.order != "big" or arguments.sunspec):
        raise Failure("--profile says what to read and how; leave out the range, --type, --order, --sunspec")
    wanted = of_profile(product) if product else _range(arguments)
    typed, port = split(arguments.target)
    subject = _subject(typed, port, arguments, settings, product)
    limit = subject.limit or (product.limit if product else None)
    empty = Result(subject.target, subject.unit, product.id if product else "", wanted)
    reading = _Reading(settings, subject, None if arguments.even_so else limit, empty)
    interrupted = False
    try:
        asyncio.run(reading.through(_manners(product)))
    except KeyboardInterrupt:
        interrupted = True
    result = reading.result._replace(failure="stopped") if interrupted else reading.result
    if arguments.json:
        print(json.dumps(to_json(arguments.target, result)))
    else:
        print("\n".join(as_text(subject.typed or typed, result)))
    return BAD_USAGE if interrupted else exit_code(result)


def exit_code(result: Result) -> int:
    """0 all was read, 1 a part of it, 2 nothing."""
    if result.came == 0:
        return FAULT
    return FINE if result.came == result.values else WARNING


class _Reading:
    """One connection, from the look at who holds the others to its end."""

    def __init__(self, settings: Settings, subject: Subject, limit: int | None, empty: Result) -> None:
        self.result = empty
        """What has come so far."""
        self._subject = subject
        self._limit = limit
        self._clock = SystemClock()
        self._own = OwnConnections(self._clock)
        self._pace = Pace(limits.PACE[settings.pace], self._clock)

    async def through(self, manners: Manners) -> None:
        """Connect, read everything, close by FIN.

        Raises:
            Failure: all of the device's connections are taken.
        """
        target = await self._target()
        if target is None:
            self._note(failure="the name has no address")
            return
        self._note(target=target)
        before = await self._look(target)
        async with self._pace.connection(target.address):
            connection, outcome = await connect(target, limits.CLIMB_CONNECT_S)
            if connection is None:
                why = clean(outcome.detail or outcome.state, 80)
                self._note(failure=f"no connection ({why}); port502 check tells why")
                return
            self._own.opened(connection.local_port, target, connection)
            async with self._giving_way(target, connection, before):
                await self._talk(connection, manners)

    def _note(self, **news: Any) -> None:  # noqa: ANN401 - fields of the result
        self.result = self.result._replace(**news)

    async def _target(self) -> Target | None:
        if not self._subject.typed:
            return self._subject.target
        resolved = await resolve(self._subject.typed)
        return Target(resolved.addresses[0], self._subject.target.port) if resolved.addresses else None

    async def _look(self, target: Target) -> Seen:
        """Leave alone a device that has no connection to spare, as far as is seen from here."""
        if self._limit is None:
            return Seen()
        seen = await seen_here(target, self._own, self._clock.wall())
        taken = slots_taken(seen.sessions)
        if taken >= self._limit:
            raise Failure(
                f"{target}: {taken} of its {self._limit} connections are taken; left alone, since one more "
                "may cut off others; add --even-so to read all the same"
            )
        return seen

    @asynccontextmanager
    async def _giving_way(self, target: Target, connection: Connection, before: Seen) -> AsyncIterator[None]:
        """Watch meanwhile, where ours is the device's last connection, for anybody else who comes for it."""
        if self._limit is None or slots_taken(before.sessions) + 1 < self._limit:
            yield
            return
        watch = asyncio.create_task(self._watch(target, connection, {one.key for one in before.sessions}))
        try:
            yield
        finally:
            watch.cancel()
            await asyncio.wait({watch})

    async def _watch(self, target: Target, connection: Connection, before: set[SessionKey]) -> None:
        while connection.stands:
            await self._clock.sleep(limits.SESSIONS_INTERVAL_S)
            seen = await seen_here(target, self._own, self._clock.wall())
            if any(one.key not in before for one in seen.sessions):
                connection.let_go()

    async def _talk(self, connection: Connection, manners: Manners) -> None:
        started = self._clock.mono()
        ranges = [piece for wanted in self.result.wanted for piece in wanted.pieces]
        turn = turns(manners, self._pace, self._clock)
        try:
            async with Talk(connection) as talk:
                async for part in read(talk, self.result.unit, ranges, turn=turn):
                    self._note(parts=(*self.result.parts, part))
        except LetGoError as gone:
            self._note(failure=str(gone))
        finally:
            self._note(seconds=self._clock.mono() - started)
            try:
                self._note(closed=await connection.close())
            finally:
                connection.abandon()


def _product(name: str | None) -> Profile | None:
    if name is None:
        return None
    try:
        found = profile(name)
    except ProfileError as error:
        raise Failure(str(error)) from error
    if not found.registers:
        raise Failure(f"profile {found.id} names no registers; write what to read, as in: holding 0 10")
    return found


def _subject(
    typed: str, port: int | None, arguments: argparse.Namespace, settings: Settings, product: Profile | None
) -> Subject:
    """What is asked: typed values first, then the configured device, then the profile."""
    known = next((device for device in settings.known if typed in {device.name, device.address}), None)
    unit = arguments.unit
    if product and known is None and port is None and arguments.port is None and product.ports:
        port = product.ports[0]
    if product and product.units and unit is None and (known is None or known.unit is None):
        unit = product.units[0]
    return subject_of(typed, port, settings, unit)


def _manners(product: Profile | None) -> Manners:
    timing = product.timing if product else None
    if timing is None:
        return Manners(between_s=BETWEEN_S)
    between_s = max(BETWEEN_S, (timing.request_delay_ms or 0) / 1000)
    return Manners((timing.connect_delay_ms or 0) / 1000, between_s)


def _range(arguments: argparse.Namespace) -> Sequence[Wanted]:
    """The range that was typed.

    Raises:
        Failure: there is no such range, or it does not hold whole values.
    """
    if arguments.table not in TABLES or arguments.count is None:
        words = " ".join(filter(None, (arguments.table, arguments.address, arguments.count)))
        told = f"{clean(words, 40)!r} says not" if words else "say"
        raise Failure(f"{told} what to read: {' or '.join(TABLES)}, an address and a count; or --profile ID")
    address = _number("ADDRESS", arguments.address, 0, LAST)
    size = _number("COUNT", arguments.count, 1, MOST)
    where = Range(TABLES[arguments.table], address, size)
    if where.last > LAST:
        raise Failure(f"{size} from address {address} on end behind address {LAST}, which is the last")
    if where.function in BIT_TABLES:
        if arguments.type is not None or arguments.order != "big" or arguments.sunspec:
            raise Failure(f"{arguments.table}: single bits have no --type, --order or --sunspec")
        return (Wanted(where, None),)
    try:
        form = format_of(arguments.type or "u16", arguments.order)
    except TypeNameError as error:
        raise Failure(str(error)) from error
    if size % form.words:
        raise Failure(f"COUNT {size}: a {form.kind} takes {form.words} registers, so a multiple of that")
    return (Wanted(where, form, sunspec=arguments.sunspec),)


def _number(name: str, text: str, least: int, most: int) -> int:
    try:
        value = int(text, 0) if text.isascii() else -1
    except ValueError:
        value = -1
    if not least <= value <= most:
        raise Failure(f"{name} {clean(text, 20)!r}: {least} to {most}; hexadecimal as 0x10")
    return value
