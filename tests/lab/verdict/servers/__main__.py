"""`python -m tests.lab.verdict.servers MANNER ADDRESS:PORT [NAME=VALUE ...]` serves until it is ended."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Final

from tests.lab.verdict.servers import broken, c_library, full, libraries, names, node, talks, timing, tls
from tests.lab.verdict.servers.frame import Given, Serve

SMALL: Final[dict[str, Serve]] = {
    **talks.MANNERS,
    **tls.MANNERS,
    **timing.MANNERS,
    **full.MANNERS,
    **broken.MANNERS,
    **names.MANNERS,
}
LIBRARIES: Final[dict[str, Callable[[Given], None]]] = {
    **libraries.MANNERS,
    **c_library.MANNERS,
    **node.MANNERS,
}


def main(manner: str, place: str, *options: str) -> None:
    """Serve in that manner."""
    host, _, port = place.rpartition(":")
    given = Given(host.strip("[]"), int(port), dict(option.split("=", 1) for option in options))
    if manner in SMALL:
        asyncio.run(SMALL[manner](given))
    else:
        LIBRARIES[manner](given)


if __name__ == "__main__":
    main(*sys.argv[1:])
