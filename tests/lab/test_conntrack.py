"""The tracked connections of a router, in a plant of namespaces."""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.net import needs_lab
from tests.lab.verdict.plant import CLIENT, FAR, OTHER, ROUTER, Plant, plant
from tests.waiting import eventually
from tui import limits
from tui.records import Session, Target
from tui.vantages import Reading, VantageError
from tui.vantages.conntrack import ConntrackTable
from tui.vantages.conntrack_message import Answer, entry

pytestmark = needs_lab

_AT: Final = f"{FAR}:502"
_PORTS: Final = frozenset({502})
_DAYS_5: Final = 5 * 24 * 3600.0
"""What Linux gives an established connection (nf_conntrack_tcp_timeout_established)."""


@pytest.fixture
def lab() -> Iterator[Plant]:
    with plant() as made:
        yield made


def _track(lab: Plant) -> None:
    """A router that tracks what it forwards."""
    lab.hosts["router"].rules("forward", "ct state established,related,new accept")


def _reading(lab: Plant, table: ConntrackTable | None = None, at: float = 0.0) -> Reading:
    asked = table or ConntrackTable(_PORTS)
    return lab.hosts["router"].do(lambda: asked.read(at or time.time()))


def _read(lab: Plant, table: ConntrackTable | None = None, at: float = 0.0) -> list[Session]:
    return [seen.session for seen in _reading(lab, table, at).sessions.values()]


def _states(lab: Plant) -> list[str]:
    return sorted(session.state for session in _read(lab))


def _entries(lab: Plant) -> int:
    """What the router's kernel tracks in all, by its own count."""
    count = Path("/proc/sys/net/netfilter/nf_conntrack_count")
    return lab.hosts["router"].do(lambda: int(count.read_text(encoding="ascii")))


def test_the_router_sees_the_sessions_of_others(lab: Plant) -> None:
    """Each client's sessions to the device behind it, none of other ports, with the time they have left."""
    _track(lab)
    lab.serve("far", "closes", _AT, "slots=8")
    lab.serve("far", "closes", f"{FAR}:503", "slots=8")
    lab.use("other", "holds", _AT, "count=2", "from=40000")
    lab.use("client", "holds", _AT, "from=41000")
    lab.use("client", "holds", f"{FAR}:503", "from=42000")
    found = _read(lab)
    assert sorted((s.client, s.client_port) for s in found) == [
        (CLIENT, 41_000), (OTHER, 40_000), (OTHER, 40_001),
    ]  # fmt: skip
    assert {s.target for s in found} == {Target(FAR, 502)}
    assert {(s.state, s.side, s.vantage) for s in found} == {("ESTABLISHED", "none", "conntrack")}
    assert all(_DAYS_5 - 60 < (s.expires_at or 0) - s.since <= _DAYS_5 and not s.dialled for s in found)


def test_first_seen_and_renewed(lab: Plant) -> None:
    """A session is as old as the first reading that had it, and active when its time was renewed since."""
    _track(lab)
    lab.serve("far", "closes", _AT, "slots=8")
    lab.use("other", "holds", _AT)
    now = 1_000.0
    table = ConntrackTable(_PORTS, lambda: now)
    (first,) = _read(lab, table, 5_000.0)
    assert (first.since, first.active_at) == (5_000.0, None)
    # The kernel's own seconds hardly move meanwhile: to the table this is a renewal.
    now += 10.0
    (later,) = _read(lab, table, 5_010.0)
    assert (later.since, later.active_at) == (5_000.0, 5_010.0)


@pytest.mark.parametrize(
    ("manner", "begin", "state"),
    [
        pytest.param("evicts", "holds", "CLOSE_WAIT", id="closed by the device, not by the client"),
        pytest.param("refuses", "waits", "ESTABLISHED", id="nothing asked"),
    ],
)
def test_the_state_is_that_of_the_clients_end(lab: Plant, manner: str, begin: str, state: str) -> None:
    """Who closed first tells the state: one that the device has closed is held by its client alone."""
    _track(lab)
    lab.serve("far", manner, _AT)
    lab.use("other", begin, _AT)
    if manner == "evicts":
        lab.use("client", "holds", _AT)
        eventually(lambda: _states(lab) == sorted([state, "ESTABLISHED"]), "the old one is closed")
    else:
        assert _states(lab) == [state]


def test_what_is_over_is_not_a_session(lab: Plant) -> None:
    """Closed from both sides: the entry lingers in the table for two minutes, the session does not."""
    _track(lab)
    lab.serve("far", "closes", _AT, "slots=8")
    lab.use("other", "visits", _AT)
    eventually(lambda: _entries(lab) > 0, "the router has tracked the visit")
    eventually(lambda: _states(lab) == [], "the visit is over")
    assert _entries(lab) > 0


def test_a_translated_session_is_the_devices(lab: Plant) -> None:
    """Behind a port forward the session is that of the device that answers; what was dialled is told too."""
    _track(lab)
    router = lab.hosts["router"]
    router.run("nft", "add", "table", "ip", "nat")
    router.run("nft", "add", "chain", "ip", "nat", "pre", "{ type nat hook prerouting priority -100; }")
    router.run(
        "nft", "add", "rule", "ip", "nat", "pre", f"ip daddr {ROUTER} tcp dport 1502 dnat to {FAR}:502"
    )
    lab.serve("far", "closes", _AT, "slots=8")
    lab.use("other", "holds", f"{ROUTER}:1502")
    (found,) = _read(lab)
    assert (found.client, found.target) == (OTHER, Target(FAR, 502))
    assert found.dialled == f"{ROUTER}:1502"


def test_a_router_that_tracks_nothing_says_how_to(lab: Plant) -> None:
    """Without a rule that asks for it the kernel tracks nothing: an error with the way out, not "none"."""
    with pytest.raises(VantageError, match="ct state"):
        _read(lab)


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EPERM, "cap_net_admin"), (errno.EPROTONOSUPPORT, "modprobe nf_conntrack_netlink")],
)
def test_a_refusal_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    """Not permitted, and not loaded: the error names what is missing."""

    def refuse(*_: object) -> socket.socket:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("tui.vantages.conntrack.socket.socket", refuse)
    with pytest.raises(VantageError, match=words):
        ConntrackTable(_PORTS).read(0.0)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading(noise: bytes) -> None:
    """Whatever an answer holds, it is read or refused by name."""
    header = struct.pack("=IHHII", 16 + len(noise), 0x100, 0, 1, 0)
    for data in (noise, header + noise, header + b"\2\0\0\0" + noise + b"\6\0\3\0" + b"\1\xf6"):
        with suppress(VantageError):
            Answer(_PORTS).feed(data, len(data))
        with suppress(VantageError):
            entry(data)


def test_no_more_is_kept_than_the_limit(lab: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of entries costs bounded memory, and what is left out is counted."""
    _track(lab)
    lab.serve("far", "closes", _AT, "slots=8")
    lab.use("other", "holds", _AT, "count=5")
    monkeypatch.setattr(limits, "SESSIONS", 3)
    reading = _reading(lab)
    assert len(reading.sessions) == 3
    assert reading.detail == "2 more than are kept"
