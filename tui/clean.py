"""The one door for text from outside: what passes is printable, inert in a terminal and bounded."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from tui import limits

# Controls, line separators, zero-width and bidirectional marks, byte-order marks, lone surrogates, tags.
_UNSAFE: Final = (
    "\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f"
)
SAFE_PATTERN: Final = f"^[^{_UNSAFE}]*$"
"""What a text must match to have passed this door; recordings are checked against it."""

_unsafe = re.compile(f"[{_UNSAFE}]")


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if match[0] <= "\xff" else f"\\u{code:04x}"


def clean(value: str | bytes, length: int = limits.TEXT) -> str:
    """Text that is safe on a screen, in a file and in a log.

    Control and direction characters become visible escapes, bad UTF-8 the replacement character, and
    what is longer than *length* characters ends in an ellipsis.
    """
    if isinstance(value, bytes):
        value = value[: length * 4 + 4].decode("utf-8", "replace")
    # Escaping makes text longer, never shorter: cutting first bounds the work.
    text = _unsafe.sub(_shown, unicodedata.normalize("NFC", value[: length + 1]))
    return text if len(text) <= length else text[: length - 1] + "…"
