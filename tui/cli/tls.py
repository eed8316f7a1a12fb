"""From `[tls]` of the configuration to how TLS is spoken."""

from __future__ import annotations

from tui.config import Settings
from tui.probes.secure import Tls


def tls_of(settings: Settings) -> Tls:
    """Our certificate, who may sign a device's, and the ports where TLS is meant to be."""
    given = settings.tls
    return Tls(given.certificate, given.key, given.authority, frozenset(given.ports))
