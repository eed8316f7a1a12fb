"""Ending a session from the screen: asked first, refused where it cannot be, told, and never by accident."""

from __future__ import annotations

import pytest
from textual.driver import Driver

from tests.screen.driver import USER, Drive, drive
from tests.screen.plant import NOW, run, session
from tui.event import Event
from tui.probes.holder import Holder
from tui.screens.confirm import Confirm
from tui.session_events import SessionGone
from tui.workers.acts import Outcome

DEVICE = "10.20.0.12"
HERE = session("10.20.0.2", 51515, DEVICE, side="client", process="scada", pid=4432, user="ops")
SERVED = session("10.20.0.77", 40000, DEVICE, side="device", process="plc", pid=12, user="root")
ELSEWHERE = session("10.20.0.77", 40000, DEVICE, side="none", vantage="mirror")
OWN = session("10.20.0.2", 51515, DEVICE, side="client", ours=True)
GONE = SessionGone(at=NOW, client="10.20.0.2", client_port=51515, address=DEVICE, port=502)
HELD = Holder(4432, "scada", 1.0, 2)


async def ask(d: Drive) -> None:
    """The question, from the pane."""
    await d.press("2", "j", "e")
    assert isinstance(d.app.screen, Confirm)


def words(d: Drive) -> str:
    return " ".join(d.text().split())


async def test_the_question_says_what_will_happen() -> None:
    """Which session of whom, what its program and the device see, what is recorded; nothing is done yet."""
    async with drive([run(), HERE], size=(80, 24)) as d:
        await ask(d)
        shown = words(d)
        for part in (
            "10.20.0.2 port 51515 to 10.20.0.12", "scada[4432] of ops", "ECONNABORTED",
            "may connect again at once", "10.20.0.12 gets an RST and frees the slot",
            "Nothing else is touched", "recording", USER, "y end it", "n leave it",
        ):  # fmt: skip
            assert part in shown, part
        assert d.calls("end_session") == []


async def test_yes_ends_that_session_and_says_what_came_of_it() -> None:
    """Y hands the very session to the feed, once, and the outcome stands on the screen."""
    async with drive([run(), HERE]) as d:
        await ask(d)
        await d.press("y")
        assert d.calls("end_session") == [("end_session", HERE.session)]
        assert "ended: it" in d.text()


async def test_the_palette_ends_a_session_too() -> None:
    """Found by its name where a session is selected, it asks the same; elsewhere it is not offered."""
    async with drive([run(), HERE]) as d:
        await d.press("2", "colon", *"end sess")
        assert "nothing matches" in d.text()
        await d.press("escape", "j", "colon", *"end sess")
        await d.press("enter")
        assert isinstance(d.app.screen, Confirm)
        await d.press("y")
        assert len(d.calls("end_session")) == 1


async def test_any_other_answer_does_nothing() -> None:
    """n, esc, q and ctrl+c leave the session and the program running."""
    async with drive([run(), HERE]) as d:
        for key in ("n", "escape", "q", "ctrl+c"):
            await ask(d)
            await d.press("j", "x", "enter", key)
            assert d.app.screen is d.app.screen_stack[0]
            assert "nothing was done" in d.text()
            await d.press("g")
        assert [call for call in d.feed.calls if call[0] != "start"] == []


async def test_a_key_pressed_before_the_question_is_no_answer() -> None:
    """A burst of e and y, typed blindly, ends nothing."""
    async with drive([run(), HERE]) as d:
        await d.press("2", "j")
        await d.burst("e", "y")
        assert isinstance(d.app.screen, Confirm)
        assert d.calls("end_session") == []
        await d.press("y")
        assert len(d.calls("end_session")) == 1


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (ELSEWHERE, "its client is on 10.20.0.77: y copies the commands for there"),
        (OWN, "port502's own connection: it closes that itself"),
    ],
)
async def test_a_session_that_is_not_ours_to_end_is_refused(told: Event, line: str) -> None:
    """No end here, or port502's own: one line says why, and there is no question."""
    async with drive([run(), told], size=(80, 24)) as d:
        await d.press("2", "j", "e")
        assert d.app.screen is d.app.screen_stack[0]
        assert line in d.text()


async def test_a_recording_is_never_acted_on() -> None:
    """In a replay nothing is asked and nothing ended; the key is not even offered."""
    async with drive([run(), HERE], title="REPLAY x") as d:
        await d.press("2", "j")
        assert "end session" not in d.text()
        await d.press("e")
        assert "this is a recording" in d.text()
        await d.press("y")
        assert d.calls("end_session") == []


async def test_a_session_that_went_meanwhile_is_not_ended() -> None:
    """Gone while the question stood, or followed by another of the same ends: nothing is done."""
    async with drive([run(), HERE]) as d:
        await ask(d)
        await d.send(GONE, session("10.20.0.2", 51515, DEVICE, side="client", since=NOW + 1))
        await d.press("y")
        assert d.calls("end_session") == []
        assert "the session is gone already" in d.text()


async def test_the_keys_are_offered_where_they_can_act() -> None:
    """On a session's line and page; not on the line of a device, where they say why."""
    async with drive([run(), HERE], size=(80, 24)) as d:
        await d.press("2")
        assert "end session" not in d.text()
        await d.press("j")
        assert "e end session" in d.text()
        await d.press("enter")
        assert "on this host" in d.text()
        assert "e end session" in d.text()
        assert "y copy commands" in d.text()
        await d.press("e")
        assert isinstance(d.app.screen, Confirm)


async def test_without_a_session_the_keys_say_so() -> None:
    """On the line of a device, or in another pane, one line says what to choose; nothing is asked."""
    async with drive([run(), HERE], size=(80, 24)) as d:
        for pane, key in (("2", "e"), ("2", "y"), ("1", "e"), ("3", "y")):
            await d.press(pane, key)
            assert d.app.screen is d.app.screen_stack[0]
            assert "no session is selected" in d.text()
        assert d.app.clipboard == ""


async def test_the_devices_end_here_is_told_as_such() -> None:
    """Where this host is the device the server loses the connection, not a client program."""
    async with drive([run(), SERVED]) as d:
        await ask(d)
        shown = words(d)
        assert "This host has the device's end, served by plc[12] of root." in shown
        assert "10.20.0.77 may connect again" in shown


async def test_without_the_right_the_whole_program_is_offered_and_asked_about() -> None:
    """Not permitted: a second question says that all of the program ends; only its y does it."""
    async with drive([run(), HERE], size=(80, 24)) as d:
        d.feed.outcome = Outcome(False, "not ended: ending it needs root", HELD)
        await ask(d)
        await d.press("y")
        assert isinstance(d.app.screen, Confirm)
        shown = words(d)
        for part in ("needs root", "The whole program ends, not just the session", "2 other TCP connections",
                     "SIGTERM", "scada[4432] of ops", USER):  # fmt: skip
            assert part in shown, part
        assert d.calls("end_process") == []
        d.feed.outcome = Outcome(True, "SIGTERM sent to scada[4432]")
        await d.press("y")
        assert d.calls("end_process") == [("end_process", HERE.session, HELD)]
        assert "SIGTERM sent" in d.text()


async def test_the_second_question_declined_ends_nothing() -> None:
    """The program lives on when its end is declined."""
    async with drive([run(), HERE]) as d:
        d.feed.outcome = Outcome(False, "not ended: ending it needs root", HELD)
        await ask(d)
        await d.press("y")
        await d.press("n")
        assert d.calls("end_process") == []
        assert d.app.screen is d.app.screen_stack[0]


async def test_y_copies_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a client elsewhere those of every system go to the clipboard, from the pane and from the page."""
    async with drive([run(), ELSEWHERE], size=(80, 24)) as d:
        written: list[str] = []
        driver = d.app._driver
        assert isinstance(driver, Driver)
        monkeypatch.setattr(driver, "write", written.append)
        await d.press("2", "j", "y")
        assert "copied, if your terminal takes it (OSC 52); enter shows them" in d.text()
        assert [text for text in written if text.startswith("\x1b]52;c;")]
        assert d.app.clipboard.splitlines()[:2] == [
            "# on Linux:",
            "ss -K src 10.20.0.77 sport = 40000 dst 10.20.0.12 dport = 502",
        ]
        assert "# on macOS:" in d.app.clipboard
        await d.press("enter", "y")
        assert "copied, if your terminal takes it" in d.text()


async def test_y_at_a_client_here_copies_only_what_works_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """On this host the commands of other systems are of no use."""
    monkeypatch.setattr("tui.screens.end_words.sys.platform", "linux")
    async with drive([run(), HERE]) as d:
        await d.press("2", "j", "y")
        assert d.app.clipboard == "ss -K src 10.20.0.2 sport = 51515 dst 10.20.0.12 dport = 502"
