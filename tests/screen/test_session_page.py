"""The page of a session: everything known of it, following the present, and the commands that end it."""

from __future__ import annotations

from tests.screen.driver import Drive, drive
from tests.screen.plant import NOW, run, session
from tui.records import Session, Talk
from tui.screens.detail import Detail
from tui.screens.session import SessionPage
from tui.session_events import Acted, SessionGone, SessionSeen

DEVICE = "10.20.0.12"
HELD = session(
    "10.20.0.2", 51515, DEVICE, side="client", process="scada", pid=4432, user="ops", rtt_ms=1.25,
    active_at=NOW - 120, began=True, retransmits=3, backoff=2, send_queue=24, dialled="10.96.0.1:1502",
    expires_at=NOW + 600, seen_by=("kernel", "mirror"),
    talk=Talk(requests=1204, exceptions=3, unanswered=1, units=(1, 7), functions=(3, 16), period_s=1.0,
              pause_s=30.0, answer_ms=4.5, foreign=2),
)  # fmt: skip
FOREIGN = session("10.20.0.77", 40000, DEVICE, side="none", vantage="mirror")


async def open_page(d: Drive) -> None:
    """The page of the first session."""
    await d.press("2", "j", "enter")
    assert isinstance(d.app.screen, SessionPage)


async def read_page(d: Drive) -> str:
    """The whole page, as one line of words: read screen after screen."""
    pages = [d.text()]
    for _ in range(6):
        await d.press("pagedown")
        pages.append(d.text())
    lines = [line.strip() for page in pages for line in page.splitlines()]
    return " ".join(" ".join(dict.fromkeys(lines)).split())


async def test_everything_known_of_a_session_is_told() -> None:
    """Who, since when, how it stands, what was said and dialled, and what ends it: whole at 80x24."""
    async with drive([run(), HELD], size=(80, 24)) as d:
        await open_page(d)
        shown = await read_page(d)
    for part in (
        "10.20.0.2 port 51515, on this host",
        "scada[4432] of ops",
        "10.96.0.1:1502, translated",
        "its beginning was seen",
        "(2m ago)",
        "1.2 ms",
        "3 segments in all; the timer has doubled 2 times",
        "24 bytes sent or waiting",
        "remembers it until",
        "kernel, mirror; the figures are from kernel",
        "requests 1,204",
        "exceptions 3",
        "unit ids 1, 7",
        "function codes 3, 16",
        "one request in 1 s; longest pause 30 s",
        "2 segments with data that is no Modbus TCP",
        "To end it on this host (jump-1)",
        "sport = 51515 dst 10.96.0.1 dport = 1502",
        "taskkill /PID NUMBER /F",
        "sudo kill NUMBER",
    ):
        assert part in shown, part
    assert "…" not in shown


async def test_a_session_seen_in_passing_says_what_cannot_be_known() -> None:
    """Of a client elsewhere: no process, at least so old, and the commands for its host."""
    async with drive([run(), FOREIGN], size=(80, 24)) as d:
        await open_page(d)
        shown = await read_page(d)
    for part in (
        "only the client's own host can tell",
        "at least",
        "To end it on 10.20.0.77",
        "Not known: its traffic",
    ):
        assert part in shown, part
    assert "e ends it from here" not in shown


async def test_the_page_follows_the_present_until_the_session_is_gone() -> None:
    """New figures are shown; once it is gone the page says so and since when, and offers no command."""
    async with drive([run(), HELD]) as d:
        await open_page(d)
        await d.send(session("10.20.0.2", 51515, DEVICE, side="client", state="FIN_WAIT2"))
        assert "has not closed its end" in d.text()
        gone = SessionGone(at=NOW, client="10.20.0.2", client_port=51515, address=DEVICE, port=502)
        await d.send(gone)
        assert "Gone since" in d.text()
        assert "To end it on" not in d.text()
        assert "end session" not in d.text()
        await d.press("e")
        assert "the session is gone already" in d.text()
        later = session("10.20.0.2", 51515, DEVICE, side="client", since=NOW + 1)
        await d.send(later)
        assert "Gone since" in d.text(), "another session of the same ends is not this one"
        await d.press("escape")
        assert d.app.screen is d.app.screen_stack[0]


async def test_what_was_done_to_a_session_is_on_its_page() -> None:
    """Who ended it, or tried to, stays to be read after the notice has gone."""
    async with drive([run(), HELD]) as d:
        await open_page(d)
        held = HELD.session
        await d.send(
            Acted(at=NOW, user="ops", act="end-session", session=held, ok=False, text="not ended: no")
        )
        assert "ops: not ended: no" in d.text()


async def test_enter_on_a_device_line_opens_the_device() -> None:
    """Over the sessions of a device stands its own line: there enter opens its page."""
    async with drive([run(), HELD]) as d:
        await d.press("2", "enter")
        assert isinstance(d.app.screen, Detail)


async def test_an_address_that_is_none_gives_no_command() -> None:
    """A recording may say anything: nothing of it becomes a command."""
    held = SessionSeen(
        at=NOW,
        session=Session(client="$(reboot)", client_port=1, address=DEVICE, port=502, state="ESTABLISHED",
                        side="none", since=NOW),
    )  # fmt: skip
    async with drive([run(), held]) as d:
        await open_page(d)
        assert "No command can be made of its addresses" in d.text()
        assert "ss -K" not in d.text()
