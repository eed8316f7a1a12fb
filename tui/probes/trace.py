"""Where does a SYN to this port stop? SYNs with few hops to go, and who says that the hops ran out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Final, NamedTuple

from tui import limits
from tui.probes.own import OwnConnections
from tui.probes.tcp import Outcome, Turn, connect
from tui.records import Target

_FLOOR_S: Final = limits.CONNECT_FLOOR_S  # a router may take its time to complain
_CEILING_S: Final = limits.CONNECT_CEILING_S
_FARTHEST: Final = 255
_SILENT_MOST: Final = 2  # silent hops in a row after which nothing more is expected


class Hop(NamedTuple):
    """What a SYN that may go *ttl* hops brought: who answered, if anybody did, and after how long."""

    ttl: int
    sender: str | None
    ms: float | None
    detail: str = ""


class Trace(NamedTuple):
    """How far SYNs to one port get, *hops* in order of their TTL.

    The last router that answers may itself be the filter: Linux routers, and most others, count a
    packet's hops before they look at their rules.
    """

    hops: tuple[Hop, ...]
    reached: bool
    """An answer came in the target's own name, the port open or not.

    Where it takes fewer hops than an echo's TTL shows, something on the way gave it.
    """
    last: str | None
    """The farthest address on the way that answered; the target itself does not count."""
    connections: int
    """SYNs spent."""
    stopped: str = ""
    """What ended the trace at once: a filter that says so, or this host; as shown to people."""


async def trace(
    target: Target,
    *,
    most: int,
    wait_s: float,
    hops_known: int | None = None,
    device: str | None = None,
    turn: Turn | None = None,
    own: OwnConnections | None = None,
) -> Trace:
    """Send up to *most* SYNs, one after the other, each waited for *wait_s* seconds (0.3 to 3).

    Needs no privilege. With *hops_known* routers on the way (`hops.hops` of an echo's TTL) it begins at
    the last of them and spends two SYNs as a rule; otherwise at the first. Ends when the target answers,
    when somebody refuses, or when two hops in a row are silent after one that was not. An open connection
    is closed by FIN. *wait_s* should be more than the target's response time: the kernel answers a SYN-ACK
    that comes after the wait by RST.
    """
    wait_s = min(max(wait_s, _FLOOR_S), _CEILING_S)

    async def syn(ttl: int) -> Outcome:
        async with turn(target.address) if turn else nullcontext():
            connection, outcome = await connect(target, wait_s, ttl=ttl, device=device)
            if connection is not None:
                if own is not None:
                    own.opened(connection.local_port, target)
                await connection.close()
        return outcome

    walk = _Walk(target, most, syn)
    if hops_known is None:
        await walk.up(1, _SILENT_MOST)
    else:
        first = max(hops_known, 1)
        if await walk.ask(first):
            # The way there may be longer than the way back, which the echo's TTL tells.
            await walk.up(first + 1, 1)
        else:
            await walk.down(first - 1)
    return walk.told()


class _Walk:
    """The hops asked so far, and whether that is the end of it."""

    def __init__(self, target: Target, most: int, syn: Callable[[int], Awaitable[Outcome]]) -> None:
        self._target = target
        self._most = most
        self._syn = syn
        self._hops: dict[int, Hop] = {}
        self._connections = 0
        self._reached = False
        self._stopped = ""

    @property
    def _over(self) -> bool:
        return self._reached or bool(self._stopped) or self._connections >= self._most

    async def up(self, first: int, silent_most: int) -> None:
        """Ask *first* and beyond, until *silent_most* in a row are silent behind one that answered."""
        silent = 0
        for ttl in range(first, _FARTHEST + 1):
            if self._over or (silent >= silent_most and self._answered()):
                return
            silent = 0 if await self.ask(ttl) else silent + 1

    async def down(self, first: int) -> None:
        """Ask *first* and nearer, until one answers."""
        for ttl in range(first, 0, -1):
            if self._over or await self.ask(ttl):
                return

    async def ask(self, ttl: int) -> bool:
        """Send one SYN; whether anybody answered."""
        if self._over:
            return False
        self._connections += 1
        self._judge(ttl, await self._syn(ttl))
        return ttl in self._hops and self._hops[ttl].sender is not None

    def _judge(self, ttl: int, outcome: Outcome) -> None:
        ms = round(outcome.seconds * 1000, 2)
        if outcome.state == "timeout":
            self._hops[ttl] = Hop(ttl, None, None, "silent")
        elif outcome.sender is None:
            self._stopped = outcome.detail
        else:
            passed_on = outcome.unreachable is not None and outcome.unreachable.expired
            self._hops[ttl] = Hop(ttl, outcome.sender, ms, "hops ran out" if passed_on else outcome.detail)
            self._reached = outcome.sender == self._target.address
            if not passed_on and not self._reached:
                self._stopped = outcome.detail

    def _answered(self) -> bool:
        return any(hop.sender is not None for hop in self._hops.values())

    def told(self) -> Trace:
        """All of it."""
        hops = tuple(hop for _, hop in sorted(self._hops.items()))
        on_the_way = [hop.sender for hop in hops if hop.sender not in {None, self._target.address}]
        last = on_the_way[-1] if on_the_way else None
        return Trace(hops, self._reached, last, self._connections, self._stopped)
