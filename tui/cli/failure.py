"""How a command says that it cannot do what was asked."""

from __future__ import annotations

from typing import Final

FINE: Final = 0
WARNING: Final = 1
FAULT: Final = 2
BAD_USAGE: Final = 3


class Failure(Exception):  # noqa: N818 - it is printed as a sentence, not as an error class
    """One line that says what, where and how to mend; exit code 3."""
