"""The same devices in Textual's own DataTable, to compare with: SIGUSR1 changes one cell."""

from __future__ import annotations

import asyncio
import signal
from itertools import count

from textual.app import App, ComposeResult
from textual.widgets import DataTable

from tui import terminal

COLUMNS = ("address", "name", "state", "ms", "slots", "device")
_turn = count()


class Table(App[None]):
    """Twenty-five devices."""

    def compose(self) -> ComposeResult:
        """One table."""
        yield DataTable()

    def on_mount(self) -> None:
        """Fill it."""
        table = self.query_one(DataTable)
        for column in COLUMNS:
            table.add_column(column, key=column, width=16)
        for last in range(60, 85):
            address = f"10.20.0.{last}"
            table.add_row(address, "", "answers", "2", "", "", key=address)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self.change)

    def change(self) -> None:
        """One device answers more slowly."""
        self.query_one(DataTable).update_cell("10.20.0.61", "ms", str(100 + next(_turn) % 800))


if __name__ == "__main__":
    terminal.prepare()
    Table().run(mouse=False)
