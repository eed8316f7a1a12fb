"""What is known of a device's connections: how many, of how many, whether those are all, and for how long."""

from __future__ import annotations

from typing import Literal

import pytest

from tui import limits
from tui.diagnosis.observed_limit import learnt
from tui.events import Probed, RunStarted
from tui.records import KnownDevice, ProbeState, Reply, Session, Target
from tui.session_events import (
    ClientsKnown,
    Counted,
    Heard,
    LimitObserved,
    SessionGone,
    SessionSeen,
    VantageStatus,
)
from tui.state.clients import DAY_S, is_new
from tui.state.counts import STEP_S, STEPS, Counts, by_step
from tui.state.holding import Holding, holding
from tui.state.store import Store

PLC = Target("10.0.0.2", 502)
Side = Literal["client", "device", "both", "none"]


def session(port: int, side: Side = "client", client: str = "10.0.0.1", at: float = 0.0) -> Session:
    return Session(
        client=client, client_port=port, address=PLC.address, port=PLC.port, state="ESTABLISHED", side=side,
        since=at, active_at=at, vantage="mirror" if side == "none" else "kernel",
    )  # fmt: skip


def store_with(*events: object, limit: int | None = None) -> Store:
    store = Store()
    known = KnownDevice(address=PLC.address, limit=limit, limit_source="configuration" if limit else "")
    store.apply(RunStarted(at=0.0, version="1", host="h", ports=(502,), known=(known,)))
    for event in events:
        store.apply(event)  # type: ignore[arg-type]
    return store


def held(store: Store, now: float = 0.0) -> Holding:
    return holding(store.devices[PLC], [*store.sessions_of(PLC)], store.vantages, now)


def test_a_count_from_the_clients_side_is_a_lower_bound() -> None:
    """Others may hold connections that this host cannot see."""
    seen = held(store_with(SessionSeen(at=1.0, session=session(1)), limit=4))
    assert (seen.taken, seen.exact, seen.limit, seen.source) == (1, "", 4, "configuration")
    assert not seen.full


def test_a_count_at_the_devices_own_end_is_exact() -> None:
    """Where the device's sockets are on this host, its table has them all."""
    assert held(store_with(SessionSeen(at=1.0, session=session(1, "device")))).exact == "kernel"


def test_a_mirror_is_exact_once_even_idle_sessions_have_spoken() -> None:
    """Vouched for, heard, without a break, for longer than keep-alives are apart: before that not."""
    status = VantageStatus(at=1.0, name="mirror", works=True, sees="", exact=True, since=1.0)
    heard = Heard(at=1.0, address=PLC.address, port=PLC.port)
    store = store_with(status, heard, SessionSeen(at=1.0, session=session(1, "none")))
    assert held(store, 1.0 + limits.MIRROR_SURE_S - 1).exact == ""
    assert held(store, 1.0 + limits.MIRROR_SURE_S).exact == "mirror"


def test_the_devices_own_count_is_believed_for_a_while() -> None:
    """It knows of those that nobody else sees; an old count says nothing."""
    counted = Counted(at=10.0, address=PLC.address, port=PLC.port, count=3)
    store = store_with(counted, SessionSeen(at=1.0, session=session(1)))
    assert (held(store, 20.0).taken, held(store, 20.0).exact) == (3, "the device")
    assert (held(store, 11.0 + limits.COUNTED_S).taken, held(store, 11.0 + limits.COUNTED_S).exact) == (1, "")


def probed(at: float, state: ProbeState, reply: Reply) -> Probed:
    return Probed(at=at, address=PLC.address, port=PLC.port, state=state, reply=reply)


def told_limit(store: Store, now: float) -> tuple[int, bool] | None:
    event = learnt(store, PLC, now)
    if event is None:
        return None
    store.apply(event)
    return event.limit, event.sure


@pytest.mark.parametrize(
    ("state", "reply", "form"),
    [("refused", "", "refused"), ("open", "closed", "closed"), ("open", "silent", "did not serve")],
)
@pytest.mark.parametrize("side", ["client", "both"])
def test_turned_away_at_two_and_served_at_one_is_a_limit_of_two(
    state: ProbeState, reply: Reply, form: str, side: Side
) -> None:
    """Seen from the device it is its limit; seen from its clients a lower bound of it."""
    store = store_with(probed(1.0, "answers", "answer"))
    for port in (1, 2):
        store.apply(SessionSeen(at=2.0, session=session(port, side, at=2.0)))
    assert told_limit(store, 2.0) is None
    store.apply(probed(3.0, state, reply))
    assert told_limit(store, 3.0) is None
    store.apply(SessionGone(at=4.0, client="10.0.0.1", client_port=1, address=PLC.address, port=PLC.port))
    store.apply(probed(5.0, "answers", "answer"))
    assert told_limit(store, 5.0) == (2, side == "both")
    device = store.devices[PLC]
    assert (device.limit, device.limit_least) == ((2, None) if side == "both" else (None, 2))
    assert form in device.limit_source
    assert learnt(store, PLC, 6.0) is None


def test_a_device_that_was_never_reached_has_no_observed_limit() -> None:
    """A closed port refuses whoever holds what; only a device that serves at other times has a limit."""
    store = store_with(SessionSeen(at=1.0, session=session(1, "both")), probed(2.0, "refused", ""))
    assert store.devices[PLC].turned_away is None


def test_more_held_than_observed_takes_the_limit_back() -> None:
    """A limit that turns out too low is worse than none."""
    store = store_with(LimitObserved(at=1.0, address=PLC.address, port=PLC.port, limit=1, sure=True))
    assert store.devices[PLC].limit == 1
    for port in (1, 2):
        store.apply(SessionSeen(at=2.0, session=session(port, "both")))
    assert told_limit(store, 2.0) is None
    assert told_limit(store, 20.0) == (2, False)
    device = store.devices[PLC]
    assert (device.limit, device.limit_least, device.limit_source) == (None, 2, "observed: it held 2 at once")


def test_a_configured_limit_is_never_replaced() -> None:
    """What somebody wrote down beats what was observed."""
    store = store_with(LimitObserved(at=1.0, address=PLC.address, port=PLC.port, limit=1, sure=True), limit=4)
    assert (store.devices[PLC].limit, store.devices[PLC].limit_source) == (4, "configuration")


def test_a_limit_observed_in_traffic() -> None:
    """What others were turned away at is told too, as a lower bound unless all is seen."""
    heard = Heard(
        at=1.0, address=PLC.address, port=PLC.port, turned_away_at=3, turned_away_as="evicts-oldest"
    )
    store = store_with(heard, SessionSeen(at=1.0, session=session(1, "none")))
    assert told_limit(store, 1.0) == (3, False)
    assert "oldest" in store.devices[PLC].limit_source


def test_what_was_observed_survives_into_the_next_recording() -> None:
    """The events that a new journal file begins with lead to the same limit, clients and count."""
    store = store_with(
        LimitObserved(at=1.0, address=PLC.address, port=PLC.port, limit=2, sure=True, source="it refused"),
        Counted(at=1.0, address=PLC.address, port=PLC.port, count=1),
        SessionSeen(at=1.0, session=session(1, "device")),
    )
    again = Store()
    for event in store.events():
        again.apply(event)
    assert again.devices[PLC] == store.devices[PLC]
    assert again.clients == store.clients != {}


def test_a_client_is_usual_from_its_second_day() -> None:
    """A visitor is one who is not, where others are."""
    store = store_with()
    for day in (0, 1):
        store.apply(SessionSeen(at=day * DAY_S, session=session(1, "none", "10.0.0.1")))
    store.apply(SessionSeen(at=DAY_S, session=session(2, "none", "10.0.0.77")))
    known = store.clients[PLC]
    assert not is_new(known, "10.0.0.1")
    assert is_new(known, "10.0.0.77")
    assert not is_new({}, "10.0.0.77")


def test_clients_are_bounded_and_the_usual_ones_stay() -> None:
    """A scan by thousands does not push out who is there every day."""
    store = store_with()
    for day in (0, 1):
        store.apply(SessionSeen(at=day * DAY_S, session=session(1, "none", "10.0.0.1")))
    for number in range(2 * limits.CLIENTS):
        client = f"10.1.{number // 250}.{number % 250}"
        store.apply(SessionSeen(at=DAY_S, session=session(2, "none", client)))
    assert len(store.clients[PLC]) == limits.CLIENTS
    assert "10.0.0.1" in store.clients[PLC]


def test_recalled_clients_do_not_undo_what_was_seen_since() -> None:
    """The past is filled in, the present stands."""
    store = store_with(SessionSeen(at=3 * DAY_S, session=session(1, "none")))
    now = store.clients[PLC]["10.0.0.1"]
    past = store_with(SessionSeen(at=0.0, session=session(1, "none"))).clients[PLC]
    store.apply(ClientsKnown(at=0.0, address=PLC.address, port=PLC.port, clients=dict(past)))
    assert store.clients[PLC]["10.0.0.1"].day == now.day
    assert store.clients[PLC]["10.0.0.1"].days == 2


def test_counts_are_carried_through_quiet_steps() -> None:
    """Each step shows the most there were; where nothing was told it stays; before the first, unknown."""
    counts = Counts()
    for at, count in ((1.0, 1), (2.0, 3), (3.0, 2), (2 * STEP_S + 1, 0)):
        counts.tell(at, count)
    assert by_step(counts.history, 3 * STEP_S)[-4:] == [3, 2, 2, 0]
    assert by_step(counts.history, 3 * STEP_S)[:-4] == [None] * (STEPS - 4)
    assert by_step(counts.history, 99 * STEP_S) == [0] * STEPS
    assert by_step((), 0.0) == [None] * STEPS
