"""The keys that ask one device for more: its unit ids, what it is, the values of its profile."""

from __future__ import annotations

from tui.device_events import What
from tui.feed import Inquiring
from tui.records import Target
from tui.screens import acts, ask_words
from tui.screens.ending import Ending
from tui.state.model import Device


class Asking(Ending, inherit_bindings=False):
    """An application whose keys ask the device that the screen in view has selected."""

    async def action_units(self) -> None:
        """Ask first, and then every unit id; stop where that is under way."""
        target = self._asked_device("units")
        if target is None:
            return
        device = self._device(target)
        if device is not None and device.units is not None and device.units.running and device.units.full:
            self._leave(target, "units")
            self.told(ask_words.stopping_units(target))
        elif refused := self._kept(target):
            self.told(refused)
        elif device is not None and device.limit == 1:
            self.told(ask_words.ONE_ONLY)
        else:
            await self._confirm_units(target, device)

    async def _confirm_units(self, target: Target, device: Device | None) -> None:
        from tui.screens.confirm import Confirm  # noqa: PLC0415 - not needed for the first frame

        def answered(yes: bool | None) -> None:  # noqa: FBT001 - the answer itself
            if not yes:
                self.told("nothing was asked")
            elif refused := self._kept(target):
                self.told(refused)
            else:
                self._inquire(target, "units")
                self.told(ask_words.asking_units(target))

        await self.push_screen(Confirm(ask_words.question(target, device)), answered)

    def action_identity(self) -> None:
        """Ask anew what the device is."""
        target = self._asked_device("identity")
        if target is None:
            return
        if refused := self._kept(target):
            self.told(refused)
            return
        self._inquire(target, "identity")
        self.told(ask_words.asking_identity(target))

    async def action_peek(self) -> None:
        """Read the values of the device's profile on a page of their own, or once more on that page."""
        from tui.screens.peek import PeekPage  # noqa: PLC0415 - not needed for the first frame

        target = self._asked_device("peek")
        if target is None:
            return
        if refused := self._kept(target):
            self.told(refused)
            return
        again = isinstance(self.screen, PeekPage)
        if not again and self.view is not None:
            await self.push_screen(PeekPage(self.view, target), lambda _: self._leave(target, "peek"))
        self._inquire(target, "peek")
        self.told(ask_words.reading(target) if again else "")

    def _asked_device(self, what: What) -> Target | None:
        """The selected device, where it can be asked this; says why where not."""
        if what in self.denied or not isinstance(self.feed, Inquiring):
            self.told(acts.refusal(recording=self._recording))
            return None
        target = self._selected()[0]
        if reason := acts.no_device(target):
            self.told(reason)
            return None
        return target

    def _kept(self, target: Target) -> str:
        return acts.kept_from(self._desk(), target)

    def _device(self, target: Target) -> Device | None:
        return self.present.devices.get(target) if self.present else None

    def _inquire(self, target: Target, what: What) -> None:
        if isinstance(self.feed, Inquiring):
            self.feed.inquire(target, what)

    def _leave(self, target: Target, what: What) -> None:
        if isinstance(self.feed, Inquiring):
            self.feed.leave(target, what)
