"""What is told of a session that was seen as traffic, beyond what every session has."""

from __future__ import annotations

import msgspec

from tui.records import End, Ending, SessionKey


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """One session's figures. Times are wall seconds, of the frames themselves."""

    client: str
    client_port: int
    address: str
    port: int
    state: str
    """TCP state at the client's end, as far as the traffic shows; `CLOSE` when it is over."""
    since: float
    """The first SYN, or the first segment seen of a session that was there before."""
    midstream: bool
    """Its beginning was not seen: it is older than `since`."""
    last_at: float
    """The last segment of either side."""
    active_at: float | None
    """The last data of either side; None where there was none."""
    requests: int
    responses: int
    """Exceptions included."""
    exceptions: int
    exception_codes: tuple[int, ...]
    unanswered: int
    """Requests that were given up: the next had the same number, too many waited, or the session ended;
    and those that have waited longer than an answer may take."""
    waiting: int
    """Requests sent and not answered yet, not counted as unanswered."""
    unasked: int
    """Answers to nothing that was seen asked."""
    units: tuple[int, ...]
    functions: tuple[int, ...]
    """Function codes of the requests."""
    answer_ms: float | None
    """Mean, from request to answer as they passed here."""
    slowest_ms: float | None
    period_s: float | None
    """Mean time between requests."""
    pause_s: float
    """Longest time between two requests."""
    rtt_ms: float | None
    """Of the handshake: from the SYN to the client's ACK."""
    client_retransmits: int
    device_retransmits: int
    keepalives: int
    copies: int
    """Segments that the mirror showed twice."""
    gaps: int
    """Places where data passed that was not captured."""
    foreign: int
    """Segments with data that is no Modbus TCP."""
    ended_at: float | None
    ended_by: End
    """Who closed first, or reset it."""
    ending: Ending
    silent: End
    """The end that has not answered several repetitions of the other: gone without a word."""

    @property
    def key(self) -> SessionKey:
        """Identity of the connection."""
        return SessionKey(self.client, self.client_port, self.address, self.port, "")
