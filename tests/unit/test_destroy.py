"""Ending a session: real sockets on loopback, and commands for other hosts."""

from __future__ import annotations

import errno
import os
import re
import shlex
import socket
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.socket_tools import connected
from tui.probes.destroy import DestroyError, End, commands, destroy, dialled
from tui.records import Session, Target
from tui.vantages.inet_diag import InetDiag

needs_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="ending sessions needs root on Linux"
)
linux = pytest.mark.skipif(sys.platform != "linux", reason="netlink is Linux")


def _session(**fields: object) -> Session:
    given_fields = {
        "client": "10.0.0.9", "client_port": 40_000, "address": "10.0.0.12", "port": 502,
        "state": "ESTABLISHED", "side": "client", "since": 0.0,
    }  # fmt: skip
    return Session(**(given_fields | fields))  # type: ignore[arg-type]


def _ends(client: socket.socket, device: socket.socket) -> tuple[End, End]:
    (local, local_port), (remote, remote_port) = client.getsockname()[:2], device.getsockname()[:2]
    return (local, local_port), (remote, remote_port)


@needs_root
@pytest.mark.root
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_session_of_this_host_is_ended(host: str) -> None:
    """Its program gets an error instead of the connection, the peer a reset, and a second time it is gone."""
    with connected(host, host) as pair:
        ends = _ends(pair.client, pair.device)
        destroy(*ends)
        with pytest.raises(ConnectionAbortedError):
            pair.client.recv(1)
        with pytest.raises(ConnectionResetError):
            pair.device.recv(1)
        with pytest.raises(DestroyError) as told:
            destroy(*ends)
        assert told.value.why == "gone"


@needs_root
@pytest.mark.root
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::"])
def test_who_listens_is_never_ended(host: str) -> None:
    """Of a session that is gone the kernel would take the listening socket: that one stays."""
    to = "127.0.0.1" if host == "::" else host
    with connected(host, to) as pair:
        for ends in (((to, 1), (to, pair.port)), ((to, pair.port), (to, 1))):
            with pytest.raises(DestroyError) as told:
                destroy(*ends)
            assert told.value.why == "gone"
        with socket.create_connection((to, pair.port), 5):
            pair.server.accept()[0].close()


@needs_root
@pytest.mark.root
def test_ipv4_on_an_ipv6_socket_is_ended() -> None:
    """A session that both families share is known by its IPv4 addresses, and ended by them."""
    with connected("::", "127.0.0.1") as pair:
        destroy(("127.0.0.1", pair.client_port), ("127.0.0.1", pair.port))
        with pytest.raises(ConnectionAbortedError):
            pair.client.recv(1)


@needs_root
@pytest.mark.root
def test_only_the_socket_that_was_meant_is_ended() -> None:
    """With the cookie of another socket nothing happens; with its own it ends."""
    with connected() as pair:
        ends = _ends(pair.client, pair.device)
        entries = InetDiag().read(pair.ports)
        cookie = next(entry.cookie for entry in entries if entry.ends[1] == pair.client_port)
        with pytest.raises(DestroyError) as told:
            destroy(*ends, cookie ^ 1 << 40)
        assert told.value.why == "gone"
        pair.client.sendall(b"x")
        assert pair.device.recv(1) == b"x"
        destroy(*ends, cookie)
        with pytest.raises(ConnectionAbortedError):
            pair.client.recv(1)


@linux
@pytest.mark.parametrize(
    ("number", "why", "words"),
    [
        (errno.EPERM, "not-permitted", "cap_net_admin"),
        (errno.EOPNOTSUPP, "unsupported", "CONFIG_INET_DIAG_DESTROY"),
        (errno.ENOBUFS, "failed", "refused"),
    ],
)
def test_a_refusal_says_why(monkeypatch: pytest.MonkeyPatch, number: int, why: str, words: str) -> None:
    """Not permitted, not built in, and anything else are told apart."""

    def refuse(*_: object) -> socket.socket:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("tui.probes.destroy.socket.socket", refuse)
    with pytest.raises(DestroyError, match=words) as told:
        destroy(("127.0.0.1", 1), ("127.0.0.1", 2))
    assert told.value.why == why


def test_what_to_type_elsewhere() -> None:
    """One line for Linux that ends this session alone; for others, the process is found and then ended."""
    assert commands(_session()) == [
        "ss -K src 10.0.0.9 sport = 40000 dst 10.0.0.12 dport = 502",
        'netstat -ano -p TCP | findstr /C:":40000 " | findstr /C:"10.0.0.12:502 "',
        "taskkill /PID NUMBER /F",
        "sudo lsof -nP -iTCP@10.0.0.12:502 | grep -F ':40000->'",
        "sudo kill NUMBER",
    ]
    assert commands(_session(client="fd00::9", address="fd00::12"))[0] == (
        "ss -K src '[fd00::9]' sport = 40000 dst '[fd00::12]' dport = 502"
    )


def test_what_was_dialled_is_what_the_client_has() -> None:
    """Where the address is translated, the commands name the connection as the client's host does."""
    lines = commands(_session(dialled="10.96.0.1:1502"))
    assert lines[0] == "ss -K src 10.0.0.9 sport = 40000 dst 10.96.0.1 dport = 1502"
    assert dialled(_session(dialled="[fd00::1]:1502")) == Target("fd00::1", 1502)
    assert dialled(_session(dialled="10.96.0.1")) == Target("10.96.0.1", 502)
    for text in ("host:502", "10.96.0.1:99999", "$(reboot)", "[x]:1", "10.96.0.1:502;reboot"):
        with pytest.raises(ValueError, match=r".+"):
            commands(_session(dialled=text))


def test_another_namespace_is_entered_first() -> None:
    """By the process in it where that is known, else by its name."""
    assert commands(_session(netns="plant"))[0].startswith("ip netns exec plant ss -K ")
    assert commands(_session(netns="node[7]", pid=7))[0].startswith("nsenter -t 7 -n ss -K ")


@given(st.text(), st.text(), st.text())
def test_no_text_from_outside_becomes_a_command(client: str, address: str, netns: str) -> None:
    """Whatever stands for an address or a namespace: a plain word of the command, or an error."""
    try:
        lines = commands(_session(client=client, address=address, netns=netns))
    except ValueError:
        return
    assert all(re.fullmatch(r"[A-Za-z0-9_.:%\[\]=-]+", word) for word in shlex.split(lines[0]))


@pytest.mark.parametrize("zone", ["$(reboot)", "a b", '"', "&calc", "eth0;x", ""])
def test_a_zone_is_an_interface_or_refused(zone: str) -> None:
    """An IPv6 zone may be any text to a parser; only what can be an interface passes."""
    with pytest.raises(ValueError, match="interface"):
        commands(_session(client="fe80::9", address=f"fe80::1%{zone}"))
