"""Ending one session wherever on this host its end is: the client's end first, in any network namespace."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tui.clean import clean
from tui.probes.destroy import DestroyError, End, destroy, dialled
from tui.probes.inside import inside
from tui.records import Session, is_loopback


def end_session(session: Session) -> None:
    """End *session* and no other; who has it sees ECONNABORTED, the other end gets an RST.

    Blocks for some seconds at the most. No thread changes its network namespace by it but those made here.

    Raises:
        DestroyError: it has no end here, is gone, or this user or kernel may not.
        ValueError: its addresses are none.
    """
    if session.side == "none":
        raise DestroyError("elsewhere", "it has no end on this host")
    closed: DestroyError | None = None
    for local, remote in _ends(session):
        for netns in _places(session):
            act = partial(destroy, local, remote)
            try:
                return _within(netns, act) if netns else act()
            except DestroyError as error:
                if error.why not in {"gone", "elsewhere"}:
                    raise
                closed = error if error.why == "elsewhere" else closed
    raise closed or DestroyError("gone", "the session is gone already")


def _ends(session: Session) -> Iterator[tuple[End, End]]:
    """Each end of the session as a local one, with the other as it is seen from there."""
    client, device = (session.client, session.client_port), (session.address, session.port)
    if session.side != "device":
        yield client, dialled(session)
        if session.dialled:
            yield client, device
    yield device, client


def _places(session: Session) -> Iterator[str]:
    """Where to look: here, and where it was seen. Loopback is another one in each namespace."""
    if not (session.netns and is_loopback(session.address)):
        yield ""
    if session.netns:
        yield session.netns


def _within(netns: str, act: partial[None]) -> None:
    try:
        inside(netns, act)
    except LookupError as error:
        raise DestroyError("gone", "the session's network namespace is gone") from error
    except OSError as error:
        what = "needs root" if isinstance(error, PermissionError) else clean(error.strerror or str(error))
        text = f"entering its network namespace {clean(netns, 40)}: {what}"
        raise DestroyError("elsewhere", text) from error
