"""What a sweep may go on to ask on a connection on which Modbus has just answered."""

from __future__ import annotations

from typing import Protocol

from tui.event import Emit
from tui.probes.manners import Manners
from tui.probes.modbus import Answer
from tui.probes.talk import Talk
from tui.records import Target


class Further(Protocol):
    """Whoever has more to ask."""

    def begin(self, emit: Emit) -> None:
        """Note whom to tell what is found."""
        ...

    def manners(self, target: Target) -> Manners:
        """How *target* wants to be asked, as far as is known."""
        ...

    def wants(self, target: Target, *, silent: bool = False) -> bool:
        """Whether there is more to ask of *target* now that it has answered, or is *silent*."""
        ...

    async def ask(self, target: Target, talk: Talk, unit: int, answer: Answer) -> None:
        """Ask on *talk*, after *unit* gave *answer*; every connection to the address is held off meanwhile.

        Raises:
            LetGoError: the connection was let go meanwhile.
        """
        ...

    async def after(self, target: Target) -> None:
        """Go on once that connection is closed, where it did not suffice; others are still held off."""
        ...


class Nothing:
    """Asks nothing further."""

    def begin(self, emit: Emit) -> None:
        """Nothing is told."""

    def manners(self, target: Target) -> Manners:  # noqa: ARG002
        """No manners are known."""
        return Manners()

    def wants(self, target: Target, *, silent: bool = False) -> bool:  # noqa: ARG002
        """Never."""
        return False

    async def ask(self, target: Target, talk: Talk, unit: int, answer: Answer) -> None:
        """Nothing is asked."""

    async def after(self, target: Target) -> None:
        """Nothing is left."""
