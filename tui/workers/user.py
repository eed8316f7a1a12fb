"""Who sits at this console, as it is recorded with what they do."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Final

from tui.clean import clean
from tui.vantages.processes import user_name

_LONGEST: Final = 80


def console_user() -> str:
    """The name of the user this program runs as; who called it by sudo stands beside it."""
    name = getpass.getuser() if sys.platform == "win32" else user_name(os.getuid())
    caller = os.environ.get("SUDO_USER", "")
    return clean(f"{name} (sudo: {caller})" if caller and caller != name else name, _LONGEST)
