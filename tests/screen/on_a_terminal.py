"""The screen on the made-up plant, to be run on a real terminal: SIGUSR1 changes one row, SIGUSR2 all."""

from __future__ import annotations

import signal
import sys
from itertools import count
from pathlib import Path

from tests.screen.plant import NOW, FakeFeed, plant, probed
from tui import terminal

_turn = count()


def main() -> int:
    reason = terminal.refusal()
    if reason is not None:
        sys.stderr.write(f"port502: {reason}\n")
        return 3
    terminal.prepare()
    from tui.app import Port502  # noqa: PLC0415 - as the program does, after the environment is settled

    feed = FakeFeed(plant())
    told = Path(sys.argv[1]) if len(sys.argv) > 1 else None

    def change_one(_number: int, _frame: object) -> None:
        feed.send(probed("10.20.0.61", at=NOW - 300, ms=100.0 + next(_turn) % 800))

    def change_all(_number: int, _frame: object) -> None:
        state = ("refused", "answers")[next(_turn) % 2]
        feed.send(*(probed(f"10.20.0.{n}", state, at=NOW) for n in range(60, 78)))

    signal.signal(signal.SIGUSR1, change_one)
    signal.signal(signal.SIGUSR2, change_all)
    app = Port502(feed)
    app.run(mouse=False)
    if told is not None:
        told.write_text(repr([call[0] for call in feed.calls]))
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
