"""`python -m tests.lab.forty [NUMBER ...]` serves those of the forty, or all, until it is ended."""

from __future__ import annotations

import asyncio
import sys

from tests.lab.forty.every import EVERY
from tests.lab.forty.truth import address


async def main(numbers: list[int]) -> None:
    """Start one after the other, say so, and serve."""
    started = [await EVERY[number].start(address(number)) for number in numbers]
    print("ready", flush=True)  # noqa: T201 - whoever started this waits for it
    await asyncio.Event().wait()
    assert started


if __name__ == "__main__":
    asyncio.run(main([int(word) for word in sys.argv[1:]] or list(range(len(EVERY)))))
