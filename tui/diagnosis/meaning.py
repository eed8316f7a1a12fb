"""What a sweep and a climb see alike, as facts: one meaning for both."""

from __future__ import annotations

from typing import Final

_BY_EXCEPTION: Final = {4: "failure", 6: "busy", 10: "path", 11: "target"}
_AT_ONCE_S: Final = 0.5
"""An ICMP error that a router sends by rule takes a round trip; one after ARP in vain takes seconds."""


def of_exception(code: int | None) -> str:
    """The fact `reply` of a Modbus exception; any other than those of trouble is a word on the read alone."""
    return _BY_EXCEPTION.get(code or 0, "illegal")


def promptness(seconds: float) -> str:
    """The fact `prompt` of an ICMP error that came after *seconds*."""
    return "at-once" if seconds < _AT_ONCE_S else "late"
