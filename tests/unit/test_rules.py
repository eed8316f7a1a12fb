"""From what was seen to what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tui.diagnosis.observed import observed
from tui.diagnosis.rules import judge
from tui.diagnosis.scene import Scene
from tui.events import Climbed
from tui.records import Evidence, Session
from tui.state.model import Device, Way

NOW = 10_000.0


def _session(**fields: Any) -> Session:
    given_ = {
        "client": "10.0.0.9", "client_port": 40000, "address": "10.0.0.1", "port": 502,
        "state": "ESTABLISHED", "side": "client", "since": NOW - 60, **fields,
    }  # fmt: skip
    return Session(**given_)


def _scene(*sessions: Session, ports: str = "", way: Way | None = None, **fields: Any) -> Scene:
    device = Device(address="10.0.0.1", port=502, **{"sender": "10.0.0.1", **fields})
    return Scene(device, sessions, NOW, ports, way=way)


def _climbed(*sessions: Session, facts: dict[str, str], **fields: Any) -> Scene:
    """A device that a climb has examined since it turned so."""
    climb = Climbed(at=NOW - 5, address="10.0.0.1", port=502, facts=facts, done=True, evidence=(SEEN,))
    return _scene(*sessions, climb=climb, found=climb, **fields)


SEEN = Evidence(rung="neighbour", asked="ARP: who has 10.0.0.254", answer="no answer")
_BEHIND = Way("gateway", "10.0.0.254", "eth0")


_LEAK = [_session(client_port=40000 + n, state="CLOSE_WAIT", process="report", pid=7) for n in range(3)]

_TABLE = [
    ("refused", _scene(state="refused", expected=True), ("not-listening", "possible", "")),
    ("refused, full", _scene(_session(), state="refused", limit=1), ("slots-full", "likely", "refused")),
    (
        "refuses while a session is open",
        _scene(_session(), state="refused"),
        ("slots-full", "likely", "refused"),
    ),
    (
        "ICMP by a router",
        _scene(state="refused", sender="10.0.0.254", expected=True),
        ("filtered-icmp", "likely", ""),
    ),
    ("silent", _scene(state="timeout", expected=True), ("silent", "possible", "")),
    (
        "one port silent",
        _scene(state="timeout", expected=True, ports="refused"),
        ("filtered-drop", "possible", ""),
    ),
    (
        "silent, full",
        _scene(_session(), state="timeout", expected=True, limit=1),
        ("slots-full", "likely", "no-syn-ack"),
    ),
    ("no ARP", _scene(state="no-neighbour", expected=True), ("no-neighbour", "possible", "")),
    (
        "no ARP, and the way is known to lead through a gateway",
        _scene(state="no-neighbour", expected=True, way=_BEHIND),
        ("gateway-down", "likely", ""),
    ),
    (
        "no host, after a router's ARP in vain",
        _scene(state="host-unreachable", expected=True, sender="10.0.0.254", ms=3100.0),
        ("host-unreachable", "likely", ""),
    ),
    (
        "no host, at once",
        _scene(state="host-unreachable", expected=True, sender="10.0.0.254", ms=1.0),
        ("host-unreachable", "possible", ""),
    ),
    (
        "no route here",
        _scene(state="net-unreachable", expected=True, sender=None),
        ("no-route", "likely", ""),
    ),
    (
        "no route there",
        _scene(state="net-unreachable", expected=True, sender="10.0.0.254"),
        ("net-unreachable", "possible", ""),
    ),
    (
        "prohibited",
        _scene(state="prohibited", expected=True, sender="10.0.0.254"),
        ("filtered-icmp", "likely", ""),
    ),
    (
        "forbidden by this host",
        _scene(state="prohibited", expected=True, sender=None),
        ("local-firewall-out", "possible", ""),
    ),
    (
        "no port left here",
        _scene(state="error", expected=True, sender=None, detail="Cannot assign (EADDRNOTAVAIL)"),
        ("local-ports-exhausted", "likely", ""),
    ),
    ("closes", _scene(state="open", reply="closed"), ("slots-full", "possible", "accepted-closed")),
    (
        "closes while a session is open",
        _scene(_session(), state="open", reply="closed"),
        ("slots-full", "likely", "accepted-closed"),
    ),
    (
        "silent while a session is open",
        _scene(_session(), state="timeout", expected=True),
        ("slots-full", "likely", "no-syn-ack"),
    ),
    (
        "silent, and so are the sessions that are open",
        _scene(_session(unacked=1, backoff=3), state="timeout", expected=True),
        ("silent", "likely", ""),
    ),
    ("mute", _scene(state="open", reply="silent"), ("mute", "possible", "")),
    (
        "mute, full",
        _scene(_session(), state="open", reply="silent", limit=1),
        ("slots-full", "likely", "accepted-mute"),
    ),
    ("banner", _scene(state="open", reply="other", raw="5353"), ("not-modbus", "likely", "")),
    ("TLS alert", _scene(state="open", reply="other", raw="150301"), ("tls-only", "likely", "")),
    ("half a frame", _scene(state="open", reply="malformed"), ("bad-frames", "likely", "")),
    ("0x0A", _scene(state="answers", exception=10), ("gateway-path", "likely", "")),
    ("0x0B", _scene(state="answers", exception=11), ("gateway-target", "likely", "")),
    ("0x06", _scene(state="answers", exception=6), ("busy", "likely", "")),
    ("late", _scene(state="answers", answer_ms=1500.0), ("slow", "likely", "")),
    ("full", _scene(_session(), state="answers", limit=1), ("slots-full", "likely", "")),
    ("leak", _scene(*_LEAK, state="answers"), ("client-leak", "proven", "")),
    (
        "half-open",
        _scene(_session(unacked=2, backoff=4), state="answers"),
        ("stale-sessions", "likely", ""),
    ),
]


@pytest.mark.parametrize(("scene", "verdict"), [row[1:] for row in _TABLE], ids=[row[0] for row in _TABLE])
def test_each_signature_has_its_cause(scene: Scene, verdict: tuple[str, str, str]) -> None:
    """What was seen leads to exactly one cause, with its certainty, form and evidence."""
    drafts = judge(scene)
    assert [(d.cause, d.certainty, d.form) for d in drafts.values()] == [verdict]
    assert all(draft.evidence for draft in drafts.values())


@pytest.mark.parametrize(
    "scene",
    [
        _scene(state="answers"),
        _scene(state="answers", exception=2),
        _scene(state="timeout"),
        _scene(state="refused"),
        _scene(state="no-neighbour"),
        _scene(_session(), state="answers", limit=2),
        _scene(_session(state="CLOSE_WAIT"), state="answers"),
        _scene(_session(state="SYN_SENT"), state="answers", limit=1),
        _scene(state=None),
        _scene(_session(ours=True), state="answers", limit=1),
    ],
)
def test_nothing_wrong_says_nothing(scene: Scene) -> None:
    """Healthy devices and strangers' silence make no finding: an empty address is not a fault."""
    assert judge(scene) == {}


def test_a_slot_is_not_counted_once_the_device_has_closed() -> None:
    """CLOSE_WAIT at the client means that the device let go; at the device it still holds."""
    at_client = _scene(_session(state="CLOSE_WAIT"), state="answers", limit=1)
    at_device = _scene(_session(state="CLOSE_WAIT", side="device"), state="answers", limit=1)
    assert judge(at_client) == {}
    assert list(judge(at_device)) == ["slots-full"]


@given(
    st.sampled_from(["answers", "open", "refused", "timeout", "prohibited", "error", None]),
    st.sampled_from(["", "closed", "reset", "silent", "other", "malformed"]),
    st.booleans(),
    st.integers(0, 3),
    st.sampled_from([None, 1, 2, 4, 6, 10, 11, 99]),
)
def test_every_finding_can_be_written(
    state: Any, reply: Any, expected: bool, sessions: int, exception: int | None
) -> None:
    """Whatever the state, every draft becomes a finding with a title and remedies."""
    held = [_session(client_port=1 + n) for n in range(sessions)]
    scene = _scene(*held, state=state, reply=reply, expected=expected, limit=2, exception=exception)
    for draft in judge(scene).values():
        finding = draft.finding(scene.device.target, NOW)
        assert finding.title
        assert finding.remedies
        assert finding.certainty != "proven" or not finding.could_also_be


def test_a_full_device_names_who_to_look_at_first() -> None:
    """The first remedy is a name and a number, not a general truth."""
    held = [_session(client_port=n, process="historian", pid=7) for n in (1, 2)]
    (draft,) = judge(_scene(*held, _session(client_port=3, process="hmi", pid=8), state="refused")).values()
    assert "historian[7] needs its 2 connections" in draft.finding(_scene().device.target, NOW).remedies[0]


def test_alternatives_fit_the_form() -> None:
    """A device that accepted a connection is listening: nothing else is claimed."""
    (draft,) = judge(_scene(_session(), state="open", reply="closed")).values()
    finding = draft.finding(_scene().device.target, NOW)
    assert "not-listening" not in finding.could_also_be
    assert finding.could_also_be


def test_what_a_climb_found_goes_before_what_a_sweep_guessed() -> None:
    """A climb that still holds decides the cause, its certainty, its evidence and who is to blame."""
    facts = {"route": "gateway", "nexthop": "silent", "connect": "unreachable-here", "history": "never"}
    scene = _climbed(facts=facts, state="no-neighbour", expected=True)
    scene.device.climb.details["gateway"] = "10.0.0.254"  # type: ignore[union-attr]
    (draft,) = judge(scene).values()
    assert (draft.cause, draft.culprit) == ("gateway-down", "10.0.0.254")
    assert draft.evidence == (SEEN,)
    assert judge(scene._replace(device=replace(scene.device, found=None))).keys() == {"no-neighbour"}


def test_sessions_are_told_anew_after_a_climb() -> None:
    """A holder that appears after the climb turns the verdict: sessions are watched all the time."""
    facts = {"connect": "rst", "held": "none", "stuck": "no", "history": "never", "retry": "same"}
    assert list(judge(_climbed(facts=facts, state="refused", expected=True))) == ["not-listening"]
    assert list(judge(_climbed(_session(), facts=facts, state="refused", expected=True))) == ["slots-full"]


def test_a_climb_that_finds_nothing_wrong_makes_no_finding() -> None:
    """Healthy after all, an exception to the harmless read included."""
    for reply in ("answer", "illegal"):
        facts = {"connect": "open", "reply": reply, "units": "same", "pace": "quick"}
        assert judge(_climbed(facts=facts, state="answers", expected=True)) == {}


def test_a_refusal_speaks_of_sessions_only_where_some_are_seen() -> None:
    """Refused after it worked: its slots may be taken, but nobody says that sessions are open."""
    (draft,) = judge(_scene(state="refused", expected=True, reached_at=NOW - 60)).values()
    assert (draft.cause, draft.priority) == ("slots-full", 1)
    assert "may be taken" in draft.title
    assert "not-listening" in draft.could_also_be


def test_connecting_now_is_not_history() -> None:
    """That TCP connects and closes says nothing of whether Modbus was ever served there."""
    never = _scene(state="open", reply="closed", reached_at=NOW)
    before = _scene(state="open", reply="closed", reached_at=NOW, before="answers", since=NOW - 9)
    assert "not-modbus" in judge(never)["slots-full"].could_also_be
    assert "not-modbus" not in judge(before)["slots-full"].could_also_be


def test_a_sweep_alone_proves_nothing() -> None:
    """Two questions never rule out everything else."""
    for _, scene, _ in _TABLE:
        assert all(d.certainty != "proven" or d.cause == "client-leak" for d in judge(scene).values())


def test_unseen_sessions_are_not_called_none() -> None:
    """Where this host cannot see sessions at all, nothing is said of slots."""
    scene = _scene(state="refused", expected=True)._replace(watched=False)
    assert "held" not in observed(scene).facts
    assert observed(_scene(state="refused", expected=True)).facts["held"] == "none"
