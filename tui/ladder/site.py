"""What one climb works with and gathers: facts, details, evidence, cost, and the one open connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Final, NamedTuple

from tui import limits
from tui.clean import clean
from tui.clock import Clock
from tui.device_events import Identified
from tui.probes.line import Line
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.probes.route import Route
from tui.probes.secure import Tls
from tui.probes.talk import Talk
from tui.probes.tcp import Connection, LetGoError, Outcome, dial, prepared
from tui.probes.tls import TlsAnswer
from tui.records import Evidence, Session, SessionKey, Target
from tui.wire.capture import Capture, CaptureError
from tui.wire.filters import about
from tui.wire.frames import Frame

_CAPTURE_SHOWS: Final = "who answered, from how far away, and whether our own packets left"


class Past(NamedTuple):
    """What is known of a target from before."""

    reached_s: float | None = None
    """Seconds since TCP last connected, as far as is known."""
    changes: int = 0
    """How often its state changed within the time that counts as history."""


class Seen(NamedTuple):
    """The sessions of a target that are seen from this host now, ours left out."""

    sessions: Sequence[Session] = ()
    just_ended: bool = False
    """Whether a connection to it ended here within the last minute."""
    missing: str = ""
    """Why none can be seen, where none can."""
    closed_here: frozenset[SessionKey] = frozenset()
    """Connections that their client on this host closed first, within the last minute."""


class Means(NamedTuple):
    """What a climb is given by whoever starts it."""

    pace: Pace
    clock: Clock
    own: OwnConnections
    sessions: Callable[[Target], Awaitable[Seen]]
    past: Callable[[Target], Awaitable[Past]]
    near: frozenset[str] = frozenset()
    """Addresses of known devices: a mistyped address may be one of them."""
    tls: Tls = Tls()
    """How TLS is spoken."""
    identified: Callable[[Identified], None] | None = None
    """Where given, a device that answers is asked what it is before the connection ends, and it is told."""


class Subject(NamedTuple):
    """What is examined: the target and what the configuration says of it."""

    target: Target
    typed: str = ""
    """Name or address as typed; empty where the address is known to be meant."""
    unit: int = 1
    units: tuple[int, ...] = ()
    """Unit ids that its profile names."""
    ports: tuple[int, ...] = ()
    """Ports that its profile names."""
    limit: int | None = None
    limit_source: str = ""
    profile: str = ""
    """Id of the product that the configuration names."""


class Site:
    """One climb's notebook, and the only place where it opens connections."""

    def __init__(self, subject: Subject, means: Means) -> None:
        self.subject = subject
        self.target = subject.target
        self.means = means
        self.facts: dict[str, str] = {}
        self.details: dict[str, str] = {"address": self.target.address, "port": str(self.target.port)}
        self.details["unit"] = str(subject.unit)
        self.evidence: list[Evidence] = []
        self.untried: dict[str, str] = {}
        """Questions that could not be asked, and why."""
        self.connections = 0
        """Opened or tried to the target's port."""
        self.packets = 0
        """Sent by this climb, as reckoned from what was asked."""
        self.outcome: Outcome | None = None
        """How the first connect ended."""
        self.seen_before: Seen | None = None
        self.seen_just_before: Seen | None = None
        self.others: tuple[str, ...] = ()
        """Further addresses of the name that was typed."""
        self.route: Route | None = None
        self.capture: Capture | None = None
        self.talk: Talk | None = None
        self.greeted: TlsAnswer | None = None
        """What came back for a TLS greeting."""
        self.reset_ttl: int | None = None
        self.echo_ttl: int | None = None
        self.open_ttl: int | None = None
        """TTL of a SYN-ACK from another port of the same address."""
        self.round_trip_s: float | None = None
        self.mac = ""
        self.arp_silent = False
        """Our own ARP questions for the next hop brought no answer."""
        self.connect_mark = 0
        """The moment of the first connect, in the capture."""
        self._talking = AsyncExitStack()
        self._opened: list[Connection] = []

    @property
    def gave_way(self) -> bool:
        """Whether a connection of ours was let go since somebody needs it: no other is opened then."""
        return any(connection.gave_way for connection in self._opened)

    def tell(
        self,
        rung: str,
        asked: str,
        answer: str,
        *,
        ms: float | None = None,
        sender: str | None = None,
        raw: bytes | None = None,
    ) -> None:
        """Add a line of evidence; what came from outside is cleaned here."""
        if len(self.evidence) < limits.CLIMB_EVIDENCE:
            shown = raw[: limits.TEXT // 2].hex() if raw else None
            line = Evidence(
                rung=rung, asked=clean(asked), answer=clean(answer), ms=ms, sender=sender, raw=shown
            )
            self.evidence.append(line)

    def know(self, **details: object) -> None:
        """Note details for the sentences of the verdict."""
        for name, value in details.items():
            if value not in {None, ""}:
                self.details[name] = clean(str(value), 80)

    def listen(self) -> None:
        """Begin to capture what concerns the target; noted as untried where that is not allowed."""
        if self.capture is not None or "capture" in self.untried:
            return
        gateway = self.route.gateway if self.route is not None else None
        wanted = [self.target.address.partition("%")[0], *([gateway] if gateway else [])]
        try:
            self.capture = Capture.start(about(wanted))
        except CaptureError as error:
            self.untried["capture"] = clean(f"{error}; it would show {_CAPTURE_SHOWS}")

    def mark(self) -> int:
        """The present moment of the capture."""
        return self.capture.mark() if self.capture is not None else 0

    def heard(self, mark: int) -> list[Frame]:
        """Frames since *mark*; none without a capture."""
        return self.capture.since(mark) if self.capture is not None else []

    @property
    def again_s(self) -> float:
        """Seconds to wait for a further connection: two SYNs, and twice the time the first one took."""
        return max(limits.CONNECT_AGAIN_S, 2 * (self.round_trip_s or 0.0))

    async def connect(
        self, wait_s: float, *, device: str | None = None
    ) -> tuple[Connection | None, Outcome, int | None]:
        """Open one connection to the target: it, how that went, and our port as far as it is known.

        Raises:
            LetGoError: one was let go before.
        """
        if self.gave_way:
            raise LetGoError
        await self.means.pace.turn()
        self.connections += 1
        self.packets += 1
        try:
            sock = prepared(self.target.address, device=device)
        except OSError as error:
            return None, Outcome("error", 0.0, None, clean(str(error)), shortage=True), None
        dialling = asyncio.ensure_future(dial(sock, self.target, wait_s))
        try:
            await asyncio.sleep(0)  # it connects now, and has its port
            port = int(sock.getsockname()[1]) if sock.fileno() >= 0 else None
            connection, outcome = await dialling
        except BaseException:
            dialling.cancel()
            raise
        if outcome.state == "timeout":
            # Linux sends a SYN again after 1 s and after 3 s (TCP_TIMEOUT_INIT, doubled each time).
            self.packets += (outcome.seconds > 1) + (outcome.seconds > 3)  # noqa: PLR2004
        if connection is not None:
            self.packets += 3  # our ACK, FIN and the last ACK
            self.means.own.opened(connection.local_port, self.target, connection)
            self._opened.append(connection)
        return connection, outcome, port or None

    async def fresh(self, rung: str, asked: str) -> Connection | None:
        """Another connection in place of the one that was kept; told on *rung* where there is none.

        Raises:
            LetGoError: one was let go before.
        """
        await self.hang_up()
        connection, outcome, _ = await self.connect(self.again_s)
        if connection is None:
            self.tell(rung, asked, f"not connected: {outcome.detail or outcome.state}")
        return connection

    async def talk_on(self, connection: Line) -> Talk:
        """Keep *connection* for the questions that follow, until `hang_up`."""
        self._talking.push_async_callback(connection.close)
        self.talk = await self._talking.enter_async_context(Talk(connection))
        return self.talk

    def listening(self) -> Talk | None:
        """The talk on the connection that was kept, if there is one.

        Raises:
            LetGoError: it was let go.
        """
        if self.gave_way:
            raise LetGoError
        return self.talk

    async def hang_up(self) -> None:
        """Close the connection that was kept, by FIN."""
        self.talk = None
        await self._talking.aclose()
        self._talking = AsyncExitStack()

    async def end(self) -> None:
        """Close everything."""
        try:
            await self.hang_up()
        finally:
            if self.capture is not None:
                self.capture.close()
