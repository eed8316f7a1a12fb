"""The kernel's socket table as `tui.vantages.inet_diag` reads it, on real sockets."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Iterator

import pytest

from tests.unit.socket_tools import connected, listening, until
from tui import limits
from tui.vantages.diag_message import DiagError, Entry, refusal
from tui.vantages.inet_diag import InetDiag
from tui.vantages.port_filter import either_end as real

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="netlink is Linux")


def by_state(entries: list[Entry]) -> dict[str, Entry]:
    return {entry.state: entry for entry in entries}


@pytest.mark.parametrize("equality", [True, False])
def test_only_watched_ports_leave_the_kernel(equality: bool) -> None:
    """Sockets of other ports are not shown, whichever comparison the kernel knows."""
    diag = InetDiag()
    diag._equality = equality
    with connected() as watched, connected() as other:
        entries = diag.read(watched.ports)
        assert {watched.port, watched.client_port} >= {e.ends[1] for e in entries}
        assert other.port not in {port for e in entries for port in (e.ends[1], e.ends[3])}
        assert sorted(e.state for e in entries) == ["ESTABLISHED", "ESTABLISHED", "LISTEN"]


def test_as_many_ports_as_may_be_watched() -> None:
    """The longest filter passes the kernel's audit and still finds its port; one more port is an error."""
    with connected() as pair:
        others = [port for port in range(20_000, 20_000 + limits.WATCHED_PORTS) if port != pair.port]
        most = pair.ports | frozenset(others[: limits.WATCHED_PORTS - 1])
        for equality in (True, False):
            diag = InetDiag()
            diag._equality = equality
            assert len(diag.read(most)) == 3
        with pytest.raises(ValueError, match="ports"):
            InetDiag().read(most | {19_999})


def test_no_port_asks_nothing() -> None:
    """Without watched ports there is nothing to see."""
    assert InetDiag().read(frozenset()) == []


def test_unaccepted_connection_is_seen() -> None:
    """A session the serving process has not accepted yet takes a slot and is shown, without inode."""
    with listening() as server, socket.create_connection(server.getsockname(), 5) as client:
        entries = InetDiag().read(frozenset({server.getsockname()[1]}))
        device = next(e for e in entries if e.state == "ESTABLISHED" and e.ends[3] == client.getsockname()[1])
        assert device.inode == 0
        assert device.cookie


def test_half_closed_states() -> None:
    """After the device closes, its end waits in FIN_WAIT2 and the client's in CLOSE_WAIT."""
    with connected() as pair:
        pair.device.shutdown(socket.SHUT_WR)
        diag = InetDiag()
        until(lambda: "FIN_WAIT2" in by_state(diag.read(pair.ports)))
        seen = by_state(diag.read(pair.ports))
        assert seen["FIN_WAIT2"].ends[1] == pair.port
        assert seen["CLOSE_WAIT"].ends[1] == pair.client_port


@pytest.mark.parametrize(
    ("listen", "dial", "shown"),
    [("::1", "::1", "::1"), ("::", "127.0.0.9", "127.0.0.9")],
    ids=["ipv6", "mapped"],
)
def test_ipv6_and_mapped_addresses(listen: str, dial: str, shown: str) -> None:
    """IPv6 is seen, and IPv4 through an IPv6 socket is shown as the IPv4 it is."""
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    with connected(listen, dial) as pair:
        entries = [e for e in InetDiag().read(pair.ports) if e.state == "ESTABLISHED"]
        assert len(entries) == 2
        assert {e.ends[0] for e in entries if e.ends[1] == pair.port} == {shown}


def test_figures() -> None:
    """Queues, round trip and the time since data arrived are the kernel's own."""
    with connected() as pair:
        pair.client.sendall(b"twelve bytes")

        def device() -> Entry | None:
            entries = InetDiag().read(pair.ports)
            return next((e for e in entries if e.ends[1] == pair.port and e.receive_queue), None)

        seen = until(device)
        assert seen.receive_queue == 12
        assert seen.rtt_us > 0
        assert seen.quiet_ms is not None
        assert seen.quiet_ms < 60_000
        assert seen.inode > 0


def test_cookie_survives_closing() -> None:
    """What remains in FIN_WAIT2 after its process closed it is known as the same socket."""
    with connected() as pair:
        diag = InetDiag()
        before = next(e for e in diag.read(pair.ports) if e.ends[1] == pair.client_port)
        pair.client.close()
        after = until(lambda: by_state(diag.read(pair.ports)).get("FIN_WAIT2"))
        assert after is not None
        assert after.inode == 0
        assert after.cookie == before.cookie


def test_old_kernels_get_the_other_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel without the equality operations is asked another way, and only that way from then on."""
    asked = []

    def either_end(ports: frozenset[int], *, equality: bool = True) -> bytes:
        asked.append(equality)
        return bytes([99, 4, 4, 0]) if equality else real(ports, equality=False)

    monkeypatch.setattr("tui.vantages.inet_diag.either_end", either_end)
    diag = InetDiag()
    with connected() as pair:
        assert len(diag.read(pair.ports)) == 3
        assert len(diag.read(pair.ports)) == 3
    assert asked == [True, False, False]


@pytest.mark.parametrize("fault", ["interrupted", "dropped"])
def test_answer_with_holes_is_asked_once_more(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """A dump that the kernel interrupted or dropped in part is repeated once; its second form stands."""
    diag = InetDiag()
    answers: Iterator[int] = iter((1, 2, 3))

    def ask(_: bytes) -> tuple[list[Entry], bool]:
        turn = next(answers)
        if fault == "dropped" and turn == 1:
            raise refusal(errno.ENOBUFS)
        return [], turn > 1

    monkeypatch.setattr(diag, "_ask", ask)
    assert diag.read(frozenset({502})) == []
    assert next(answers) == 3


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (PermissionError(errno.EPERM, "no"), "Operation not permitted"),
        (OSError(errno.ENOENT, "no"), "tcp_diag"),
        (TimeoutError(), "did not answer"),
    ],
)
def test_refusal_is_one_error_with_a_reason(
    monkeypatch: pytest.MonkeyPatch, failure: OSError, words: str
) -> None:
    """Whatever keeps netlink from working becomes one error that says why."""

    def refuse(*_: object) -> socket.socket:
        raise failure

    monkeypatch.setattr("tui.vantages.inet_diag.socket.socket", refuse)
    with pytest.raises(DiagError, match=words):
        InetDiag().read(frozenset({502}))


def test_no_descriptor_is_kept() -> None:
    """Each reading closes its netlink socket."""
    diag = InetDiag()
    with socket.socket() as before:
        number = before.fileno()
    diag.read(frozenset({502}))
    with socket.socket() as after:
        assert after.fileno() == number
