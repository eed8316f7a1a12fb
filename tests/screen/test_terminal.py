"""The screen on real terminals: what it sends, and how it ends when they do."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from tests.screen.tty import ROOT, SCREEN, Tty, environment, monitor
from tui import terminal

pytestmark = pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminals here")


def test_q_quits_within_a_second(tmp_path: Path) -> None:
    """From q to the end of the process, engine stopped, terminal given back."""
    told = tmp_path / "calls"
    with monitor(str(told)) as tty:
        began = time.perf_counter()
        tty.press("q")
        assert tty.ends_within(5) == 0
        assert time.perf_counter() - began < 1.0
        tty.shows("\x1b[?1049l")
    assert told.read_text() == "['start', 'stop']"


def test_a_dropped_line_ends_it_cleanly_within_a_second(tmp_path: Path) -> None:
    """When the line drops the engine is stopped and the exit code is 0."""
    told = tmp_path / "calls"
    with monitor(str(told)) as tty:
        began = time.perf_counter()
        tty.hang_up()
        assert tty.ends_within(5) == 0
        assert time.perf_counter() - began < 1.0
    assert told.read_text() == "['start', 'stop']"


def test_a_line_that_stalls_and_then_drops_does_not_keep_it(tmp_path: Path) -> None:
    """With output stuck in a full terminal the hang-up still ends it, a few seconds later at the most."""
    with monitor(str(tmp_path / "calls")) as tty:
        tty.reading.clear()
        # The reader takes one more gulp; then the terminal, and after it Textual's own queue, fill up.
        for _ in range(60):
            tty.signal(signal.SIGUSR2)
            tty.press("jkjkjkTT")
            time.sleep(0.05)
        tty.signal(signal.SIGHUP)
        assert tty.ends_within(10) == 0


def test_a_request_to_end_is_honoured() -> None:
    """SIGTERM ends it as q does."""
    with monitor() as tty:
        tty.signal(signal.SIGTERM)
        assert tty.ends_within(3) == 0


def test_the_end_of_its_input_does_not_make_it_spin() -> None:
    """With the hang-up signal lost, the vanished terminal is noticed and the program ends."""
    script = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); import runpy;"
    script += "signal_signal = signal.signal;"
    script += "signal.signal = lambda n, h: None if n == signal.SIGHUP else signal_signal(n, h);"
    script += "runpy.run_module('tests.screen.on_a_terminal', run_name='__main__')"
    with Tty("-c", script) as tty:
        tty.shows("boiler-2")
        tty.settle()
        before = tty.cpu_s()
        tty.hang_up()
        used = before
        while tty.process.poll() is None:
            try:
                used = tty.cpu_s()
            except (FileNotFoundError, ProcessLookupError):
                break
            time.sleep(0.01)
        assert tty.ends_within(5) is not None
        assert used - before < 1.5


def test_an_idle_screen_sends_nothing() -> None:
    """Three seconds without a change are three seconds without a byte."""
    with monitor() as tty:
        before = len(tty.seen)
        time.sleep(3.0)
        assert len(tty.seen) == before


def test_one_changed_row_costs_at_most_four_hundred_bytes() -> None:
    """Only the cells that changed are sent."""
    with monitor() as tty:
        assert tty.cost(lambda: tty.signal(signal.SIGUSR1)) <= 400


def test_sixteen_colours_get_no_bright_ones() -> None:
    """On the Linux console nothing is sent that it cannot show."""
    with Tty(*SCREEN, env={"TERM": "linux", "COLORTERM": ""}) as tty:
        tty.shows("boiler-2")
        assert tty.colours() <= {*range(30, 38), *range(40, 48)}
        assert 31 in tty.colours()


def test_no_color_means_no_colour() -> None:
    """With NO_COLOR set not one colour code is sent."""
    with Tty(*SCREEN, env={"NO_COLOR": ""}) as tty:
        tty.shows("boiler-2")
        assert tty.colours() == set()


def _all_over(tty: Tty, *keys: str) -> None:
    """Panes, a finding's page, help, the themes with these keys, and a notice."""
    tty.shows("boiler-2")
    for pressed in ("3\r", "?", "\x1b", "T", *keys, "\r"):
        tty.cost(partial(tty.press, pressed), quiet_s=0.35)


def test_no_page_brings_bright_colours() -> None:
    """Pages, notices and themes keep to what a console of sixteen colours can show, as the panes do."""
    with Tty(*SCREEN, env={"TERM": "linux", "COLORTERM": ""}) as tty:
        _all_over(tty, "j", "k")
        assert tty.colours() <= {*range(30, 38), *range(40, 48)}


def test_neither_colour_nor_signs_where_neither_is_wanted() -> None:
    """With NO_COLOR on a C locale no page sends a colour code or anything but ASCII."""
    with Tty(*SCREEN, env={"NO_COLOR": "1", "LC_ALL": "C"}) as tty:
        _all_over(tty)
        assert tty.colours() == set()
        assert tty.seen.isascii()


def test_only_ascii_is_sent_where_the_locale_is_not_utf8() -> None:
    """Signs have ASCII forms, though Python itself would write UTF-8 for a locale that the host lacks."""
    with Tty(*SCREEN, env={"LC_ALL": "", "LANG": "de_DE.ISO-8859-1"}) as tty:
        _all_over(tty, "j")
        assert tty.seen.isascii()


@pytest.mark.parametrize(
    ("environ", "carried"),
    [
        ({"LANG": "C.UTF-8"}, True),
        ({"LC_CTYPE": "UTF-8"}, True),
        ({"LANG": "C", "LC_ALL": "de_DE.utf8"}, True),
        ({}, True),
        ({"LANG": "en_US"}, True),
        ({"LANG": "C"}, False),
        ({"LANG": "de_DE.UTF-8", "LC_CTYPE": "POSIX"}, False),
        ({"LANG": "ru_RU.KOI8-R"}, False),
        ({"LANG": "de_DE.ISO-8859-15@euro"}, False),
    ],
)
def test_the_locale_may_say_what_the_terminal_carries(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], carried: bool
) -> None:
    """A locale of another encoding rules signs out; one that says nothing leaves it to the stream."""
    for name in ("__stdout__", "__stderr__"):
        monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert terminal.carries("▲", environ) is carried
    assert terminal.carries("!", environ)


def test_without_a_terminal_it_refuses_in_one_line() -> None:
    """Piped, it says what is missing and what to use instead."""
    done = subprocess.run(
        [sys.executable, *SCREEN], cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=20, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "--headless" in done.stderr


def test_a_dumb_terminal_is_refused() -> None:
    """TERM=dumb cannot place text, and the reason says so."""
    with Tty(*SCREEN, env={"TERM": "dumb"}) as tty:
        assert tty.ends_within(10) == 3
        tty.shows("TERM=dumb")


def test_over_ssh_fewer_frames_are_sent() -> None:
    """An SSH session gets fewer frames and a patient escape key; what the user has set stands."""
    environ = {"SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22", "ESCDELAY": "50"}
    terminal.prepare(environ)
    assert environ["TEXTUAL_FPS"] == "10"
    assert environ["ESCDELAY"] == "50"
    assert environ["TEXTUAL_ANIMATIONS"] == "none"
