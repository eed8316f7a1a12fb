"""The map of the devices pane: every address where it stands, in one sign, moved through cell by cell."""

from __future__ import annotations

import pytest
from textual.geometry import Region

from tests.screen.driver import Drive, drive
from tests.screen.plant import NOW, finding, plant, probed, run
from tui.panes.blocks import Blocks
from tui.panes.cells import ascii_only
from tui.panes.map import MapGrid
from tui.panes.map_lines import Head
from tui.panes.view import look
from tui.records import Target
from tui.screens.detail import Detail

BOILER = Target("10.20.0.12", 502)


def _map(d: Drive) -> MapGrid:
    found = d.grid("map")
    assert isinstance(found, MapGrid)
    return found


def _sign(d: Drive, number: int) -> str:
    """The sign of 10.20.0.*number* as it is drawn."""
    lines = d.text(_map(d)).splitlines()
    for line in lines:
        begin = line.strip("│ ").partition(" ")[0]
        if begin.startswith(".") and begin[1:].isdigit():
            start, across = int(begin[1:]), _map(d).addresses.across
            if start <= number < start + across:
                return line[line.index(begin) + 5 + 2 * (number - start)]
    raise AssertionError(f"no line has .{number}")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_every_state_has_its_own_sign(size: tuple[int, int]) -> None:
    """Trouble, acknowledged, answering, open, refusing, silent, unasked and unswept differ without colour."""
    told = [*plant(), probed("10.20.0.92", "open"), probed("10.20.0.93", "host-unreachable")]
    async with drive(told, size=size) as d:
        await d.press("M")
        expected = {12: "▲", 31: "▲", 50: "△", 60: "■", 92: "□", 90: "x", 93: "u", 150: "·", 2: "?", 0: " "}
        assert {number: _sign(d, number) for number in expected} == expected
        shown = d.text(_map(d))
        for words in ("▲", "trouble", "acknowledged", "answers", "open", "refuses", "silent", "not asked"):
            assert words in shown
        assert len({ascii_only(sign) for sign in expected.values()}) == len(set(expected.values()))


async def test_a_whole_subnet_is_in_view_at_80x24() -> None:
    """On a small screen a /24, its ruler, the selected address and the legend need no scrolling."""
    async with drive(plant(), size=(80, 24)) as d:
        await d.press("M")
        shown = d.text(_map(d))
        assert [at for at in range(0, 256, 32) if f".{at}" not in shown] == []
        assert "+16" in shown
        assert "10.20.0.12  boiler-2" in shown
        assert "not asked" in shown


async def test_list_and_map_stay_at_one_device() -> None:
    """M goes to the address selected in the list and back to the device selected on the map."""
    async with drive(plant()) as d:
        await d.press("M")
        assert _map(d).target == BOILER
        assert "[▲]" in d.text(_map(d))
        marked = [
            piece.text for line in _map(d)._lines[2:-4] for piece in line.pieces if piece.tone == "here"
        ]
        assert marked == ["[", "]"]
        assert not d.grid("devices").display
        await d.press("h", "M")
        assert d.grid("devices").target == Target("10.20.0.11", 502)
        assert d.app.focused is d.grid("devices")
        assert not _map(d).display


async def test_an_address_the_list_does_not_show_is_kept() -> None:
    """A silent address selected on the map is still selected when the map comes back."""
    async with drive(plant()) as d:
        await d.burst("M", *["j"] * 9)
        silent = _map(d).target
        assert silent is not None
        await d.press("M", "M")
        assert _map(d).target == silent


@pytest.mark.parametrize(("left", "right"), [("h", "l"), ("left", "right")])
async def test_keys_move_by_address(left: str, right: str) -> None:
    """Left and right go along the line and on to the next, up and down keep the column."""
    async with drive(plant(), size=(80, 24)) as d:
        await d.burst("M", *[right] * 20)
        assert "10.20.0.32  not asked yet" in d.text(_map(d))
        await d.press(left, left, "j", "k")
        assert "10.20.0.30" in d.text(_map(d))
        await d.burst("g", *[left] * 40)
        assert "10.20.0.0  not in a network" in d.text(_map(d))


async def test_enter_opens_the_page_of_the_address() -> None:
    """Enter on an address that was asked opens its page, a silent one too; esc comes back to it."""
    async with drive(plant()) as d:
        await d.burst("M", *["j"] * 9, "enter")
        assert isinstance(d.app.screen, Detail)
        assert d.app.screen.target == Target("10.20.0.156", 502)
        await d.press("escape")
        assert _map(d).target == Target("10.20.0.156", 502)


async def test_acting_keys_mean_the_selected_address() -> None:
    """T asks the selected address, a acknowledges it and goes on to the next trouble."""
    async with drive(plant()) as d:
        await d.press("M", "a")
        assert [call[1] for call in d.calls("acknowledge")] == ["10.20.0.12/502/slots-full"]
        assert _map(d).target == Target("10.20.0.31", 502)
        await d.press("t")
        assert d.calls("ask") == [("ask", Target("10.20.0.31", 502))]


async def test_an_address_never_asked_is_not_asked_from_here() -> None:
    """It may have been excluded: t on an address that no sweep has asked sends nothing."""
    async with drive(plant()) as d:
        await d.press("M", "l", "t")
        assert "10.20.0.13  not asked yet, or excluded" in d.text(_map(d))
        assert d.calls("ask") == []


async def test_only_changed_addresses_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that changes repaints itself with the blank before it, and the legend, not the map."""
    async with drive(plant()) as d:
        await d.press("M")
        drawn: list[Region] = []
        monkeypatch.setattr(_map(d), "refresh", lambda *regions, **_: drawn.extend(regions))
        await d.send(probed("10.20.0.150", at=NOW))
        line = [region for region in drawn if region.y < _map(d).size.height - 4]
        assert [region.width for region in line] == [2]
        assert _sign(d, 150) == "■"


async def test_a_filter_is_typed_in_the_list() -> None:
    """The map shows every address: / turns to the list and filters that."""
    async with drive(plant()) as d:
        await d.press("M", "slash", *"boiler", "enter")
        assert d.app.focused is d.grid("devices")
        assert d.grid("devices").target == BOILER


async def test_another_size_keeps_the_selected_address() -> None:
    """When lines hold more or fewer addresses the selected one is still the same."""
    async with drive(plant()) as d:
        await d.burst("M", *["j"] * 9, "l")
        before = _map(d).target
        for size in ((80, 24), (200, 60), (30, 12), (10, 3), (120, 40)):
            await d.pilot.resize_terminal(*size)
            await d.pilot.pause()
        assert _map(d).target == before


async def test_several_networks_have_a_heading_each() -> None:
    """Every /24 is a block of its own; hosts named alone take one line; IPv6 hosts and names have a place."""
    started = run()
    named = type(started)(
        at=NOW, version="0", host="jump-1", ports=(502,),
        networks=("10.20.0.0/23", "10.30.5.7", "10.40.0.250-10.40.1.3", "plc-12", "10.20.0.0/24 "),
    )  # fmt: skip
    told = [named, probed("fd00::7"), probed("plc-12", "error"), probed("10.20.1.9"), probed("10.20.0.999")]
    async with drive(told, size=(80, 60)) as d:
        await d.press("M")
        content = _map(d).addresses
        heads = [key.block for key in _map(d).cursor.keys if isinstance(key, Head)]
        assert heads[:5] == ["10.20.0.0/24", "10.20.1.0/24", "10.30.5.0/24", "10.40.0.0/24", "10.40.1.0/24"]
        assert heads[5:] == ["fd00::/64", "others"]
        assert len([key for key in _map(d).cursor.keys if content.stands(key)]) == 8 + 8 + 1 + 1 + 1 + 1 + 1
        await d.press("G")
        assert "plc-12" in d.text(_map(d)) or "10.20.0.999" in d.text(_map(d))


async def test_the_counts_of_the_legend_are_right_after_changes() -> None:
    """However often an address changes, each is counted once, under what it shows."""
    async with drive(plant()) as d:
        await d.press("M")
        for state in ("refused", "answers", "timeout", "open"):
            await d.send(probed("10.20.0.200", state, at=NOW), probed("10.20.0.3", state, at=NOW))
        await d.send(finding("10.20.0.200", "mute"))
        kept = _map(d).addresses._blocks
        view = d.app.view
        assert view is not None
        fresh = Blocks(("10.20.0.0/24",))
        fresh.put(view, view.snapshot.devices)
        assert +kept.counts == +fresh.counts
        assert sum(kept.counts.values()) == 254


async def test_what_changed_behind_the_list_is_on_the_map() -> None:
    """Changes that came while the list was shown are there when the map comes back."""
    async with drive(plant()) as d:
        await d.press("M", "M")
        await d.send(probed("10.20.0.150", at=NOW))
        await d.send(probed("10.20.0.151", "refused", at=NOW))
        await d.press("M")
        assert (_sign(d, 150), _sign(d, 151)) == ("■", "x")


async def test_the_worst_of_several_ports_is_shown() -> None:
    """An address asked on two ports shows its trouble, and enter opens that one."""
    told = [*plant(), type(probed("10.20.0.60"))(at=NOW, address="10.20.0.60", port=503, state="timeout")]
    async with drive([*told, finding("10.20.0.60", "mute", opened_at=NOW)]) as d:
        view = look(d.app.present, NOW) if d.app.present else None
        assert view is not None
        blocks = Blocks(())
        blocks.put(view, view.snapshot.devices)
        known = blocks.known(blocks["10.20.0.0/24"], 60)
        assert known is not None
        assert (known.sign.text, known.target.port) == ("▲", 502)
