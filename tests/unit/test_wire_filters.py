"""The kernel's filter programs, run by a small copy of the kernel's own audit and interpreter."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit import wire_frames as make
from tests.unit.wire_frames import ICMP, ICMPV6, OURS, OURS_V6, TCP, THEIRS, THEIRS_V6, UDP
from tui import limits
from tui.wire import filters

ETHERNET, LOOPBACK, BARE = 1, 772, 0xFFFE
OTHER, OTHER_V6 = "10.1.0.3", "fd00::3"
SYN = make.tcp(0x02)
LOADS = {
    filters.LOAD_WORD: (4, False), filters.LOAD_HALF: (2, False),
    filters.LOAD_WORD_X: (4, True), filters.LOAD_HALF_X: (2, True), filters.LOAD_BYTE_X: (1, True),
}  # fmt: skip
KNOWN = [filters.LINK_KIND, filters.PROTOCOL]
JUMPS: dict[int, Callable[[int, int, int, int], int]] = {
    filters.GO: lambda _a, value, _true, _false: value,
    filters.IF_EQUAL: lambda a, value, true, false: true if a == value else false,
    filters.IF_BITS: lambda a, value, true, false: true if a & value else false,
}
CHANGES: dict[int, Callable[[int, int, int], int]] = {
    filters.SET: lambda _a, _x, value: value,
    filters.AND: lambda a, _x, value: a & value,
    filters.SHIFT_LEFT: lambda a, _x, value: a << value,
    filters.ADD_X: lambda a, x, _value: a + x,
}
TAGS: list[tuple[int, ...]] = [(), (20,), (20, 30)]


def steps(program: bytes) -> list[tuple[int, int, int, int]]:
    return list(filters.INSTRUCTION.iter_unpack(program))


def audit(program: bytes) -> bool:
    """bpf_check_classic of net/core/filter.c, as far as its operations are used here."""
    code = steps(program)
    for here, (operation, true, false, value) in enumerate(code):
        jumps = {
            filters.GO: (value,),
            filters.IF_EQUAL: (true, false),
            filters.IF_BITS: (true, false),
        }.get(operation, ())
        if any(here + jump + 1 >= len(code) for jump in jumps):
            return False
    return 0 < len(code) <= 4096 and code[-1][0] == filters.RETURN


def passes(program: bytes, data: bytes, link: int = ETHERNET, protocol: int = 0) -> bool:
    """The interpreter of linux/Documentation/networking/filter.rst."""
    code = steps(program)
    a = x = here = 0
    while True:
        operation, true, false, value = code[here]
        here += 1
        if operation in LOADS:
            size, further = LOADS[operation]
            at = value + (x if further else 0)
            if value in KNOWN:
                a = (link, protocol)[KNOWN.index(value)]
            elif at + size > len(data):
                return False
            else:
                a = int.from_bytes(data[at : at + size], "big")
        elif operation == filters.RETURN:
            return bool(value)
        elif operation in JUMPS:
            here += JUMPS[operation](a, value, true, false)
        elif operation in {filters.SET_X, filters.COPY_TO_X}:
            x = value if operation == filters.SET_X else a
        else:
            a = CHANGES[operation](a, x, value)


ABOUT = filters.about([THEIRS, THEIRS_V6, "10.9.9.9"])
WANTED = {
    "TCP from it": make.ip(SYN, TCP),
    "TCP to it": make.ip(SYN, TCP, OURS, THEIRS),
    "UDP from it": make.ip(make.udp(), UDP),
    "a later fragment": make.ip(SYN, TCP, fragment=0x2005),
    "IPv6 from it": make.ip(SYN, TCP, THEIRS_V6, OURS_V6),
    "IPv6 to it": make.ip(SYN, TCP, OURS_V6, THEIRS_V6),
    "ICMP error from a router": make.ip(make.icmp(3, 1), ICMP, OTHER, OURS),
    "ICMP echo": make.ip(make.icmp(0, 0), ICMP, OTHER, OURS),
    "ICMPv6 error from a router": make.ip(make.icmp(1, 1), ICMPV6, OTHER_V6, OURS_V6),
    "neighbour discovery": make.ip(make.discovery(136, THEIRS_V6), ICMPV6, OTHER_V6, OURS_V6, ttl=255),
}
OTHERS = {
    "TCP of another": make.ip(SYN, TCP, OTHER, OURS),
    "UDP of another": make.ip(make.udp(), UDP, OURS, OTHER),
    "IPv6 of another": make.ip(SYN, TCP, OTHER_V6, OURS_V6),
    "cut": make.ip(SYN, TCP)[:15],
}


@pytest.mark.parametrize("tags", TAGS)
@pytest.mark.parametrize("name", WANTED)
def test_what_bears_on_the_address_passes(name: str, tags: Sequence[int]) -> None:
    """Tagged or not, on Ethernet, loopback and links without a header."""
    packet = WANTED[name]
    assert passes(ABOUT, make.ethernet(packet, tags=tags, tag_kind=0x88A8))
    assert passes(ABOUT, make.ethernet(packet, tags=tags), LOOPBACK)
    assert passes(ABOUT, packet, BARE, 0x86DD if packet[0] >> 4 == 6 else 0x0800)


@pytest.mark.parametrize("tags", TAGS)
@pytest.mark.parametrize("name", OTHERS)
def test_what_is_of_others_stays_in_the_kernel(name: str, tags: Sequence[int]) -> None:
    """A busy link costs nothing where it has nothing to do with the address."""
    packet = OTHERS[name]
    assert not passes(ABOUT, make.ethernet(packet, tags=tags, pad=False))
    assert not passes(ABOUT, packet, BARE, 0x86DD if packet[0] >> 4 == 6 else 0x0800)


@pytest.mark.parametrize("tags", TAGS)
def test_arp_and_lldp(tags: Sequence[int]) -> None:
    """ARP passes when it names the address as sender or target; LLDP passes always."""
    for message, wanted in (
        (make.arp(2, THEIRS, OURS), True),
        (make.arp(1, OURS, THEIRS), True),
        (make.arp(1, OURS, OTHER), False),
    ):
        assert passes(ABOUT, make.ethernet(message, 0x0806, tags=tags)) == wanted
        assert passes(filters.ports([502]), make.ethernet(message, 0x0806, tags=tags))
    for program in (ABOUT, filters.ports([502])):
        assert passes(program, make.ethernet(make.lldp(), 0x88CC, tags=tags))
        assert not passes(program, make.ethernet(make.lldp(), 0x88CD, tags=tags))


@given(
    st.lists(st.ip_addresses(), max_size=filters.ADDRESSES, unique=True),
    st.ip_addresses(),
    st.integers(0),
    st.booleans(),
)
def test_any_addresses_decide_as_plain_membership_does(
    addresses: list[object], end: object, which: int, reverse: bool
) -> None:
    """The program passes the kernel's audit, and an address of the list at either end, and no other."""
    wanted = [str(address) for address in addresses]
    program = filters.about(wanted)
    assert audit(program)
    for other in [str(end), *([wanted[which % len(wanted)]] if wanted else [])]:
        here = OURS_V6 if ":" in other else OURS
        ends = (here, other) if reverse else (other, here)
        expected = other in wanted or here in wanted
        assert passes(program, make.ethernet(make.ip(SYN, TCP, *ends))) == expected


PORT = st.integers(1, 0xFFFF)


@given(
    st.frozensets(PORT, min_size=1, max_size=limits.WATCHED_PORTS),
    st.tuples(PORT, PORT),
    st.integers(0),
    st.tuples(st.sampled_from([(THEIRS, OURS), (THEIRS_V6, OURS_V6)]), st.sampled_from(TAGS)),
    st.integers(0, 10),
)
def test_a_watched_port_at_either_end_and_nothing_else(
    ports: frozenset[int],
    pair: tuple[int, int],
    which: int,
    where: tuple[tuple[str, str], Sequence[int]],
    options: int,
) -> None:
    """Header lengths, tags and versions do not hide a port, nor show one that is not there."""
    program = filters.ports(ports)
    one = sorted(ports)[which % len(ports)]
    assert audit(program)
    for here, there in (pair, (one, pair[1]), (pair[0], one)):
        segment = make.tcp(0x10, source=here, destination=there)
        packet = make.ip(segment, TCP, *where[0], options=bytes(4 * options))
        assert passes(program, make.ethernet(packet, tags=where[1])) == bool({here, there} & ports)


def test_only_tcp_has_watched_ports() -> None:
    """UDP, later fragments and cut packets pass no port filter, whatever their bytes say."""
    program = filters.ports([502])
    assert not passes(program, make.ethernet(make.ip(make.udp(), UDP)))
    assert not passes(program, make.ethernet(make.ip(make.udp(), UDP, THEIRS_V6, OURS_V6)))
    assert not passes(program, make.ethernet(make.ip(make.tcp(2), TCP, fragment=0x2005)))
    assert not passes(program, make.ethernet(make.ip(b"\x01", TCP), pad=False))
    assert passes(program, make.ethernet(make.ip(make.tcp(2), TCP, fragment=0x2000)))


@pytest.mark.parametrize("ports", [[], [0], [65536], range(1, limits.WATCHED_PORTS + 2)])
def test_senseless_ports_are_refused(ports: Sequence[int]) -> None:
    """No program is made that would match nothing, or too much to load."""
    with pytest.raises(ValueError, match="port"):
        filters.ports(ports)


@pytest.mark.parametrize(
    "addresses", [["plc-12"], ["10.0.0.256"], [f"10.0.0.{n}" for n in range(filters.ADDRESSES + 1)]]
)
def test_senseless_addresses_are_refused(addresses: Sequence[str]) -> None:
    """Names and too many addresses make no program."""
    with pytest.raises(ValueError, match="address"):
        filters.about(addresses)


def test_a_zone_is_no_part_of_the_address() -> None:
    """`fe80::1%eth0` listens for fe80::1."""
    program = filters.about(["fe80::1%eth0"])
    assert passes(program, make.ethernet(make.ip(SYN, TCP, "fe80::1", OURS_V6)))
