"""The parser of the kernel's answers: right on good bytes, one typed error on bad ones."""

from __future__ import annotations

import errno
import socket
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.vantages.diag_message import (
    ATTR,
    BY_FAMILY,
    DONE,
    ERROR,
    HEADER,
    INFO,
    INTERRUPTED,
    SOCKET,
    DiagError,
    Dump,
    Reader,
)

TCP_INFO = 104


def message(kind: int, body: bytes, flags: int = 0, sequence: int = socket.AF_INET) -> bytes:
    padded = body + bytes(-len(body) % 4)
    return HEADER.pack(HEADER.size + len(body), kind, flags, sequence) + padded


def attribute(kind: int, body: bytes) -> bytes:
    return ATTR.pack(ATTR.size + len(body), kind) + body + bytes(-len(body) % 4)


def described(attributes: bytes = b"", state: int = 1) -> bytes:
    ends = struct.pack("!HH4s12x4s12x", 40_000, 502, bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
    return message(BY_FAMILY, SOCKET.pack(socket.AF_INET, state, 7, ends, 99, 1, 2, 1000, 5) + attributes)


def tcp_info(backoff: int) -> bytes:
    return attribute(INFO, struct.pack("=4xB19xI24xI12xI28xI", backoff, 3, 1500, 20_000, 8))


def read(*parts: bytes) -> Dump:
    dump = Dump(socket.AF_INET, Reader())
    dump.feed(b"".join(parts), sum(map(len, parts)))
    return dump


end = message(DONE, struct.pack("=i", 0))
good = st.sampled_from(
    [end, described(), described(attribute(8, b"\0") + tcp_info(1)), message(ERROR, struct.pack("=i", 0))]
)


@given(st.binary(max_size=600))
def test_any_bytes_at_all(data: bytes) -> None:
    """Bytes that are no answer give the typed error or nothing, and end."""
    with suppress(DiagError):
        read(data)


@given(st.lists(good, max_size=6), st.data())
def test_damaged_answers(parts: list[bytes], data: st.DataObject) -> None:
    """An answer with a few bytes changed and its end cut off never does worse than the typed error."""
    damaged = bytearray(b"".join(parts))
    for _ in range(data.draw(st.integers(0, 4)) if damaged else 0):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with suppress(DiagError):
        read(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))


def test_figures_from_tcp_info_wherever_it_sits() -> None:
    """The same length with its attributes in another order is taken apart anew, not by habit."""
    other = attribute(15, bytes(4))
    dump = read(
        described(other + tcp_info(1)), described(other + tcp_info(2)), described(tcp_info(3) + other), end
    )
    assert [entry.backoff for entry in dump.entries] == [1, 2, 3]
    assert dump.done
    first = dump.entries[0]
    assert first.ends == ("10.0.0.1", 40_000, "10.0.0.2", 502)
    assert (first.unacked, first.quiet_ms, first.rtt_us, first.retransmits) == (3, 1500, 20_000, 8)
    assert (first.cookie, first.receive_queue, first.send_queue, first.uid, first.inode) == (
        99,
        1,
        2,
        1000,
        5,
    )


def test_handshake_without_tcp_info() -> None:
    """A handshake has no tcp_info: its own count of tries stands for the retransmits."""
    entry = read(described(state=3)).entries[0]
    assert (entry.state, entry.retransmits, entry.quiet_ms) == ("SYN_RECV", 7, None)


@pytest.mark.parametrize("kind", [ERROR, DONE])
def test_refusal_carries_its_number(kind: int) -> None:
    """The kernel's errno comes through, so that the caller can act on it."""
    with pytest.raises(DiagError, match="refused") as caught:
        read(message(kind, struct.pack("=i", -errno.EPERM)))
    assert caught.value.errno == errno.EPERM


def test_interruption_is_noted() -> None:
    """The kernel's mark of a table that changed while it was read is kept."""
    assert read(described(), message(DONE, struct.pack("=i", 0), INTERRUPTED)).interrupted


def test_answers_to_others_are_left_out() -> None:
    """Only messages with the request's sequence number count."""
    assert not read(message(DONE, struct.pack("=i", 0), sequence=3)).done


@pytest.mark.parametrize(
    "broken",
    [
        described()[:-4],
        described(tcp_info(0)[:-8] + bytes(8))[:60],
        described(ATTR.pack(2, INFO)),
        described(ATTR.pack(200, INFO)),
        described(attribute(INFO, bytes(TCP_INFO - 4))),
        message(BY_FAMILY, bytes(10)),
        message(DONE, b""),
        bytes(7),
        bytes(20),
    ],
)
def test_broken_messages_are_the_typed_error(broken: bytes) -> None:
    """Short, overlong and cut messages are told as such."""
    with pytest.raises(DiagError, match="answer"):
        read(broken)
