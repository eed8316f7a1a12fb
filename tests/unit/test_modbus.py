"""Reading what came back."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tui.clean import SAFE_PATTERN
from tui.probes.modbus import judge


def _frame(body: bytes, transaction: int = 7, protocol: int = 0) -> bytes:
    unit_and_body = b"\1" + body
    return b"".join(n.to_bytes(2, "big") for n in (transaction, protocol, len(unit_and_body))) + unit_and_body


@given(st.binary(max_size=400))
def test_arbitrary_bytes_never_crash_and_are_shown_inert(data: bytes) -> None:
    """Hostile bytes end in a judgement whose words are safe on a screen."""
    answer = judge(data, 7, 0.1)
    if answer is not None:
        assert re.search(SAFE_PATTERN, answer.detail)


@given(st.binary(min_size=1, max_size=253))
def test_any_well_framed_body_is_judged(body: bytes) -> None:
    """A whole frame is never waited on for more."""
    assert judge(_frame(body), 7, 0.1) is not None or len(body) < 2


@given(st.integers(1, 10))
def test_a_partial_answer_waits(cut: int) -> None:
    """Half a frame is not yet an answer."""
    whole = _frame(b"\3\2\0\5")
    assert judge(whole[: min(cut, len(whole) - 1)], 7, 0.1) is None


def test_a_register_is_an_answer() -> None:
    """The plain case."""
    answer = judge(_frame(b"\3\2\0\5"), 7, 0.1)
    assert answer is not None
    assert (answer.reply, answer.exception) == ("answer", None)


def test_an_exception_proves_that_modbus_works() -> None:
    """An exception is an answer, with its code."""
    answer = judge(_frame(b"\x83\x0b"), 7, 0.1)
    assert answer is not None
    assert (answer.reply, answer.exception) == ("exception", 11)


def test_another_transaction_is_malformed() -> None:
    """An answer to somebody else's question is told as such."""
    answer = judge(_frame(b"\3\2\0\5", transaction=8), 7, 0.1)
    assert answer is not None
    assert answer.reply == "malformed"


def test_function_byte_80_is_malformed() -> None:
    """A server that answers 80 instead of 83 (seen in the field) is not taken for well-formed."""
    answer = judge(_frame(b"\x80\x01"), 7, 0.1)
    assert answer is not None
    assert answer.reply == "malformed"


def test_a_banner_is_another_protocol() -> None:
    """Text where a frame should be is named at once."""
    answer = judge(b"SSH-2.0-OpenSSH\r\n", 7, 0.1)
    assert answer is not None
    assert answer.reply == "other"
    assert "SSH-2.0" in answer.detail
