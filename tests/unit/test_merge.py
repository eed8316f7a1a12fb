"""From sockets to sessions: which end is the device, and two ends that are one connection."""

from __future__ import annotations

import msgspec
import pytest

from tui.records import SessionKey
from tui.vantages import LISTEN, Socket
from tui.vantages.merge import merge

PLC, HOST, PORTS = "10.0.0.2", "10.0.0.1", frozenset({502, 1502})


def end(local: str, local_port: int, remote: str, remote_port: int, state: str = "ESTABLISHED") -> Socket:
    return Socket(local, local_port, remote, remote_port, state, cookie=local_port)


def flipped(socket: Socket, state: str = "ESTABLISHED") -> Socket:
    return end(socket.remote, socket.remote_port, socket.local, socket.local_port, state)


def keys(*sockets: Socket) -> list[tuple[SessionKey, str]]:
    seen = merge(sockets, PORTS, vantage="test", at=0.0)
    return [(key, seen[key].session.side) for key in seen]


OUT = end(HOST, 40_000, PLC, 502)


def test_end_with_the_watched_port_is_the_device() -> None:
    """A session is named from client to device, from whichever end it is seen."""
    key = SessionKey(HOST, 40_000, PLC, 502, "")
    assert keys(OUT) == [(key, "client")]
    assert keys(flipped(OUT)) == [(key, "device")]
    assert keys(flipped(OUT), OUT) == [(key, "both")]


def test_both_ends_here_keep_their_own_states() -> None:
    """The client's state, process and figures stand for the session; the device's state is beside it."""
    client = msgspec.structs.replace(
        OUT, state="FIN_WAIT2", pid=7, process="scada", user="ops", send_queue=3, rtt_ms=1.5, quiet_s=10.0
    )
    device = msgspec.structs.replace(flipped(OUT), state="CLOSE_WAIT", pid=8, process="plc", cookie=9)
    (seen,) = merge([device, client], PORTS, vantage="test", at=100.0).values()
    session = seen.session
    assert (session.state, session.device_state) == ("FIN_WAIT2", "CLOSE_WAIT")
    assert (session.pid, session.process, session.user) == (7, "scada", "ops")
    assert (session.send_queue, session.rtt_ms, session.active_at, session.since) == (3, 1.5, 90.0, 100.0)
    assert seen.cookies == (40_000, 9)


def test_serving_process_where_the_client_is_elsewhere() -> None:
    """Seen from the device's end alone, the serving process is named."""
    device = msgspec.structs.replace(flipped(OUT), pid=8, process="plc")
    (seen,) = merge([device], PORTS, vantage="test", at=0.0).values()
    assert (seen.session.process, seen.session.device_state) == ("plc", "")


TWO_PORTS = end(HOST, 1502, HOST, 502)


@pytest.mark.parametrize(
    ("listener", "device_port"),
    [
        ([Socket(HOST, 1502, "", 0, LISTEN)], 1502),
        ([Socket("0.0.0.0", 1502, "", 0, LISTEN)], 1502),
        ([Socket("::", 502, "", 0, LISTEN)], 502),
        ([Socket("10.9.9.9", 1502, "", 0, LISTEN)], 502),
        ([], 502),
    ],
)
def test_of_two_watched_ports_the_listening_one_is_the_device(
    listener: list[Socket], device_port: int
) -> None:
    """With a watched port at both ends the listener decides, and both ends agree even without one."""
    ((key, side),) = keys(*listener, TWO_PORTS, flipped(TWO_PORTS))
    assert (key.port, side) == (device_port, "both")


def test_of_two_watched_ports_with_the_far_end_elsewhere() -> None:
    """Where the far end is another host, we are the device only if we listen."""
    socket = end(HOST, 1502, PLC, 502)
    assert keys(socket)[0][1] == "client"
    assert keys(socket, Socket("::", 1502, "", 0, LISTEN))[0][1] == "device"
    assert keys(socket, Socket("::", 502, "", 0, LISTEN))[0][1] == "client"


def test_of_two_watched_ports_the_handshake_tells() -> None:
    """Whoever sent the SYN is the client."""
    ((key, side),) = keys(
        Socket("::", 1502, "", 0, LISTEN),
        msgspec.structs.replace(TWO_PORTS, state="SYN_SENT"),
        flipped(TWO_PORTS, "SYN_RECV"),
    )
    assert (key.client_port, side) == (1502, "both")


def test_listening_sockets_are_no_sessions() -> None:
    """A server without clients holds nothing."""
    assert keys(Socket("0.0.0.0", 502, "", 0, LISTEN)) == []
