"""From several vantages to one list: a connection is one session, whoever sees it under which name."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.records import Session, SessionKey, Talk
from tui.state.model import holds_slot
from tui.vantages import Ended, Seen
from tui.vantages.union import joined, union

PLC, SCADA, ROUTER = "10.0.0.2", "10.0.0.1", "10.0.0.254"
Side = Literal["client", "device", "both", "none"]


def session(vantage: str, side: Side = "none", **more: object) -> Session:
    fields: dict[str, object] = {
        "client": SCADA, "client_port": 40_000, "address": PLC, "port": 502, "state": "ESTABLISHED",
        "side": side, "since": 100.0, "vantage": vantage,
    }  # fmt: skip
    return Session(**{**fields, **more})  # type: ignore[arg-type]


def reading(*sessions: Session, aliases: tuple[SessionKey, ...] = ()) -> dict[SessionKey, Seen]:
    return {each.key: Seen(each, aliases=aliases) for each in sessions}


def test_a_session_that_all_see_is_one_with_the_best_of_each() -> None:
    """The kernel's figures stand; the mirror adds what was said and its age, the firewall its deadline."""
    kernel = session("kernel", "client", pid=7, process="scada", rtt_ms=0.4, active_at=150.0, since=120.0)
    talk = Talk(requests=9)
    mirror = session("mirror", since=50.0, began=True, rtt_ms=3.0, active_at=160.0, talk=talk)
    tracked = session("conntrack", expires_at=900.0, dialled="10.9.9.9:502")
    (seen,) = union([reading(kernel), reading(mirror), reading(tracked)]).values()
    made = seen.session
    assert (made.vantage, made.seen_by) == ("kernel", ("kernel", "mirror", "conntrack"))
    assert (made.side, made.pid, made.process, made.rtt_ms) == ("client", 7, "scada", 0.4)
    assert (made.since, made.began, made.active_at) == (50.0, True, 160.0)
    assert (made.talk, made.expires_at, made.dialled) == (talk, 900.0, "10.9.9.9:502")


def test_the_two_ends_in_two_namespaces_are_one_session() -> None:
    """The state and the process at the client's end stand, the device's state is beside it."""
    device = session("namespaces", "device", state="CLOSE_WAIT", pid=8, process="plc", netns="plc")
    client = session("namespaces", "client", state="FIN_WAIT2", pid=7, process="scada", netns="scada")
    for order in ([device, client], [client, device]):
        (seen,) = union([reading(each) for each in order]).values()
        made = seen.session
        assert (made.side, made.state, made.device_state) == ("both", "FIN_WAIT2", "CLOSE_WAIT")
        assert (made.pid, made.process, made.netns) == (7, "scada", "scada")
        assert made.seen_by == ("namespaces",)


def test_loopback_of_two_namespaces_is_two_sessions() -> None:
    """127.0.0.1 is another host in every namespace; other addresses are the same."""
    one = session("namespaces", "both", client="127.0.0.1", address="127.0.0.1", netns="one")
    other = session("namespaces", "both", client="127.0.0.1", address="127.0.0.1", netns="other")
    assert len(union([reading(one), reading(other)])) == 2


def test_a_translated_session_goes_by_the_real_ends() -> None:
    """Before the port forward and behind the masquerade it is the same connection to the same device."""
    key = SessionKey(SCADA, 40_000, PLC, 502, "")
    dialled = session("kernel", "client", address=ROUTER, port=1502, pid=7)
    behind = session("mirror", client=ROUTER, client_port=61_000)
    tracked = reading(session("conntrack", expires_at=9.0), aliases=(dialled.key, behind.key))
    found = union([reading(dialled), reading(behind), tracked])
    assert [*found] == [key]
    made = found[key].session
    assert made.key == key
    assert (made.pid, made.dialled, made.expires_at) == (7, f"{ROUTER}:1502", 9.0)
    assert made.seen_by == ("kernel", "mirror", "conntrack")


@pytest.mark.parametrize(("active_at", "kept"), [(None, False), (150.0, False), (250.0, True)])
def test_what_was_seen_to_end_is_not_resurrected(active_at: float | None, kept: bool) -> None:
    """A firewall remembers connections for days: one seen to end counts again only if a packet came since."""
    tracked = session("conntrack", expires_at=5_000.0, active_at=active_at)
    over = {tracked.key: Ended(200.0, "client", "fin")}
    assert bool(union([{}, reading(tracked)], over)) is kept
    alive = session("kernel", "client", active_at=active_at)
    assert union([reading(alive)], over)


def test_a_connection_that_the_device_never_took_holds_no_slot() -> None:
    """This host's kernel calls it established; the traffic shows that the device dropped its last ACK."""
    kernel, mirror = session("kernel", "client"), session("mirror", state="SYN_RECV")
    (seen,) = union([reading(kernel), reading(mirror)]).values()
    assert (seen.session.state, seen.session.device_state) == ("ESTABLISHED", "SYN_RECV")
    assert not holds_slot(seen.session)
    (alone,) = union([reading(kernel)]).values()
    assert holds_slot(alone.session)


SIDES: tuple[Side, ...] = ("client", "device", "both", "none")


@given(st.lists(st.sampled_from(SIDES), min_size=2, max_size=5))
def test_ends_add_up_in_any_order(sides: list[Side]) -> None:
    """Which ends are on this host is the union of what each vantage has, whatever comes first."""
    seen = [Seen(session(f"v{number}", side, since=float(number))) for number, side in enumerate(sides)]
    made = seen[0]
    for other in seen[1:]:
        made = joined(made, other)
    ends = {end for side in sides for end in {"both": "cd", "none": "", "client": "c", "device": "d"}[side]}
    assert (
        made.session.side == {"": "none", "c": "client", "d": "device", "cd": "both"}["".join(sorted(ends))]
    )
    assert made.session.since == 0.0
    assert {*made.session.seen_by} == {f"v{number}" for number in range(len(sides))}
