"""The past read back from recordings: which moments of note there are, and how things stood at each."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.screen.plant import NOW, finding, probed, run, session
from tui import limits
from tui.event import Event
from tui.events import FindingChanged, Health, StateChanged, decode, encode
from tui.journal import history as reading
from tui.journal.history import History, Then
from tui.journal.moments import Moment
from tui.records import Target
from tui.state.model import Snapshot
from tui.state.store import Store

_T: Final = 1_000_000.0


def _changed(number: int, at: float) -> StateChanged:
    return StateChanged(at=at, address=f"10.20.0.{number}", port=502, before="answers", after="refused")


def _opened(address: str, at: float) -> FindingChanged:
    return replace(finding(address, opened_at=at, updated_at=at), at=at)


def _file(directory: Path, number: int) -> Path:
    return directory / f"port502-20260101T{number:06}Z-0001.jsonl"


def _write(path: Path, *events: Event) -> Path:
    with path.open("ab") as file:
        file.writelines(encode(event) + b"\n" for event in events)
    return path


def _then(history: History, moment: Moment | None) -> Then:
    assert moment is not None
    then = history.then(moment)
    assert then is not None
    return then


def _all(history: History) -> list[Moment]:
    """Every moment, newest first, as whoever goes back step by step comes by them."""
    found: list[Moment] = []
    moment = history.step(None, -1)
    while moment is not None and moment not in found:
        found.append(moment)
        moment = history.step(moment, -1)
    return found


def _folded(moment: Moment) -> Snapshot:
    store = Store()
    for line in moment.path.read_bytes()[: moment.end].split(b"\n")[:-1]:
        store.apply(decode(line))
    return store.snapshot(None, set())


_EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["asked", "changed", "opened", "cleared", "session", "health"]),
        st.integers(1, 5),
        st.sampled_from([0.1, 1.0, 3.0, 40.0, 1000.0]),
    ),
    max_size=40,
)


def _made(told: list[tuple[str, int, float]]) -> list[Event]:
    at = _T
    events: list[Event] = [replace(run(), at=at)]
    for what, number, later in told:
        at += later
        address = f"10.20.0.{number}"
        event: Event
        match what:
            case "asked":
                event = probed(address, "refused" if number % 2 else "answers", at=at)
            case "changed":
                event = _changed(number, at)
            case "opened":
                event = _opened(address, at)
            case "cleared":
                done = replace(_opened(address, at).finding, cleared_at=at)
                event = FindingChanged(at=at, change="cleared", finding=done)
            case "session":
                event = replace(session("10.20.0.5", 50_000 + number, address), at=at)
            case _:
                event = Health(at=at, source="sweep", ok=bool(number % 2), text="")
        events.append(event)
    return events


@settings(max_examples=60, deadline=None)
@given(_EVENTS, st.randoms())
def test_the_past_is_what_a_plain_fold_gives(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[str, int, float]], order: object
) -> None:
    """However one comes to a moment, it is as if the recording had been folded up to there and no further."""
    path = _write(tmp_path_factory.mktemp("journal") / "x.jsonl", *_made(told))
    history = History(path)
    moments = _all(history)
    order.shuffle(moments)  # type: ignore[attr-defined]
    for moment in moments:
        assert _then(history, moment).snapshot == _folded(moment)


def test_what_comes_together_is_one_moment(tmp_path: Path) -> None:
    """A device that goes with its neighbours is one step; a finding can be looked at as it was without it."""
    path = _write(
        tmp_path / "x.jsonl",
        replace(run(), at=_T),
        _changed(1, _T + 100),
        _changed(2, _T + 101),
        _opened("10.20.0.1", _T + 101.5),
        _changed(3, _T + 200),
    )
    history = History(path)
    moments = _all(history)
    assert [moment.at for moment in moments] == [_T + 200, _T + 101.5, _T + 101, _T]
    assert [len(_then(history, moment).turns) for moment in moments] == [1, 1, 2, 0]
    assert [_then(history, moment).back for moment in moments] == [1, 2, 3, 4]
    assert _then(history, moments[-1]).first


def test_an_hour_long_storm_is_not_one_moment(tmp_path: Path) -> None:
    """Turns that never pause are told apart all the same."""
    storm = [_changed(1, _T + number) for number in range(100)]
    history = History(_write(tmp_path / "x.jsonl", replace(run(), at=_T), *storm))
    assert len(_all(history)) == 5


def test_the_beginning_of_a_file_is_no_news(tmp_path: Path) -> None:
    """The present with which each file starts is told with old times, and is nothing to step through."""
    store = Store()
    for event in (*_made([("opened", 1, 3.0), ("health", 2, 40.0)]), probed("10.20.0.9", at=_T)):
        store.apply(event)
    again = Health(at=_T + 99, source="sweep", ok=True)
    live = [probed("10.20.0.9", at=_T + 90), _changed(9, _T + 90), again]
    history = History(_write(tmp_path / "x.jsonl", *store.events(), *live))
    assert [moment.at for moment in _all(history)] == [_T + 99, _T + 90, _T + 43]


def test_a_run_starts_once(tmp_path: Path) -> None:
    """The start of port502, which the first file of a run tells twice, is one moment, the oldest."""
    start = replace(run(), at=_T)
    history = History(_write(tmp_path / "x.jsonl", start, start, _changed(1, _T + 50)))
    newest, first = _all(history)
    assert _then(history, first).turns == (start,)
    assert _then(history, first).first
    assert newest.at == _T + 50


def test_stepping_on_needs_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first step those around it come from memory, and so many only are kept."""
    monkeypatch.setattr(limits, "WOUND_KEPT", 4)
    path = _write(tmp_path / "x.jsonl", *(_changed(1, _T + 100 * number) for number in range(9)))
    history = History(path)
    moment = history.step(None, -1)
    _then(history, moment)

    def unread(*_: object) -> None:
        raise AssertionError("the recording is read again")

    with monkeypatch.context() as patched:
        patched.setattr(reading, "whole_lines", unread)
        for _ in range(3):
            moment = history.step(moment, -1)
            _then(history, moment)
    assert len(history._kept) == 4
    assert _then(history, history.step(moment, -1)).moment.at == _T + 400
    assert len(history._kept) == 4


def test_what_is_recorded_meanwhile_is_found(tmp_path: Path) -> None:
    """The newest file grows while it is read; a line that is not whole yet is left for the next time."""
    path = _write(_file(tmp_path, 1), replace(run(), at=_T), _changed(1, _T + 10))
    history = History(tmp_path)
    first = history.step(None, -1)
    line = encode(_changed(2, _T + 100)) + b"\n"
    with path.open("ab") as file:
        file.write(line[:40])
    assert history.step(first, 1) is None
    with path.open("ab") as file:
        file.write(line[40:])
    second = history.step(first, 1)
    assert _then(history, second).turns == (_changed(2, _T + 100),)
    assert _then(history, first).turns == (_changed(1, _T + 10),)


def test_older_files_are_read_when_they_are_wanted(tmp_path: Path) -> None:
    """The newest file answers first; going back goes through all the others, each on its own."""
    for number in range(3):
        _write(_file(tmp_path, number), replace(run(), at=_T), _changed(number + 1, _T + 1000 * number + 500))
    history = History(tmp_path)
    newest = history.step(None, -1)
    assert len(history._files) == 1
    assert [moment.at - _T for moment in _all(history)] == [2500, 1500, 500, 0]
    assert history.step(newest, -9) == _all(history)[-1]
    _file(tmp_path, 0).unlink()
    assert _then(history, history.step(newest, -9)).first


def test_broken_lines_are_passed_over(tmp_path: Path) -> None:
    """A torn, foreign or endless line between whole ones costs only itself."""
    path = _write(tmp_path / "x.jsonl", replace(run(), at=_T))
    with path.open("ab") as file:
        file.write(b'{"kind":"changed","at":1,"addr\n\xff\xfe\n' + b"x" * (3 << 20) + b"\n")
    _write(path, _changed(1, _T + 50))
    history = History(path)
    (newest, begin) = _all(history)
    assert newest.end == path.stat().st_size
    assert _then(history, newest).turns == (_changed(1, _T + 50),)
    assert begin.at == _T


def test_hours_are_jumped(tmp_path: Path) -> None:
    """An hour back is how it was then, however many moments lie between; it never stands still."""
    path = _write(tmp_path / "x.jsonl", *(_changed(1, _T + 600 * number) for number in range(20)))
    history = History(path)
    newest = history.step(None, -1)
    assert newest is not None
    earlier = history.hours(newest, -3600)
    assert earlier is not None
    assert newest.at - earlier.at == 3600
    assert history.hours(earlier, 3600) == newest
    assert history.hours(newest, 3600) is None
    assert history.hours(None, -1) == history.step(None, -2)
    assert history.hours(history.hours(newest, -9e9), -3600) == _all(history)[-1]


def test_what_changed_before_a_finding(tmp_path: Path) -> None:
    """The last thing about its device or network beats what came later elsewhere; without one that stands."""
    path = _write(
        tmp_path / "x.jsonl",
        _changed(7, _T + 100),
        StateChanged(at=_T + 200, address="10.99.0.1", port=502, before="answers", after="refused"),
        _opened("10.20.0.1", _T + 300),
    )
    history = History(path)
    near, far = _opened("10.20.0.1", _T + 300).finding, _opened("172.16.0.1", _T + 300).finding
    assert _then(history, history.before(near)).moment.about == {Target("10.20.0.7", 502)}
    assert _then(history, history.before(far)).moment.about == {Target("10.99.0.1", 502)}
    assert history.before(replace(near, opened_at=_T)) is None


def test_a_replay_knows_no_future(tmp_path: Path) -> None:
    """What the recording holds beyond the moment played cannot be wound to."""
    history = History(_write(tmp_path / "x.jsonl", _changed(1, _T), _changed(2, _T + 100)))
    first = history.step(None, -1, until=_T + 50)
    assert first is not None
    assert first.at == _T
    assert history.step(first, 1, until=_T + 50) is None


def test_nothing_of_note_is_no_past(tmp_path: Path) -> None:
    """An empty directory has no moments; a file that is gone is an error that can be told."""
    assert History(tmp_path).step(None, -1) is None
    with pytest.raises(OSError, match="none"):
        History(tmp_path / "none.jsonl").step(None, -1)


def test_an_answer_that_nobody_wants_ends(tmp_path: Path) -> None:
    """A long fold is given up as soon as the screen goes back to the present."""
    path = _write(tmp_path / "x.jsonl", *(probed("10.20.0.1", at=_T) for _ in range(3_000)), _changed(1, NOW))
    history = History(path)
    moment = history.step(None, -1)
    assert moment is not None
    looks = iter([False, True])
    assert history.then(moment, is_cancelled=lambda: next(looks)) is None
    assert _then(history, moment).snapshot == _folded(moment)
