"""The vocabulary of the journal."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.events import Probed, decode, encode
from tui.records import Session, Target
from tui.session_events import SessionGone, SessionSeen


def test_an_event_survives_the_journal() -> None:
    """What is written is what is read."""
    event = Probed(at=1.5, address="10.0.0.1", port=502, state="refused", ms=0.4, sender="10.0.0.1")
    assert decode(encode(event)) == event


def test_the_sender_is_called_from_in_json() -> None:
    """The JSON contract names who answered `from`."""
    line = encode(Probed(at=1.0, address="a", port=502, state="refused", sender="10.0.0.9"))
    assert msgspec.json.decode(line)["from"] == "10.0.0.9"


def test_control_characters_in_a_recording_are_refused() -> None:
    """A recording from elsewhere cannot smuggle an escape sequence to the screen."""
    with pytest.raises(msgspec.ValidationError):
        decode(b'{"kind":"health","at":1,"source":"a\\u001b[2J","ok":true}')


@given(st.binary(max_size=300))
def test_any_line_is_decoded_or_refused(line: bytes) -> None:
    """Arbitrary bytes raise the one error a reader counts, nothing else."""
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        assert encode(decode(line))


def test_the_end_of_a_session_supersedes_its_samples() -> None:
    """A session and its end share a key, so that a slow reader never sees a dead session live."""
    session = Session(
        client="1.1.1.1", client_port=1, address="2.2.2.2", port=502, state="ESTABLISHED", side="client",
        since=1.0,
    )  # fmt: skip
    seen = SessionSeen(at=1.0, session=session)
    gone = SessionGone(at=2.0, client="1.1.1.1", client_port=1, address="2.2.2.2", port=502)
    assert seen.key == gone.key


def test_targets_read_like_addresses() -> None:
    """The usual port is not repeated; IPv6 is bracketed."""
    assert [str(Target("10.0.0.1", 502)), str(Target("::1", 1502))] == ["10.0.0.1", "[::1]:1502"]
