"""What questions need of an open connection, whether it is plain or inside TLS."""

from __future__ import annotations

from typing import Protocol

from tui.records import Closed


class Line(Protocol):
    """An open connection on which reading requests are sent and answers received."""

    @property
    def gave_way(self) -> bool:
        """Whether it was let go, since somebody else needs it."""
        ...

    async def send(self, adu: bytes) -> None:
        """Send one Modbus TCP request; anything but a harmless read raises `NotReadingError`.

        Raises:
            LetGoError: it was let go.
        """
        ...

    async def receive(self) -> bytes:
        """Next bytes; empty at the peer's end or when its reading budget is spent.

        Raises:
            LetGoError: it was let go, now or before.
        """
        ...

    def allow(self, more: int) -> None:
        """Let so many bytes more be read."""
        ...

    async def close(self) -> Closed:
        """End it, and say how the peer took it."""
        ...
