"""The wall: how things stand in large letters, with nothing to do but go back."""

from __future__ import annotations

import pytest
from textual.geometry import Size

from tests.screen.driver import Drive, drive
from tests.screen.plant import NOW, finding, plant, probed, run
from tui.events import Probing
from tui.panes.big import SCALES, draw, drawable, width
from tui.screens.monitor import Monitor
from tui.screens.wall import Board, Said, Wall, paint


def _board(d: Drive) -> Board:
    return d.app.screen.query_one(Board)


def _drawn(text: str) -> list[str]:
    """The smallest large letters of a text, as they must be on the screen."""
    return [
        "".join(p.text for p in line).rstrip()
        for line in draw(text, SCALES[-1], width(text, SCALES[-1]), "plain")
    ]


def _large(d: Drive, text: str) -> bool:
    """Whether a text stands on the wall in letters of some scale."""
    shown = d.text(_board(d)).splitlines()
    for scale in SCALES:
        if width(text, scale) > d.app.size.width:
            continue
        first = [
            "".join(p.text for p in line).strip() for line in draw(text, scale, width(text, scale), "plain")
        ]
        lines = [line.strip() for line in shown]
        if any(lines[at : at + len(first)] == first for at in range(len(lines))):
            return True
    return False


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_trouble_is_large_at_every_size(size: tuple[int, int]) -> None:
    """How many are in trouble and which is worst stand in large letters; its sentence below."""
    async with drive(plant(), size=size) as d:
        await d.press("w")
        assert isinstance(d.app.screen, Wall)
        assert _large(d, "TROUBLE: 2")
        assert _large(d, "boiler-2")
        shown = d.text(_board(d))
        assert "Slots full: accepts, then closes." in shown
        assert "since 02:11" in shown
        assert all(len(line) == size[0] for line in shown.splitlines())


async def test_devices_and_the_clock_are_told() -> None:
    """How many devices answer of all, and the minute, stand in large letters where there is room."""
    async with drive(plant()) as d:
        await d.press("w")
        assert _large(d, "21/24 ANSWER")
        assert _large(d, "02:13")


@pytest.mark.parametrize("key", ["escape", "q", "x", "t"])
async def test_any_key_goes_back_and_does_nothing_else(key: str) -> None:
    """Whatever is pressed on the wall closes it, and means nothing."""
    async with drive(plant()) as d:
        await d.press("w")
        before = list(d.feed.calls)
        await d.press(key)
        assert isinstance(d.app.screen, Monitor)
        assert d.feed.calls == before


async def test_it_follows_the_present() -> None:
    """What is acknowledged or found while the wall is up changes it."""
    async with drive(plant()) as d:
        await d.press("w")
        for name in ("10.20.0.12/502/slots-full", "10.20.0.31/502/not-listening"):
            d.feed.marks.acknowledge(name)
        await d.send()
        assert _large(d, "NO NEW TROUBLE")
        assert "3 findings acknowledged, not over yet" in d.text(_board(d))
        await d.send(finding("10.20.0.63", "slow", priority=3, opened_at=NOW, title="Late."))
        assert _large(d, "TROUBLE: 1")


async def test_all_well_is_said_and_not_by_colour() -> None:
    """With nothing found it says so in letters."""
    async with drive([run(), probed("10.20.0.60")]) as d:
        await d.press("w")
        assert _large(d, "NO TROUBLE")
        assert _large(d, "1/1 ANSWER")


async def test_what_belies_the_quiet_is_said() -> None:
    """Probing that was stopped and parts of the monitor that are not well are told on the wall."""
    async with drive([*plant(), Probing(at=NOW, allowed=False)]) as d:
        await d.press("w")
        shown = d.text(_board(d))
        assert "PROBING STOPPED" in shown
        assert "not well in port502 itself: psutil" in shown


async def test_nothing_is_drawn_until_its_text_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns without news, and seconds that pass within a minute, cost nothing; the next minute does."""
    async with drive(plant()) as d:
        await d.press("w")
        drawn: list[object] = []
        monkeypatch.setattr(_board(d), "refresh", lambda *regions, **_: drawn.extend(regions))
        d.feed.clock += 8
        await d.send(probed("10.20.0.60", at=NOW, ms=3.0))
        assert drawn == []
        d.feed.clock += 60
        await d.send()
        assert drawn


async def test_a_paused_screen_follows_again() -> None:
    """A wall that stood still would lie: opening it ends the pause."""
    async with drive(plant()) as d:
        await d.press("p", "w")
        await d.send(finding("10.20.0.63", "slow", priority=3, opened_at=NOW, title="Late."))
        assert _large(d, "TROUBLE: 3")


@pytest.mark.parametrize("size", [(1, 1), (10, 3), (20, 5), (40, 12), (80, 24), (300, 90)])
def test_any_size_is_filled_exactly(size: tuple[int, int]) -> None:
    """Every line is as wide as the screen, at most as many as it has, whatever is said."""
    said = (
        Said("port502", "quiet"), Said("TROUBLE: 12", "bad", 1), Said("ведро 桶", "bad", 2),
        Said("slots full", "bad", 4), Said("x" * 400), Said("3/9 ANSWER", "plain", 3),
        Said("02:13", "quiet", 5),
    )  # fmt: skip
    lines = paint(said, Size(*size))
    assert len(lines) == size[1]
    assert all(sum(piece.width for piece in line.pieces) == size[0] for line in lines)
    assert all(
        len(piece.text) == piece.width for line in lines for piece in line.pieces if piece.text.isascii()
    )


def test_letters_are_all_five_lines_high() -> None:
    """Each letter has five lines of one width, and no two letters look alike."""
    signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.:,-/+!_'()"
    assert drawable(signs)
    looks = {sign: tuple(_drawn(sign)) for sign in signs}
    assert all(len(look) == 5 for look in looks.values())
    assert len(set(looks.values())) == len(signs)
