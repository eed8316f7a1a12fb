"""A gzip file as a stream, of which every byte up to where it breaks off can be had."""

from __future__ import annotations

import zlib
from typing import BinaryIO, Final

GZIP: Final = b"\x1f\x8b"
"""How such a file begins, RFC 1952 2.3.1."""
_GZIP_BITS: Final = 31  # zlib's word for a gzip header and the largest window
_PACKED_BYTES: Final = 64 << 10  # of the file, read in one go


class Packed:
    """The file *plain*, unpacked as it is read. It stays its opener's to close."""

    def __init__(self, plain: BinaryIO) -> None:
        self._plain = plain
        self._inflate = zlib.decompressobj(_GZIP_BITS)
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Up to *size* bytes, none at the end.

        Raises:
            EOFError: the file is cut off.
            zlib.error: it is broken.
        """
        while True:
            if self._inflate.eof:
                self._rest = self._inflate.unused_data or self._plain.read(_PACKED_BYTES)
                if not self._rest.startswith(GZIP):
                    return b""
                self._inflate = zlib.decompressobj(_GZIP_BITS)
            last = not self._rest
            if last:
                self._rest = self._plain.read(_PACKED_BYTES)
                last = not self._rest
            data = self._inflate.decompress(self._rest, size)
            self._rest = self._inflate.unconsumed_tail
            if data:
                return data
            if last and not self._inflate.eof:
                raise EOFError
