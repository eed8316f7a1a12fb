"""The life of findings."""

from __future__ import annotations

from msgspec.structs import replace

from tui.diagnosis.alarms import fading, review
from tui.events import Climbed, FindingChanged, Probed, RunStarted
from tui.records import KnownDevice, Session, Target
from tui.session_events import SessionSeen
from tui.state.store import Store

TARGET = Target("10.0.0.1", 502)


def _store() -> Store:
    store = Store()
    store.apply(RunStarted(at=0.0, version="1", host="h", known=(KnownDevice(address=TARGET.address),)))
    return store


def _probe(store: Store, at: float, **fields: object) -> list[FindingChanged]:
    store.apply(Probed(at=at, address=TARGET.address, port=TARGET.port, **fields))  # type: ignore[arg-type]
    return _review(store, at)


def _review(store: Store, at: float) -> list[FindingChanged]:
    turns = review(store, TARGET, at)
    for turn in turns:
        store.apply(turn)
    return [turn for turn in turns if isinstance(turn, FindingChanged)]


def test_a_finding_opens_once_and_is_not_repeated() -> None:
    """The same trouble in every sweep is one line, however its milliseconds move."""
    store = _store()
    turns = [_probe(store, float(at), state="refused", ms=at / 10, sender="10.0.0.1") for at in range(1, 6)]
    assert [[change.change for change in changes] for changes in turns] == [["opened"], [], [], [], []]


def test_a_finding_clears_when_nothing_backs_it() -> None:
    """A device that answers again clears its finding, which keeps its history."""
    store = _store()
    _probe(store, 1.0, state="refused", sender="10.0.0.1")
    (cleared,) = _probe(store, 2.0, state="answers")
    assert cleared.change == "cleared"
    assert (cleared.finding.opened_at, cleared.finding.cleared_at) == (1.0, 2.0)
    assert _probe(store, 3.0, state="answers") == []


def test_a_finding_that_comes_back_opens_again_and_is_counted() -> None:
    """Trouble that returns after a long time needs a fresh look, and is counted."""
    store = _store()
    (opened,) = _probe(store, 1.0, state="timeout")
    _acknowledge(store, opened)
    _probe(store, 2.0, state="answers")
    (again,) = _probe(store, 9_000.0, state="timeout")
    assert (again.change, again.finding.times, again.finding.acknowledged_at) == ("opened", 2, None)


def test_a_finding_that_comes_back_at_once_is_still_acknowledged() -> None:
    """Nobody has to acknowledge the same chattering trouble again and again."""
    store = _store()
    (opened,) = _probe(store, 1.0, state="timeout")
    _acknowledge(store, opened)
    _probe(store, 2.0, state="answers")
    (again,) = _probe(store, 3.0, state="timeout")
    assert again.finding.acknowledged_at == 1.5


def test_a_chattering_finding_is_damped() -> None:
    """Trouble that comes and goes every second opens twice, then stays one open line with its count."""
    store = _store()
    turns = []
    for at in range(1, 41, 2):
        turns += _probe(store, float(at), state="timeout")
        turns += _probe(store, float(at + 1), state="answers")
    assert [change.change for change in turns if change.change != "updated"] == [
        "opened",
        "cleared",
        "opened",
    ]
    (finding,) = store.findings.values()
    assert finding.times == 20
    assert list(fading(store)) == [TARGET]
    (cleared,) = _review(store, 1_000.0)
    assert cleared.change == "cleared"


def _acknowledge(store: Store, opened: FindingChanged) -> None:
    seen = replace(opened.finding, acknowledged_at=1.5)
    store.apply(FindingChanged(at=1.5, change="acknowledged", finding=seen))


def test_new_evidence_updates_in_place() -> None:
    """More is known: the finding is updated and keeps when it opened."""
    store = _store()
    _probe(store, 1.0, state="open", reply="closed")
    session = Session(
        client="10.0.0.9", client_port=1, address=TARGET.address, port=TARGET.port, state="ESTABLISHED",
        side="client", since=1.0, pid=7, process="scada",
    )  # fmt: skip
    store.apply(SessionSeen(at=2.0, session=session))
    (update,) = _review(store, 2.0)
    assert (update.change, update.finding.opened_at) == ("updated", 1.0)
    assert any("scada[7]" in evidence.answer for evidence in update.finding.evidence)


def test_another_cause_replaces_the_first() -> None:
    """A device that goes from refused to mute keeps one line: the new one since the trouble began."""
    store = _store()
    _probe(store, 1.0, state="refused", sender="10.0.0.1")
    changes = _probe(store, 2.0, state="open", reply="silent")
    assert {(change.change, change.finding.cause) for change in changes} == {
        ("opened", "mute"),
        ("cleared", "not-listening"),
    }
    opened, cleared = (change.finding for change in changes)
    assert (opened.opened_at, cleared.replaced_by) == (1.0, opened.id)


def test_a_finding_told_better_is_still_acknowledged() -> None:
    """Who has seen the trouble need not see it again because a climb knows its cause, unless it is worse."""
    store = _store()
    (opened,) = _probe(store, 1.0, state="no-neighbour")
    _acknowledge(store, opened)
    facts = {"route": "gateway", "nexthop": "silent", "connect": "unreachable-here"}
    climb = Climbed(at=2.0, address=TARGET.address, port=TARGET.port, facts=facts, done=True)
    store.apply(climb)
    better, _ended = _review(store, 2.0)
    assert (better.finding.cause, better.finding.acknowledged_at) == ("gateway-down", 1.5)
    worse, _ = _probe(store, 3.0, state="refused", sender=TARGET.address, reached_at=1.0)
    assert (worse.finding.priority, worse.finding.acknowledged_at) == (1, None)
