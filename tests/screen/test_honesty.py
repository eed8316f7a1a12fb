"""The screen says nothing that is not so, and offers nothing that would do nothing."""

from __future__ import annotations

import pytest

from tests.screen.driver import drive
from tests.screen.plant import NOW, finding, plant, probed, run, session
from tests.screen.test_shelving import three
from tests.screen.tty import SCREEN, Tty
from tui.events import Health, Probing, Spared
from tui.records import Evidence, KnownDevice, Target
from tui.screens.detail import Detail
from tui.screens.help import Help


async def test_t_while_probing_is_stopped_says_so() -> None:
    """With probing stopped t asks nobody and says what would allow it, also right after x."""
    async with drive(plant()) as d:
        await d.burst("x", "t")
        await d.send()
        await d.press("t")
        assert d.calls("ask") == []
        assert "probing is stopped; x allows it" in d.text()


async def test_t_leaves_a_full_device_alone_and_says_why() -> None:
    """A device at its known limit is not asked."""
    async with drive(plant()) as d:
        await d.press("t")
        assert d.calls("ask") == []
        assert "10.20.0.12 is left alone: 4 of its 4 connections are taken" in d.text()


@pytest.mark.parametrize("key", ["t", "c", "x", "a", "A", "z"])
async def test_a_recording_takes_no_commands(key: str) -> None:
    """In a replay no key pretends to act, and each says why."""
    async with drive(plant(), title="REPLAY a.jsonl", probes=False) as d:
        await d.press("3", key)
        assert d.feed.calls == [("start",)]
        assert "this is a recording" in d.text()


@pytest.mark.parametrize("key", ["t", "c", "x"])
async def test_without_a_network_nothing_can_be_probed(key: str) -> None:
    """Where only sessions are watched the probing keys say so; acknowledging works."""
    async with drive(plant(), probes=False) as d:
        await d.press(key)
        assert d.feed.calls == [("start",)]
        assert "no network was named" in d.text()
        await d.press("a")
        assert d.calls("acknowledge")


async def test_what_cannot_act_is_not_offered() -> None:
    """Neither the hint line nor the palette of a replay offers to probe or to acknowledge."""
    async with drive(plant(), title="REPLAY a.jsonl", probes=False, size=(200, 60)) as d:
        hints = d.text(d.app.screen.query_one("#hint"))
        assert "stop probing" not in hints
        assert "acknowledge" not in hints
        assert "detail" in hints
        await d.press("colon")
        assert "theme" in d.text()
        assert "stop probing" not in d.text()
        assert "find cause" not in d.text()


async def test_a_stop_shows_while_the_screen_is_held_still() -> None:
    """Paused, x still shows at once that probing is stopped, and x again allows it."""
    async with drive(plant()) as d:
        await d.press("p", "x")
        await d.send()
        assert "PROBING STOPPED" in d.text()
        await d.press("x")
        assert d.calls("allow_probing") == [("allow_probing", False), ("allow_probing", True)]


async def test_a_sweep_asked_for_during_a_sweep_follows_it() -> None:
    """C says that the next sweep begins now only where it does."""
    async with drive(plant()) as d:
        await d.press("c")
        assert "follows this one" in d.text()


@pytest.mark.parametrize("keys", [("enter",), ("question_mark",)])
async def test_q_on_a_page_goes_back_one_level(keys: tuple[str, ...]) -> None:
    """Q closes the detail and the help as esc does; on the panes it quits."""
    async with drive(plant()) as d:
        await d.press(*keys)
        assert isinstance(d.app.screen, (Detail, Help))
        await d.press("q")
        assert d.app.is_running
        assert d.app.screen is d.app.screen_stack[0]
        await d.press("q")
        await d.until(lambda: not d.app.is_running, "the app has ended")


async def test_ctrl_c_quits_from_a_page() -> None:
    """ctrl+c ends the program from anywhere."""
    async with drive(plant()) as d:
        await d.press("enter", "ctrl+c")
        await d.until(lambda: not d.app.is_running, "the app has ended")


@pytest.mark.parametrize("state", ["timeout", "no-neighbour"])
async def test_waiting_in_vain_is_no_answer_time(state: str) -> None:
    """What was waited for nothing stands in no column and is told as waited."""
    seen = Evidence(rung="tcp", asked="connect", answer="silence", ms=1300.0)
    events = [
        run(known=(KnownDevice(address="10.20.0.9"),)),
        probed("10.20.0.9", state, ms=1300.0),
        finding("10.20.0.9", "silent", evidence=(seen,)),
    ]
    async with drive(events) as d:
        assert "1300" not in d.text(d.grid("devices"))
        await d.press("enter")
        assert "waited 1.3 s" in d.text()
        assert "TCP answer" not in d.text()
        assert "of any kind" not in d.text()


async def test_refusing_strangers_are_no_devices() -> None:
    """Devices are what connects or is expected; a few others that refuse are listed after them."""
    events = [probed("10.20.0.9"), *(probed(f"10.20.1.{n}", "refused") for n in range(50))]
    async with drive(events) as d:
        assert "1 device" in d.text(d.app.screen.query_one("#status"))
        assert "Devices  1  50 refuse" in d.text(d.grid("devices"))
        keys = d.grid("devices").cursor.keys
        assert len(keys) == 51
        assert str(keys[0]) == "10.20.0.9"


async def test_many_refusing_strangers_are_only_counted() -> None:
    """More than fifty are hidden until v, and come and go with the number."""
    events = [probed("10.20.0.9"), *(probed(f"10.20.1.{n}", "refused") for n in range(51))]
    async with drive(events) as d:
        grid = d.grid("devices")
        assert len(grid.cursor.keys) == 1
        assert "51 refuse, v shows them" in d.text(grid)
        await d.press("v")
        assert len(grid.cursor.keys) == 52
        await d.press("v")
        await d.send(probed("10.20.1.0", "timeout", at=NOW))
        assert len(grid.cursor.keys) == 51


async def test_port502s_own_sessions_are_called_its_own() -> None:
    """A connection of the monitor itself is told apart from those of others, and takes no slot."""
    events = [probed("10.20.0.9"), session("10.20.0.2", 4000, "10.20.0.9", side="client", ours=True)]
    async with drive(events) as d:
        assert "port502's own" in d.text(d.grid("sessions"))
        await d.press("enter")
        assert "port502's own" in d.text()


async def test_a_part_that_is_not_well_has_a_page() -> None:
    """Enter on its line shows the whole sentence."""
    text = "crashed: " + "a very long reason " * 12 + "and the end of it"
    async with drive([Health(at=NOW, source="psutil", ok=False, text=text)], size=(80, 24)) as d:
        await d.press("3", "enter")
        assert "and the end of it" in d.text()
        await d.press("q")
        assert "3 Diagnosis" in d.text()


async def test_a_device_left_alone_still_says_why_it_failed() -> None:
    """State detail first, then why it is left alone."""
    events = [
        *plant(),
        Spared(at=NOW, address="10.20.0.12", port=502, reason="4 of 4 connections taken"),
    ]
    async with drive(events, size=(200, 60)) as d:
        line = next(line for line in d.text(d.grid("devices")).splitlines() if "10.20.0.12" in line)
        assert "accepts, then closes  left alone: 4 of 4" in line


@pytest.mark.parametrize("size", [(80, 24), (100, 30)])
async def test_the_selected_sentence_is_whole(size: tuple[int, int]) -> None:
    """A sentence longer than its column goes on below the selected finding."""
    title = "It accepts, then closes: slots full, or this host is not on its list of those it serves today."
    async with drive([finding("10.20.0.12", title=title, remedies=("ask",))], size=size) as d:
        await d.press("3")
        shown = " ".join(d.text(d.grid("diagnosis")).replace("│", " ").split())
        assert title in shown.replace(" likely", "")
        assert "First: ask" in shown


async def test_how_sure_it_is_is_told_on_a_narrow_screen() -> None:
    """At 80 columns a sign beside the priority and a word before the advice say how sure it is."""
    async with drive([finding("10.20.0.12", certainty="possible", remedies=("ask",))], size=(80, 24)) as d:
        assert "▲1?" in d.text()
        assert "possible. First: ask" in d.text()


@pytest.mark.parametrize("size", [(120, 40), (200, 60)])
async def test_names_and_ports_are_whole(size: tuple[int, int]) -> None:
    """A name of fourteen letters and a port of five figures are never cut."""
    known = (KnownDevice(address="10.20.0.12", name="boiler-plc-two"),)
    seen = session("10.20.0.2", 49521, "10.20.0.12", side="client", process="commission-pc", pid=26519)
    async with drive([run(known=known), probed("10.20.0.12"), seen], size=size) as d:
        assert "boiler-plc-two" in d.text(d.grid("devices"))
        shown = d.text(d.grid("sessions"))
        assert "commission-pc[26519]" in shown
        assert "49521" in shown or "port" not in shown
        assert "495…" not in shown


@pytest.mark.parametrize("name", ["devices", "diagnosis"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_an_untouched_pane_shows_the_worst(name: str, size: tuple[int, int]) -> None:
    """Whatever comes, a pane whose cursor nobody has moved shows its first line, selected."""
    async with drive([probed("10.20.0.99"), finding("10.20.0.99", priority=3)], size=size) as d:
        for n in range(40, 0, -1):
            await d.send(
                probed(f"10.20.0.{n}", "open", at=NOW),
                finding(f"10.20.0.{n}", "mute", opened_at=NOW - 100 * n, title=f"Worse {n}."),
            )
        grid = d.grid(name)
        assert (grid.cursor.top, grid.cursor.place) == (0, 0)
        assert grid.target == Target("10.20.0.1", 502)


async def test_back_on_the_first_line_it_follows_the_top_again() -> None:
    """Moved away the line is kept; back on the first one new trouble is selected."""
    async with drive(three()) as d:
        grid = d.grid("diagnosis")
        await d.press("3", "j")
        kept = grid.finding
        await d.send(finding("10.20.0.8", opened_at=NOW, title="Newer."))
        assert grid.finding == kept
        await d.press("g")
        await d.send(finding("10.20.0.9", opened_at=NOW + 1, title="Newest."))
        assert grid.finding == "10.20.0.9/502/slots-full"


async def test_the_title_says_that_trouble_stands_above() -> None:
    """Scrolled down, the number of findings above that ask for attention is in the title."""
    events = [finding(f"10.20.0.{n}", opened_at=NOW - 100 * n, remedies=()) for n in range(1, 40)]
    async with drive(events) as d:
        grid = d.grid("diagnosis")
        await d.press("3", "G")
        assert f"▲ {grid.cursor.top} above" in d.text(grid)
        await d.press("g")
        assert "above" not in d.text(grid)


def test_an_ascii_terminal_gets_ascii() -> None:
    """Where the encoding cannot carry the lines, plain signs are drawn and no escapes."""
    with Tty(*SCREEN, env={"PYTHONIOENCODING": "ascii"}) as tty:
        tty.shows("boiler-2")
        tty.shows("+---")
        tty.settle()
        assert b"\\u25" not in tty.seen
        assert bytes(tty.seen).isascii()


async def test_what_is_refused_by_hand_is_confirmed_by_the_feed() -> None:
    """A feed that stops by itself is believed: t then says that probing is stopped."""
    async with drive([probed("10.20.0.9")]) as d:
        await d.send(Probing(at=NOW, allowed=False))
        await d.press("t")
        assert d.calls("ask") == []
