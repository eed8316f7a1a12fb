"""What captured frames tell of a connect: who answered, from how far, and what never left."""

from __future__ import annotations

from typing import Final

import pytest

from tui.ladder.distance import away, judge_distance
from tui.ladder.wire import Distances, distances, traces
from tui.records import Target
from tui.wire.frames import Frame, Tcp

_DEVICE: Final = Target("10.0.0.9", 502)
_OURS: Final = 40000
_SYN, _SYN_ACK, _RST = 0x02, 0x12, 0x14


def _sent(flags: int = _SYN, *, port: int = _OURS) -> Frame:
    segment = Tcp("10.0.0.1", port, *_DEVICE, 64, flags, 0, 0, 0, b"", 0)
    return Frame(0.0, "eth0", True, "02:00:00:00:00:01", "02:00:00:00:00:09", None, segment)


def _came(flags: int, *, ttl: int = 63, port: int = _OURS, source_port: int = 502) -> Frame:
    segment = Tcp(_DEVICE.address, source_port, "10.0.0.1", port, ttl, flags, 0, 0, 0, b"", 0)
    return Frame(0.0, "eth0", False, "02:00:00:00:00:09", "02:00:00:00:00:01", None, segment)


def test_a_refusal_is_taken_from_the_answer_to_our_own_port() -> None:
    """Another program's conversation with the same device says nothing of ours."""
    seen = traces([_sent(), _came(_RST, port=50000, ttl=9), _came(_RST)], _DEVICE, _OURS)
    assert seen.left
    assert seen.reset is not None
    assert seen.reset.ttl == 63
    assert seen.answer_mac == "02:00:00:00:00:09"


def test_a_foreign_syn_does_not_show_that_ours_left() -> None:
    """Our SYN counts as sent only if it is ours."""
    assert not traces([_sent(port=50000)], _DEVICE, _OURS).left
    assert traces([_sent(port=50000)], _DEVICE, None).left


def test_a_reset_after_the_handshake_is_no_refusal() -> None:
    """What was accepted first was not refused."""
    seen = traces([_sent(), _came(_SYN_ACK), _came(_RST)], _DEVICE, _OURS)
    assert seen.accepted is not None
    assert seen.reset is None


def test_other_ports_are_kept_apart_from_the_one_asked() -> None:
    """The reference for distances comes from other ports, open ones and closed ones apart."""
    frames = [
        _came(_RST, ttl=64),
        _came(_SYN_ACK, ttl=61, source_port=80),
        _came(_RST, ttl=60, source_port=22),
    ]
    assert distances(frames, _DEVICE) == Distances(61, 60)


@pytest.mark.parametrize(
    ("reset", "others", "ping", "fact"),
    [
        pytest.param(64, Distances(63, None), 63, "nearer", id="ping and an open port are farther"),
        pytest.param(64, Distances(), 63, "nearer-than-ping", id="ping alone may start elsewhere"),
        pytest.param(64, Distances(63, None), None, "nearer-than-ping", id="an open port may be forwarded"),
        pytest.param(64, Distances(63, None), 64, "agree", id="the RST is as far as ping"),
        pytest.param(63, Distances(), 63, "agree", id="no nearer"),
        pytest.param(127, Distances(), 64, "farther", id="behind the address"),
        pytest.param(64, Distances(None, 62), None, "nearer-than-ping", id="other closed ports are farther"),
        pytest.param(63, Distances(), None, None, id="nothing to compare with"),
    ],
)
def test_nearer_is_sure_only_where_two_references_agree(
    reset: int, others: Distances, ping: int | None, fact: str | None
) -> None:
    """One reference may deceive; without any, nothing is said."""
    told = judge_distance(reset, others, ping)
    assert (told.fact if told else None) == fact


def test_distances_read_as_hops() -> None:
    """A TTL is told as routers on the way."""
    assert (away(64), away(63), away(125)) == ("0 hops", "1 hop", "3 hops")
