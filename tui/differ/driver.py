"""The driver that Textual writes to: Linux and macOS terminals, with only the differences sent."""

from __future__ import annotations

import os
import re
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from textual import events
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui.differ.canvas import Canvas

if TYPE_CHECKING:
    from textual.app import App

_PLACE: Final = re.compile(r"\x1b\[\d+;\d+H")
"""How a frame begins: it says where."""
_CONTROL: Final = re.compile(
    r"(?:\x1b\[\?\d+[hl]|\x1b\[2[23];\dt|\x1b\[\?\d+\$p|\x1b\[[<>]\d*u|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x07)+"
)
"""What touches no cell: modes, questions, titles, the clipboard, the bell."""
_TOGETHER: Final = "\x1b[?2026h"
_TOGETHER_END: Final = "\x1b[?2026l"
_OTHER_SCREEN: Final = "\x1b[?1049"
_CURSOR: Final = {"\x1b[?25h": True, "\x1b[?25l": False}


class DifferDriver(LinuxDriver):
    """Passes on what differs from what the terminal shows."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._canvas: Canvas | None = None
        self._erases = _erases()
        self._cursor_shown = True
        self._held: list[str] | None = None
        """What is to be shown at once, while Textual says so."""

    def forget(self) -> None:
        """Take nothing of what the terminal shows for known."""
        self._canvas = None

    def start_application_mode(self) -> None:
        """Start, and learn of a new size at once."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        told = signal.getsignal(signal.SIGWINCH)

        def resized(number: int, frame: FrameType | None) -> None:
            self.forget()
            if callable(told):
                told(number, frame)

        signal.signal(signal.SIGWINCH, resized)

    def process_message(self, message: Message) -> None:
        """Some terminals tell their size as they tell a key."""
        if isinstance(message, events.Resize):
            self.forget()
        super().process_message(message)

    def write(self, data: str) -> None:
        """Send what *data* changes."""
        if data == _TOGETHER:
            self._held = []
        elif data == _TOGETHER_END:
            held, self._held = self._held, None
            if held:
                super().write("".join([_TOGETHER, *held, _TOGETHER_END]))
        elif sent := self._frame(data) if _PLACE.match(data) else self._control(data):
            if self._held is None:
                super().write(sent)
            else:
                self._held.append(sent)

    def _frame(self, data: str) -> str:
        size = _size()
        if size is None:
            self.forget()
            return data
        canvas = self._canvas
        if canvas is None or canvas.size != size:
            canvas = self._canvas = Canvas(*size, erases=self._erases)
        return canvas.frame(data, cursor=self._cursor_shown)

    def _control(self, data: str) -> str:
        if _OTHER_SCREEN in data or not _CONTROL.fullmatch(data):
            self.forget()
            return f"\x1b[m{data}"
        for code, shown in _CURSOR.items():
            if code in data:
                self._cursor_shown = shown
                if shown and self._canvas is not None:
                    x, y = self._canvas.cursor
                    return f"\x1b[{y + 1};{x + 1}H{data}"
        return data


def _size() -> tuple[int, int] | None:
    """Columns and lines of the terminal as it is now; None where that cannot be told."""
    try:
        columns, lines = os.get_terminal_size(sys.__stderr__.fileno() if sys.__stderr__ else 2)
    except (OSError, ValueError):
        return None
    return (columns, lines) if columns > 0 and lines > 0 else None


def _erases() -> bool:
    """Whether the terminal says of itself that erasing leaves the ground's colour, and can erase cells."""
    try:
        import curses  # noqa: PLC0415 - not built into every Python

        curses.setupterm(fd=sys.__stderr__.fileno() if sys.__stderr__ else 2)
        return curses.tigetflag("bce") > 0 and bool(curses.tigetstr("ech"))
    except (ImportError, OSError, ValueError, curses.error):
        return False
