"""The table of that minute: `python -m tests.lab.holders`, as root on Linux, from the repository's root."""

from __future__ import annotations

import sys

from tests.lab.holders.minute import LATE_S, minute
from tests.lab.holders.watch import table


def main() -> int:
    """Print a line a second and the sums; 1 where the pane was wrong for too long."""
    seconds = minute()
    print("\n".join(table(seconds)))  # noqa: T201 - the table is the output
    return int(max(second.behind_s for second in seconds) > LATE_S)


if __name__ == "__main__":
    sys.exit(main())
