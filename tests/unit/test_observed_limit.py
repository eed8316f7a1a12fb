"""A device's limit as it was observed, from the events that tell of it."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tui.diagnosis.alarms import review
from tui.diagnosis.observed_limit import learnt
from tui.events import Probed, RunStarted
from tui.limits import MIRROR_SURE_S
from tui.records import KnownDevice, Session, Target
from tui.session_events import Heard, LimitObserved, SessionGone, SessionSeen, VantageStatus
from tui.state.store import Store

TARGET: Final = Target("10.0.0.1", 502)
NOW: Final = 100_000.0


def _store(limit: int | None = None) -> Store:
    store = Store()
    known = KnownDevice(address=TARGET.address, limit=limit, limit_source="config" if limit else "")
    store.apply(RunStarted(at=0.0, version="1", host="h", known=(known,)))
    return store


def _hold(store: Store, *ports: int, since: float = NOW - 900, **fields: Any) -> None:
    for port in ports:
        session = Session(
            client="10.0.0.9", client_port=port, address=TARGET.address, port=TARGET.port, side="none",
            state="ESTABLISHED", since=since, **fields,
        )  # fmt: skip
        store.apply(SessionSeen(at=NOW, session=session))


def _leave(store: Store, *ports: int) -> None:
    for port in ports:
        gone = SessionGone(
            at=NOW, client="10.0.0.9", client_port=port, address=TARGET.address, port=TARGET.port
        )
        store.apply(gone)


def _heard(store: Store, held: int, form: str = "refused") -> None:
    heard = Heard(
        at=NOW, address=TARGET.address, port=TARGET.port, turned_away_at=held, turned_away_as=form  # type: ignore[arg-type]
    )  # fmt: skip
    store.apply(heard)


def _probe(store: Store, at: float, **fields: Any) -> None:
    store.apply(Probed(at=at, address=TARGET.address, port=TARGET.port, **fields))


def _learn(store: Store, now: float = NOW) -> tuple[int, bool] | None:
    told = learnt(store, TARGET, now)
    if told is None:
        return None
    store.apply(told)
    return told.limit, told.sure


def test_what_others_are_refused_at_is_a_lower_bound_and_told_once() -> None:
    """From traffic that nobody vouches for, the limit is at least what stood when one was turned away."""
    store = _store()
    _hold(store, 1, 2)
    _heard(store, 3)
    assert _learn(store) == (3, False)
    device = store.devices[TARGET]
    assert (device.limit, device.limit_least) == (None, 3)
    assert device.limit_source == "observed: it refused one more at 3"
    assert _learn(store) is None


def test_an_exact_vantage_makes_it_the_limit_and_losing_it_takes_nothing_back() -> None:
    """Where every session is seen the figure is the limit; it stays so when the vantage goes."""
    store = _store()
    seen = VantageStatus(at=NOW, name="mirror", works=True, sees="all", exact=True, since=NOW - MIRROR_SURE_S)
    store.apply(seen)
    _heard(store, 3)
    assert _learn(store) == (3, True)
    store.apply(VantageStatus(at=NOW, name="mirror", works=False, sees="all", exact=True))
    assert _learn(store) is None
    assert store.devices[TARGET].limit == 3


def test_a_limit_that_is_told_is_never_overruled() -> None:
    """What the configuration says of the limit stands, whatever traffic tells."""
    store = _store(limit=4)
    _heard(store, 3)
    assert _learn(store) is None


def test_holding_more_takes_a_limit_back_for_good() -> None:
    """A device seen to hold more than its limit has another; the old figure does not come back."""
    store = _store()
    _heard(store, 2)
    _learn(store)
    _hold(store, 1, 2, 3)
    assert _learn(store) == (3, False)
    assert store.devices[TARGET].limit_source == "observed: it held 3 at once"
    _leave(store, 3)
    assert _learn(store) is None
    assert store.devices[TARGET].limit_least == 3


def test_a_connection_about_to_be_closed_is_no_more_than_the_limit() -> None:
    """A device that takes one more and hangs up does not hold it: nothing is taken back for that moment."""
    store = _store()
    _heard(store, 2, "accepted-closed")
    _learn(store)
    _hold(store, 1, 2)
    _hold(store, 3, since=NOW - 1)
    assert _learn(store) is None


@pytest.mark.parametrize(("active_at", "told"), [(NOW - 900, None), (NOW - 1, (3, False))])
def test_of_a_mute_device_only_served_connections_count(
    active_at: float, told: tuple[int, bool] | None
) -> None:
    """A device may take connections that it never serves: those do not tell against its limit."""
    store = _store()
    _heard(store, 2)
    _learn(store)
    mute = LimitObserved(
        at=NOW, address=TARGET.address, port=502, limit=2, sure=False,
        source="it took one more and did not serve it at 2",
    )  # fmt: skip
    store.apply(mute)
    _hold(store, 1, 2, active_at=NOW - 1)
    _hold(store, 3, active_at=active_at)
    assert _learn(store) == told


def test_our_own_refusal_counts_once_it_has_served_us_with_fewer() -> None:
    """Turned away with two in use, served with one: it takes at least two, and the review tells it."""
    store = _store()
    _probe(store, NOW - 900, state="answers", reply="answer")
    _hold(store, 1, 2)
    _probe(store, NOW - 60, state="refused", sender=TARGET.address)
    assert learnt(store, TARGET, NOW) is None
    _leave(store, 2)
    _probe(store, NOW, state="answers", reply="answer")
    (told,) = [turn for turn in review(store, TARGET, NOW) if isinstance(turn, LimitObserved)]
    assert (told.limit, told.sure, told.source) == (2, False, "it refused one more at 2")


def test_an_unknown_device_has_no_limit() -> None:
    """Nothing is told of a device that is not there."""
    assert learnt(Store(), TARGET, NOW) is None
