"""From local sockets to sessions: both ends of a connection are one, and one of them is the device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from tui.records import Session, SessionKey, is_loopback
from tui.vantages import LISTEN, Seen, Socket

_EVERYWHERE: Final = frozenset({"0.0.0.0", "::"})


class _Places:
    """What the reading says of who listens and which ends are here."""

    def __init__(self, sockets: Sequence[Socket]) -> None:
        self._listening = {(s.local, s.local_port) for s in sockets if s.state == LISTEN}
        self._ends = {(s.local, s.local_port, s.remote, s.remote_port) for s in sockets}

    def _listens(self, address: str, port: int) -> bool:
        return any((place, port) in self._listening for place in (address, *_EVERYWHERE))

    def is_device(self, end: Socket) -> bool:
        """Whether *end*, of a connection with a watched port at both ends, is the device's."""
        if end.state in {"SYN_SENT", "SYN_RECV"}:
            return end.state == "SYN_RECV"
        here = self._listens(end.local, end.local_port)
        if (end.remote, end.remote_port, end.local, end.local_port) not in self._ends:
            return here
        if here != self._listens(end.remote, end.remote_port):
            return here
        # Nothing decides; both ends must still come to the same answer.
        return (end.local_port, end.local) < (end.remote_port, end.remote)


def merge(
    sockets: Sequence[Socket], ports: frozenset[int], *, vantage: str, at: float, netns: str = ""
) -> dict[SessionKey, Seen]:
    """The sessions behind *sockets*, read at wall time *at*; `since` is that time too.

    The device is the end whose port is one of *ports*; where both are, the one that listens. *netns* names
    the network namespace whose they are, where that is not this process's own.
    """
    places: _Places | None = None
    ends: dict[SessionKey, tuple[Socket | None, Socket | None]] = {}
    for end in sockets:
        if end.state == LISTEN:
            continue
        device = end.local_port in ports
        if device and end.remote_port in ports:
            places = places or _Places(sockets)
            device = places.is_device(end)
        if device:
            key = _key(end.remote, end.remote_port, end.local, end.local_port, netns)
            ends[key] = (ends[key][0] if key in ends else None, end)
        else:
            key = _key(end.local, end.local_port, end.remote, end.remote_port, netns)
            ends[key] = (end, ends[key][1] if key in ends else None)
    return {key: _seen(key, *both, vantage, at, netns) for key, both in ends.items()}


def _key(client: str, client_port: int, address: str, port: int, netns: str) -> SessionKey:
    return SessionKey(client, client_port, address, port, netns if is_loopback(address) else "")


def _seen(  # noqa: PLR0917 - the parts of one session
    key: SessionKey, client: Socket | None, device: Socket | None, vantage: str, at: float, netns: str
) -> Seen:
    end = client or device
    if end is None:
        raise ValueError("a session needs an end")
    side: Literal["client", "device", "both"] = (
        "device" if client is None else "client" if device is None else "both"
    )
    session = Session(
        client=key.client,
        client_port=key.client_port,
        address=key.address,
        port=key.port,
        netns=netns,
        state=end.state,
        side=side,
        device_state=device.state if device is not None and client is not None else "",
        pid=end.pid,
        process=end.process,
        user=end.user,
        since=at,
        active_at=None if end.quiet_s is None else at - end.quiet_s,
        rtt_ms=end.rtt_ms,
        retransmits=end.retransmits,
        backoff=end.backoff,
        unacked=end.unacked,
        send_queue=end.send_queue,
        receive_queue=end.receive_queue,
        vantage=vantage,
    )
    return Seen(session, (client.cookie if client else 0, device.cookie if device else 0))
