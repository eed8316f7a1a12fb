"""The whole screen wound back and forward through what was recorded."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.screen.driver import Drive, drive
from tests.screen.plant import NOW, finding, probed, run
from tui import cli
from tui.cli import screen
from tui.event import Event
from tui.events import FindingChanged, StateChanged, encode
from tui.journal.history import History
from tui.panes.banner import Banner
from tui.records import Target
from tui.screens.detail import Detail

BOILER = Target("10.20.0.12", 502)


def _went(address: str, at: float, after: str = "refused") -> list[Event]:
    changed = StateChanged(at=at, address=address, port=502, before="answers", after=after)  # type: ignore[arg-type]
    return [probed(address, after, at=at), changed]


def _opened(address: str, at: float, title: str = "Nothing listens on 502.") -> FindingChanged:
    told = finding(address, "not-listening", opened_at=at, updated_at=at, title=title, priority=1)
    return replace(told, at=at)


def _hours() -> list[Event]:
    """Two hours: a device goes, its finding opens, another device goes, and all is as in the plant."""
    return [
        replace(run(), at=NOW - 7200),
        probed("10.20.0.12", at=NOW - 7100),
        probed("10.20.0.99", at=NOW - 7100),
        *_went("10.20.0.12", NOW - 5000),
        _opened("10.20.0.12", NOW - 4990),
        *_went("10.20.0.99", NOW - 400, "timeout"),
    ]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    _record(tmp_path, *_hours())
    return tmp_path


def _record(directory: Path, *events: Event) -> None:
    path = directory / "port502-20251122T000000Z-0001.jsonl"
    with path.open("ab") as file:
        file.writelines(encode(event) + b"\n" for event in events)


async def _press(d: Drive, *keys: str) -> None:
    await d.press(*keys)
    await d.until(lambda: d.app._answering is None or d.app._answering.done(), "the answer")
    await d.pilot.pause()


def _devices(d: Drive) -> str:
    return d.text(d.grid("devices"))


async def test_the_screen_is_wound_back_and_forward(journal: Path) -> None:
    """[ shows how things stood at the last moment of note and before; ] leads forward to the present."""
    async with drive(_hours(), journal=journal) as d:
        assert "silent" in _devices(d)
        await _press(d, "[")
        assert "PAST" in d.text()
        assert "answers → silent" in d.text()
        await _press(d, "[")
        assert "silent" not in _devices(d)
        assert "Nothing listens on 502." in d.text(d.grid("diagnosis"))
        await _press(d, "[")
        assert "Nothing listens on 502." not in d.text(d.grid("diagnosis"))
        assert "answers → refused" in d.text()
        await _press(d, "]", "]", "]")
        assert "PAST" not in d.text()
        assert "silent" in _devices(d)


async def test_the_moment_is_told_in_words_and_large(journal: Path) -> None:
    """Time, date, how long ago and what happened stand above the panes, the time five lines high."""
    async with drive(_hours(), journal=journal) as d:
        await _press(d, "[", "[")
        banner = d.app.screen.query_one(Banner)
        shown = d.text(banner)
        assert banner.size.height == 5
        assert "█" in shown
        for part in (
            "PAST",
            "2025-11-22",
            "1h ago",
            "2 back",
            "10.20.0.12",
            "Nothing listens on 502.",
            "[ earlier",
        ):
            assert part in shown


@pytest.mark.parametrize(("size", "lines"), [((80, 24), 3), ((120, 15), 1), ((200, 60), 5)])
async def test_the_moment_leaves_room_for_the_panes(size: tuple[int, int], lines: int, journal: Path) -> None:
    """On a small screen the moment takes a line or three, and the panes keep most of the screen."""
    async with drive(_hours(), journal=journal, size=size) as d:
        await _press(d, "[")
        banner = d.app.screen.query_one(Banner)
        assert banner.size.height == lines
        assert "answers → silent" in d.text(banner)
        assert d.app._monitor.here.size.height >= 4
        await _press(d, "backspace")
        assert not banner.display


async def test_esc_leaves_one_level_at_a_time(journal: Path) -> None:
    """Esc closes the page, then clears the filter, then leaves the past; backspace does so at once."""
    async with drive(_hours(), journal=journal) as d:
        await d.press("/", *"12", "enter")
        await _press(d, "[", "[")
        await d.press("enter")
        assert isinstance(d.app.screen, Detail)
        await d.press("escape")
        assert d.app.wound is not None
        assert d.grid("devices").content.needle
        await d.press("escape")
        assert not d.grid("devices").content.needle
        assert "PAST" in d.text()
        await d.press("escape")
        assert "PAST" not in d.text()
        await _press(d, "[")
        await d.press("backspace")
        assert "PAST" not in d.text()


async def test_hours_are_jumped_by_braces(journal: Path) -> None:
    """{ goes back to how it was an hour before, and } an hour forward, at least to the next moment."""
    async with drive(_hours(), journal=journal) as d:
        await _press(d, "[", "{")
        assert d.app.wound is not None
        assert d.app.wound.at == NOW - 4990
        await _press(d, "}")
        assert d.app.wound.at == NOW - 400


async def test_what_changed_before_a_finding_is_one_key_away(journal: Path) -> None:
    """B on a finding, on its device or on its page shows the change that came before it, and says so."""
    async with drive(_hours(), journal=journal) as d:
        for keys in (("1", "b"), ("3", "b"), ("1", "enter", "b")):
            await _press(d, *keys)
            shown = d.text(d.app.screen.query_one(Banner))
            assert "before 10.20.0.12" in shown
            assert "answers → refused" in shown
            await _press(d, "backspace")
        await d.press("escape")
        await d.press("1", "j", "b")
        assert "no finding is selected" in d.text()


async def test_nothing_is_done_from_the_past(journal: Path) -> None:
    """Keys that act are refused in one line and not offered; only the stop of all probing counts always."""
    async with drive(_hours(), journal=journal) as d:
        before = d.text(d.app._monitor.hint)
        await _press(d, "[", "[")
        hints = d.text(d.app._monitor.hint)
        assert "acknowledge" in before
        assert "acknowledge" not in hints
        d.feed.calls.clear()
        for key in ("a", "t", "c", "z", "n", "u", "i", "p"):
            await d.press(key)
            assert "this is the past" in d.text(), key
        assert d.feed.calls == []
        await d.press("x")
        assert d.calls("allow_probing") == [("allow_probing", False)]
        await d.press("backspace", "a")
        assert d.calls("acknowledge")


async def test_without_a_recording_there_is_no_way_back() -> None:
    """Where nothing is recorded the keys say so, and the screen stays as it is."""
    async with drive(_hours()) as d:
        for key in ("[", "{", "b"):
            await d.press(key)
            assert "nothing is recorded: there is no way back" in d.text()
        assert d.app.wound is None


async def test_an_unreadable_recording_is_told(tmp_path: Path) -> None:
    """A recording that is gone costs one line, not the screen."""
    async with drive(_hours(), journal=tmp_path / "gone.jsonl") as d:
        await _press(d, "[")
        assert "the recording cannot be read" in d.text()
    async with drive(_hours(), journal=tmp_path) as d:
        await _press(d, "[")
        assert "nothing of note is recorded yet" in d.text()


async def test_the_oldest_moment_is_the_end(journal: Path) -> None:
    """Before the recording begins there is nothing, and that is said."""
    async with drive(_hours(), journal=journal) as d:
        await _press(d, *"[[[[[[")
        assert "nothing older is recorded" in d.text()
        assert d.app.wound is not None
        assert d.app.wound.first


async def test_the_cursor_stays_with_its_line(tmp_path: Path) -> None:
    """A finding that was not there yet is selected again once it is."""
    told = _hours()
    told[3:3] = [_opened("10.20.0.63", NOW - 6000)]
    told.append(_opened("10.20.0.99", NOW - 390))
    _record(tmp_path, *told)
    key = f"{BOILER.address}/502/not-listening"
    async with drive(told, journal=tmp_path) as d:
        await d.press("3")
        cursor = d.grid("diagnosis").cursor
        d.grid("diagnosis").next(lambda other: other == key)
        assert cursor.place > 0
        await _press(d, *"[[[[")
        assert cursor.key == "10.20.0.63/502/not-listening"
        await _press(d, "]")
        assert cursor.key == key
        await d.press("backspace")
        assert cursor.key == key


async def test_a_page_is_wound_as_well(journal: Path) -> None:
    """The page of a device shows how it was, with the moment above; so do the panes when it is closed."""
    async with drive(_hours(), journal=journal) as d:
        await d.press("enter")
        assert "refuses the connection" in d.text()
        await _press(d, *"[[[[")
        assert "answers Modbus" in d.text()
        assert "PAST" in d.text(d.app.screen.query_one(Banner))
        await d.press("escape")
        assert "PAST" in d.text(d.app.screen.query_one(Banner))
        await _press(d, "]")
        await d.press("enter")
        assert "refuses the connection" in d.text()
        assert "PAST" in d.text(d.app.screen.query_one(Banner))


async def test_the_present_goes_on_underneath(journal: Path) -> None:
    """What happens meanwhile does not show in the panes, but its trouble is counted in the status line."""
    async with drive(_hours(), journal=journal) as d:
        await _press(d, "[")
        assert "present: 1 in trouble" in d.text(d.app._monitor.status)
        await d.send(*_went("10.20.0.77", NOW + 1), _opened("10.20.0.77", NOW + 2))
        assert "10.20.0.77" not in d.text(d.grid("devices"))
        assert "present: 2 in trouble" in d.text(d.app._monitor.status)
        await d.press("backspace")
        assert "10.20.0.77" in d.text(d.grid("devices"))


async def test_what_was_recorded_meanwhile_is_forward(journal: Path) -> None:
    """While the screen is wound back the recording grows, and ] leads through what came."""
    async with drive(_hours(), journal=journal) as d:
        await _press(d, "[")
        _record(journal, *_went("10.20.0.77", NOW + 100))
        await _press(d, "]")
        assert "10.20.0.77" in d.text(d.app.screen.query_one(Banner))


async def test_keys_pressed_at_once_are_one_way(journal: Path) -> None:
    """A burst of keys leads as far as the same keys one by one."""
    async with drive(_hours(), journal=journal) as d:
        await d.burst(*["left_square_bracket"] * 3)
        await d.until(lambda: d.app.wound is not None and d.app.wound.back == 3, "the third moment")


async def test_a_long_reading_is_told_and_given_up(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording that takes its time does not hold up the keys, and can be left alone."""

    def slowly(_self: object, _moment: object, _until: float, is_cancelled: Callable[[], bool]) -> None:
        while not is_cancelled():
            time.sleep(0.01)

    monkeypatch.setattr(History, "then", slowly)
    async with drive(_hours(), journal=journal) as d:
        await d.press("[")
        assert "reading the recording" in d.text()
        await d.press("j")
        assert d.grid("devices").cursor.place == 1
        await _press(d, "backspace")
        assert "reading the recording" not in d.text()
        assert "PAST" not in d.text()


def test_the_commands_hand_over_what_is_recorded(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay is wound in its file, the monitor in its journal, and where nothing is recorded in nothing."""
    given: list[object] = []

    def shown(*_: object, **facts: object) -> int:
        given.append(facts.get("journal"))
        return 0

    monkeypatch.setattr(screen, "monitor", shown)
    path = journal / "port502-20251122T000000Z-0001.jsonl"
    cli.run(["replay", str(path)])
    cli.run(["watch", "127.0.0.1/32", "--journal", str(journal)])
    cli.run(["watch", "127.0.0.1/32", "--no-journal"])
    assert given == [path, journal, None]


async def test_a_replay_is_wound_in_its_own_file(journal: Path) -> None:
    """In a replay the same keys go through what was played, not beyond."""
    path = journal / "port502-20251122T000000Z-0001.jsonl"
    async with drive(_hours()[:-2], journal=path, title="REPLAY x") as d:
        d.feed.clock = NOW - 4000
        await _press(d, "[")
        assert d.app.wound is not None
        assert d.app.wound.at == NOW - 4990
        await _press(d, "]")
        assert d.app.wound is None


async def test_the_wall_is_the_present(journal: Path) -> None:
    """What is read across the room is never the past."""
    async with drive(_hours(), journal=journal) as d:
        await _press(d, "[")
        await d.press("w")
        assert d.app.wound is None
