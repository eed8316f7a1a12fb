"""The command palette: the table of actions, searched by name."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.widgets import Input

from tui.actions import Action, Place, offered, shown


class Commands(Provider):
    """Offers what can be done on the screen from which the palette was called."""

    @property
    def _actions(self) -> list[Action]:
        place: Place = getattr(self.screen, "place", "anywhere")
        return list(offered(place))

    def _run(self, action: Action) -> Callable[[], Coroutine[Any, Any, bool]]:
        return partial(self.app.run_action, action.do)

    @staticmethod
    def _line(action: Action) -> str:
        return f"{action.words}  ({shown(action.keys[0])})"

    async def discover(self) -> Hits:
        """Everything, before a letter is typed."""
        for action in self._actions:
            yield DiscoveryHit(self._line(action), self._run(action), help=action.help)

    async def search(self, query: str) -> Hits:
        """What matches, best first."""
        matcher = self.matcher(query)
        for action in self._actions:
            line = self._line(action)
            score = max(matcher.match(line), matcher.match(action.help) * 0.5)
            if score > 0:
                yield Hit(score, matcher.highlight(line), self._run(action), help=action.help)


class Palette(CommandPalette):
    """Textual's palette without its moving parts."""

    def __init__(self) -> None:
        super().__init__(providers=[Commands], placeholder="what to do")

    def on_mount(self) -> None:
        """A blinking cursor would send bytes for ever."""
        self.query_one(Input).cursor_blink = False
