"""Asks devices what they are, on the connection on which the sweep just had an answer: once, rarely again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tui import limits
from tui.clock import Clock
from tui.device_events import UnitsSeen
from tui.event import Emit
from tui.probes.identity import Identity, completed
from tui.probes.inquiry import inquire, names
from tui.probes.manners import Manners
from tui.probes.modbus import Answer
from tui.probes.product import candidates, id_registers, identified, link_of, suiting
from tui.probes.talk import Talk
from tui.probes.unit_faces import Units, few
from tui.probes.units import Open, sweep
from tui.profiles.model import Profile
from tui.records import Target
from tui.state.climbs import needed_pause_s
from tui.state.model import Device
from tui.workers.answered import answered
from tui.workers.inquired import manners_of

_TRIES: Final = 2
"""Connections on which a device is asked that ends them meanwhile."""


class Inquiries:
    """What the sweep goes on to ask: identity, and the unit ids that matter or *units*.

    *device* gives what is known of a target, *product* the profile that the configuration names for it.
    *open_one*, where given, opens another connection for the rest of *units* after a device ended the first.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        device: Callable[[Target], Device | None] = lambda _target: None,
        product: Callable[[Target], Profile | None] = lambda _target: None,
        units: Sequence[int] = (),
        open_one: Callable[[Target], Open] | None = None,
        silent_too: bool = False,
    ) -> None:
        self._clock = clock
        self._emit: Emit = lambda _event: None
        self._device = device
        self._product = product
        self._units = tuple(units)
        self._open_one = open_one
        self._silent_too = silent_too
        self._tries: dict[Target, int] = {}
        self._due: set[Target] = set()
        """To be asked once more."""
        self._learnt: dict[Target, Manners] = {}
        self._begun: dict[Target, Units] = {}
        """Sweeps that a device cut short."""

    def begin(self, emit: Emit) -> None:
        """Tell *emit* what is found from now on."""
        self._emit = emit

    def again(self, target: Target) -> None:
        """Ask *target* once more, when it is its turn."""
        self._due.add(target)
        self._tries[target] = 0

    def manners(self, target: Target) -> Manners:
        """How *target* wants to be asked: as was learnt, else as its profile says."""
        known = self._device(target)
        best = self._learnt.get(target) or manners_of(known, self._product(target))
        needed_s = needed_pause_s(known.climb) if known is not None else 0.0
        return best._replace(before_s=max(best.before_s, needed_s))

    def wants(self, target: Target, *, silent: bool = False) -> bool:
        """Whether it was never asked, is to be asked again, or was away so long that another may be there.

        One that is *silent* only where that was asked for: in the monitor, climbs find out about those.
        """
        if silent and not self._silent_too:
            return False
        if target in self._due or target in self._begun:
            return True
        known = self._device(target)
        if known is None:
            return target not in self._tries
        away = known.reached_at is not None and known.state not in {"answers", "open"}
        if away and self._clock.wall() - (known.reached_at or 0.0) > limits.STRANGER_AGAIN_S:
            return True
        return known.identity is None and target not in self._tries

    async def ask(self, target: Target, talk: Talk, unit: int, answer: Answer) -> None:
        """Ask on *talk*, and tell what was found.

        Raises:
            LetGoError: the connection was let go meanwhile.
        """
        self._due.discard(target)
        self._tries[target] = self._tries.get(target, 0) + 1
        product = self._product(target)
        manners = self.manners(target)
        link = await link_of(target.address)
        known = await asyncio.to_thread(candidates, product, link.maker, target.port)
        others = (*few(unit, () if product is None else product.units), *self._units)

        def told(units: Units) -> None:
            self._tell_units(target, units, running=True)

        found = await inquire(
            talk,
            unit,
            answer,
            others=tuple(dict.fromkeys(others)),
            manners=manners,
            registers=id_registers(known),
            wait_s=limits.ANSWER_S if self._units else limits.CLIMB_UNIT_S,
            told=told if self._units else lambda _units: None,
        )
        said = await names(talk, found.units, manners, but=found.unit) if self._units else {}
        self._tell_units(target, found.units, said)
        if found.units.left and self._open_one is not None:
            self._begun[target] = found.units
        if found.identity is None:
            return
        identity = await completed(talk, found.unit, found.identity)
        self._learn(target, identity)
        suits = await asyncio.to_thread(suiting, identity, link, target.port, found.unit, product)
        self._emit(identified(self._clock.wall(), target, (found.unit, identity), suits, link))

    async def after(self, target: Target) -> None:
        """Go on with the unit ids that are left, on further connections."""
        begun = self._begun.pop(target, None)
        if begun is None or self._open_one is None:
            return
        found = await sweep(
            self._open_one(target),
            begun.left,
            told=lambda units: self._tell_units(target, units, running=True),
            begun=begun,
        )
        self._tell_units(target, found)

    def _learn(self, target: Target, identity: Identity) -> None:
        """Remember how to ask; cut short, it is asked once more on a later connection."""
        self._learnt[target] = identity.manners
        if len(self._learnt) > limits.DEVICES:
            del self._learnt[next(iter(self._learnt))]
        if identity.again and self._tries[target] < _TRIES:
            self._due.add(target)

    def _tell_units(
        self, target: Target, found: Units, said: Mapping[int, str] | None = None, *, running: bool = False
    ) -> None:
        words = said or {}
        full = bool(self._units)
        self._emit(
            UnitsSeen(
                at=self._clock.wall(),
                address=target.address,
                port=target.port,
                units=tuple(answered(one, words.get(one.unit, "")) for one in found.asked),
                judgement=found.judgement,
                full=full,
                running=running,
                left=len(found.left) if full else 0,
                left_s=found.left_s if running else None,
                next_unit=min(set(found.left).intersection(self._units), default=None),
                ended="" if running or not full else found.detail,
                connections=found.opened,
                requests=found.requests,
            )
        )
