"""The alarm list: floods as groups, what came first, what people say, and the log in its place."""

from __future__ import annotations

from msgspec.structs import replace

from tests.screen.driver import Drive, drive
from tests.screen.plant import NOW, finding, plant, probed, run
from tui.event import Event
from tui.events import FindingChanged, StateChanged
from tui.records import KnownDevice, Target
from tui.screens.detail import Detail


def flood(count: int = 12) -> list[Event]:
    """So many devices that fell silent one after the other, and one in trouble of another kind before."""
    events: list[Event] = [finding("10.20.0.99", opened_at=NOW - 500, title="Slots full.", witnessed=True)]
    for n in range(1, count + 1):
        events += [
            probed(f"10.20.0.{n}", "timeout"),
            finding(f"10.20.0.{n}", "mute", opened_at=NOW - 400 + n, priority=2, title=f"Number {n} is mute"),
        ]
    return events


def lines(d: Drive) -> list[str]:
    """The rows of the diagnosis pane."""
    return [line.strip("│ ") for line in d.text(d.grid("diagnosis")).splitlines()[2:]]


async def test_a_flood_is_one_line_for_each_cause() -> None:
    """Twelve findings of one cause are one line that says how many, since when and where first."""
    async with drive(flood()) as d:
        shown = lines(d)
        assert shown[0].startswith("▲1")
        group = next(line for line in shown if "12 devices" in line)
        assert group.startswith("▲2+")
        assert "12 within 1 min, first 10.20.0.1" in group
        assert "12 unseen" in group
        assert "Number" not in d.text(d.grid("diagnosis"))


async def test_ten_are_no_flood() -> None:
    """Up to ten findings each has its line."""
    async with drive(flood(9)) as d:
        assert "Number 9 is mute" in d.text(d.grid("diagnosis"))


async def test_enter_and_arrows_unfold_a_group_and_fold_it() -> None:
    """Its members stand under it; folding from a member leads back to the group."""
    async with drive(flood()) as d:
        await d.press("3", "j", "enter")
        assert "Number 12 is mute" in d.text(d.grid("diagnosis"))
        assert any(line.startswith("▲2-") for line in lines(d))
        await d.press("j", "j", "left")
        assert "Number" not in d.text(d.grid("diagnosis"))
        await d.press("right", "j")
        assert d.grid("diagnosis").finding == "10.20.0.12/502/mute"
        await d.press("enter")
        assert isinstance(d.app.screen, Detail)


async def test_the_cursor_stays_on_the_group_while_it_grows() -> None:
    """A thirteenth finding changes the line, not the place."""
    async with drive(flood()) as d:
        await d.press("3", "j")
        key = d.grid("diagnosis").cursor.key
        await d.send(finding("10.20.0.50", "mute", opened_at=NOW, priority=2), finding("10.20.0.51"))
        assert d.grid("diagnosis").cursor.key == key
        assert "13 devices" in d.text(d.grid("diagnosis"))


async def test_a_and_z_on_a_group_act_on_all_of_it() -> None:
    """One key for a flood: every member is acknowledged, or put aside, and the number is said."""
    async with drive(flood()) as d:
        await d.press("3", "j", "a")
        assert len(d.calls("acknowledge")) == 12
        assert "acknowledged 12 findings" in d.text()
        await d.send()
        assert "all seen" in d.text(d.grid("diagnosis"))
        await d.press("G", "z", "3")
        assert len(d.calls("shelve")) == 12
        assert "shelved for 8 h, z brings it back: 12 findings" in d.text()


async def test_the_filter_finds_a_group_by_its_members() -> None:
    """A device in a group can be looked for."""
    async with drive(flood()) as d:
        await d.press("3", "slash", *"number 7", "enter")
        assert "12 devices" in d.text(d.grid("diagnosis"))
        assert "Slots full" not in d.text(d.grid("diagnosis"))


async def test_what_came_first_is_marked() -> None:
    """The first of findings that came together says so, and of how many."""
    async with drive(flood(5)) as d:
        assert "1st of 6: Slots full." in d.text(d.grid("diagnosis"))
        assert d.text(d.grid("diagnosis")).count("1st of") == 1


async def test_z_asks_for_how_long() -> None:
    """One key for each length, esc leaves it, any other key changes nothing."""
    async with drive([finding("10.20.0.12")]) as d:
        await d.press("3", "z")
        assert "1 15 min  2 1 h  3 8 h  4 until it changes  esc leave it" in d.text()
        await d.press("x", "q", "escape")
        assert d.calls("shelve") == d.calls("allow_probing") == []
        await d.press("z", "1")
        assert d.calls("shelve") == [("shelve", "10.20.0.12/502/slots-full", 900.0)]
        await d.send()
        await d.press("z")
        await d.send()
        await d.press("z", "4")
        assert d.calls("shelve")[1:] == [("shelve", "10.20.0.12/502/slots-full", None)]
        await d.send()
        assert "till changed" in d.text(d.grid("diagnosis"))


async def test_a_finding_that_clears_while_z_asks_is_not_shelved() -> None:
    """The answer acts on what is, not on what was when it was asked."""
    opened = finding("10.20.0.12")
    async with drive([opened]) as d:
        await d.press("3", "z")
        over = replace(opened.finding, cleared_at=NOW)
        await d.send(FindingChanged(at=NOW, change="cleared", finding=over))
        await d.press("2")
        assert d.calls("shelve") == []
        assert "nothing was shelved" in d.text()


async def test_a_comment_is_typed_and_stays_with_its_finding() -> None:
    """N in the alarms writes about the finding: in its line, on its page, with who and when."""
    async with drive([finding("10.20.0.12")]) as d:
        await d.press("3", "n", *"ask x", "enter")
        await d.send()
        assert d.calls("allow_probing") == []
        assert '"ask x"' in d.text(d.grid("diagnosis"))
        await d.press("enter")
        assert "root (sudo: ops): ask x" in d.text()


async def test_an_empty_comment_and_one_that_is_left_write_nothing() -> None:
    """Enter without a text, and esc, leave everything as it was."""
    async with drive([finding("10.20.0.12")]) as d:
        await d.press("3", "n", "enter")
        assert "nothing was written" in d.text()
        await d.press("n", "x", "escape")
        await d.send()
        assert '"x"' not in d.text()


async def test_a_note_is_about_the_device() -> None:
    """N in the devices, and on a page opened from there, writes about the device itself."""
    async with drive([probed("10.20.0.12")]) as d:
        await d.press("n")
        d.app.screen.paste("new firmware\n1.4")  # type: ignore[attr-defined]
        await d.press("enter", "enter")
        await d.send()
        assert "root (sudo: ops): new firmware 1.4" in d.text()
        await d.press("n", *"two", "enter")
        await d.send()
        assert "two" in d.text()


async def test_o_takes_a_device_out_of_service_after_a_question() -> None:
    """Its findings go to the end without being alarms; the same key puts it back."""
    async with drive([probed("10.20.0.12"), finding("10.20.0.12"), finding("10.20.0.13", priority=2)]) as d:
        await d.press("o", "escape")
        assert d.app.present is not None
        assert d.app.present.devices[Target("10.20.0.12", 502)].out is None
        await d.press("o", "y")
        await d.send()
        assert "1 out of service" in d.text(d.app.screen_stack[0].query_one("#status"))
        shown = [line for line in lines(d) if "10.20.0.1" in line]
        assert shown[0].startswith("▲2")
        assert shown[1].startswith("o1")
        device = next(line for line in d.text(d.grid("devices")).splitlines() if "10.20.0.12" in line)
        assert device.strip("│ ").startswith("o")
        await d.press("o")
        await d.send()
        assert "out of service" not in d.text(d.app.screen_stack[0].query_one("#status"))


async def test_who_sleeps_is_quiet() -> None:
    """It stands at the end with its sign, is not counted as trouble, and leaves no trace when it wakes."""
    asleep = finding("10.20.0.12", "asleep", priority=3, title="Asleep until 06:00.")
    known = KnownDevice(address="10.20.0.12", asleep="22:00-06:00")
    async with drive([run(known=(known,)), asleep, finding("10.20.0.13")]) as d:
        shown = [line for line in lines(d) if "10.20.0.1" in line]
        assert shown[-1].startswith("s3")
        assert "1 asleep" in d.text(d.grid("diagnosis"))
        assert "1 in trouble" in d.text(d.app.screen_stack[0].query_one("#status"))
        woke = replace(asleep.finding, cleared_at=NOW)
        await d.send(FindingChanged(at=NOW, change="cleared", finding=woke))
        assert "Asleep" not in d.text(d.grid("diagnosis"))


async def test_l_shows_what_happened_line_after_line() -> None:
    """The log takes the place of the alarms, newest first; again the alarms are there."""
    events = [
        *plant(),
        StateChanged(at=NOW - 1, address="10.20.0.12", port=502, before="answers", after="open"),
    ]
    async with drive(events) as d:
        await d.press("3", "L")
        shown = d.text(d.grid("log"))
        assert "3 Log" in shown
        assert "answers → open" in shown
        assert "▲ new: Slots full" in shown
        assert not d.grid("diagnosis").display
        await d.press("j", "L")
        assert d.grid("diagnosis").display
        assert not d.grid("log").display
        await d.burst("L", "L", "L", "L")
        assert "Slots full" in d.text(d.grid("diagnosis"))


async def test_the_log_tells_who_did_what_and_can_be_filtered() -> None:
    """Acknowledged, shelved, commented and out of service with the name; a filter narrows it."""
    async with drive([probed("10.20.0.12"), finding("10.20.0.12")]) as d:
        await d.press("3", "a", "n", *"hello", "enter", "z", "2", "o", "y")
        await d.send()
        await d.press("L")
        shown = d.text(d.grid("log"))
        assert "a acknowledged by root (sudo: ops): Slots full" in shown
        assert "comment by root (sudo: ops): hello" in shown
        assert "z shelved until" in shown
        assert "o out of service, by root (sudo: ops)" in shown
        await d.press("slash", *"hello", "enter")
        assert "acknowledged" not in d.text(d.grid("log"))
        assert "hello" in d.text(d.grid("log"))


async def test_a_line_of_the_log_leads_to_its_device() -> None:
    """Enter opens the page of what the line is about; a shelving key does nothing there."""
    async with drive([probed("10.20.0.12"), finding("10.20.0.12")]) as d:
        await d.press("3", "L", "z")
        assert "only a finding can be shelved" in d.text()
        await d.press("enter")
        assert isinstance(d.app.screen, Detail)


async def test_a_recording_takes_no_word() -> None:
    """In a replay nothing is shelved, written or taken out of service, and that is said."""
    async with drive([probed("10.20.0.12"), finding("10.20.0.12")], title="REPLAY x") as d:
        for key in ("z", "n", "o"):
            await d.press("3", key)
            assert "recording" in d.text()
            assert not d.app.screen.typing  # type: ignore[attr-defined]
