"""How far away an answer came from, judged by the TTL it arrived with."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Distance: TypeAlias = Literal["agree", "nearer", "farther"]

FIRST_TTLS: Final = (32, 64, 128, 255)
"""What senders start with: 64 is the number that IANA recommends (RFC 1700 page 64), Windows uses 128,
routers and small stacks 255. 32 is kept for old stacks: a path of more than 31 routers, for which it would
be mistaken, is unheard of in a plant."""


def first_ttl(ttl: int) -> int:
    """The number that a packet with *ttl* left most likely started with.

    Raises:
        ValueError: no such TTL.
    """
    if not 0 <= ttl <= FIRST_TTLS[-1]:
        raise ValueError(f"a TTL is 0 to 255, not {ttl}")
    return next(first for first in FIRST_TTLS if ttl <= first)


def hops(ttl: int) -> int:
    """Routers between this host and the sender of a packet that arrived with *ttl*; 0 is this very link.

    A sender that starts with an odd number, such as 60, is told a few hops too far.

    Raises:
        ValueError: no such TTL.
    """
    return first_ttl(ttl) - ttl


def compare(answer_ttl: int, reference_ttl: int) -> Distance:
    """Whether an answer came from as far as a reference of the same address, by hops and not by TTL.

    `nearer`: given in the device's name by something on the way, such as a filter. `farther`: forwarded
    to something behind the address. The best reference is the SYN-ACK of another port; an echo will do.

    Raises:
        ValueError: no such TTL.
    """
    difference = hops(answer_ttl) - hops(reference_ttl)
    if difference == 0:
        return "agree"
    return "nearer" if difference < 0 else "farther"
