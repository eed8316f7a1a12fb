"""The keys that act on a device, on a finding or on all probing, and what is said of it."""

from __future__ import annotations

from functools import partial

from textual.app import App

from tui.feed import Feed
from tui.panes.view import View
from tui.records import Target
from tui.screens import acts
from tui.screens.base import Base
from tui.state.model import Snapshot


class Acting(App[None], inherit_bindings=False):
    """An application whose keys act through a feed on what the screen in view has selected."""

    def __init__(self, feed: Feed, *, recording: bool, ansi_color: bool | None) -> None:
        super().__init__(ansi_color=ansi_color)
        self.feed = feed
        self.present: Snapshot | None = None
        """What is, also while the screen is held still."""
        self.view: View | None = None
        """What the panes show."""
        self.denied = acts.denied(recording=recording, probes=True)
        """Acts that would do nothing here."""
        self._recording = recording
        self._wanted: bool | None = None
        """Whether probing was last asked to be allowed, until the feed confirms it."""

    def told(self, text: str) -> None:
        """Say what came of a key."""
        raise NotImplementedError

    def settle(self) -> bool:
        """Once the feed runs, learn what it can do; whether that alters what is offered."""
        before, self.denied = (
            self.denied,
            acts.denied(recording=self._recording, probes=self.feed.probes),
        )
        return before != self.denied

    def confirm(self, present: Snapshot) -> None:
        """Compare what was asked of the probing with what it does."""
        if self._wanted == present.probing:
            self._wanted = None

    def _desk(self) -> acts.Desk:
        probing = self.present is None or self.present.probing if self._wanted is None else self._wanted
        return acts.Desk(self.feed, self.present, stopped=not probing)

    def _act(self, what: str, do: partial[str]) -> None:
        """Do it unless it would do nothing here; say what came of it."""
        if what in self.denied:
            self.told(acts.refusal(recording=self._recording))
            return
        self.told(do())
        if isinstance(self.screen, Base):
            self.screen.acted(what)

    def _selected(self) -> tuple[Target | None, str | None]:
        return self.screen.selected() if isinstance(self.screen, Base) else (None, None)

    def action_ask(self) -> None:
        """Climb the ladder for the selected device."""
        self._act("ask", partial(acts.ask, self._desk(), self._selected()[0]))

    def action_acknowledge(self) -> None:
        """Acknowledge the selected finding, or those of the selected group."""
        group = self.screen.grouped() if isinstance(self.screen, Base) else ()
        if group:
            self._act("acknowledge", partial(acts.acknowledge_all, self._desk(), group))
            return
        self._act("acknowledge", partial(acts.acknowledge, self._desk(), *self._selected()))

    def action_acknowledge_all(self) -> None:
        """Acknowledge every finding in view."""
        names = self.screen.in_view() if isinstance(self.screen, Base) else []
        self._act("acknowledge-all", partial(acts.acknowledge_all, self._desk(), names))

    def action_sweep(self) -> None:
        """Begin the next sweep."""
        self._act("sweep", partial(acts.sweep, self._desk()))

    def action_stop(self) -> None:
        """Stop all probing, or allow it again."""
        self._act("stop", partial(self._stop))

    def _stop(self) -> str:
        # Until the feed confirms it, a second press repeats a stop and takes an allowance back.
        stop = self.present is None or self.present.probing or self._wanted is True
        self._wanted = not stop
        self.feed.allow_probing(not stop)
        return "stopping all probing and closing every probing socket" if stop else "probing is allowed again"
