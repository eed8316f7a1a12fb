"""Which row is selected and which rows are in view: by key, so that nothing jumps when rows come and go."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence


class Cursor:
    """A selected key among ordered keys, and a window of *room* rows that always holds it.

    Until it is moved it is on the first row and follows it; back there it does so again.
    """

    def __init__(self, stands: Callable[[Hashable], bool]) -> None:
        self.keys: Sequence[Hashable] = ()
        self.key: Hashable | None = None
        self.place = 0
        self.top = 0
        self.room = 1
        self._moved = False
        self._held = False
        self._stands = stands

    def follow(self, keys: Sequence[Hashable]) -> None:
        """Take new rows; a cursor that was moved stays on its key, else goes to the nearest that is left."""
        old, self.keys = self.keys, keys
        if not keys:
            self.place = self.top = 0
            return
        if not self._moved and not (self._held and self.key in keys):
            self.home()
            return
        place = self._find(old)
        # At the very top new trouble must come into view; further down the reader's place must not move.
        if self.top:
            self.top += place - self.place
        self._stand_at(place)
        self.clamp()

    def hold(self) -> None:
        """Stay with this key until moved, even from the first row: a second act must not meet another."""
        self._held = True

    def _stand_at(self, place: int) -> None:
        self.place, self.key = place, self.keys[place]
        self._moved = place != self.standing(0, 1)

    def _find(self, old: Sequence[Hashable]) -> int:
        keys = self.keys
        if self.key is None:
            return self.standing(0, 1)
        if self.place < len(keys) and keys[self.place] == self.key:
            return self.place
        alive = {key: place for place, key in enumerate(keys)}
        if self.key in alive:
            return alive[self.key]
        for key in (*old[self.place + 1 :], *reversed(old[: self.place])):
            if key in alive and self._stands(key):
                return alive[key]
        return self.standing(self.place, -1)

    def standing(self, place: int, step: int) -> int:
        """The nearest selectable row from *place* in the direction of *step*, else in the other."""
        last = len(self.keys) - 1
        start = max(0, min(place, last))
        for direction in (step, -step):
            at = start
            while 0 <= at <= last:
                if self._stands(self.keys[at]):
                    return at
                at += direction
        return start

    def move(self, step: int) -> None:
        """Select the row *step* further down; at the edge the window jumps half its height."""
        if self.keys:
            self.go(self.standing(self.place + step, 1 if step > 0 else -1))

    def go(self, place: int) -> None:
        """Select the row at *place*."""
        self._held = False
        self._stand_at(place)
        half = max(1, self.room // 2)
        if self.place >= self.top + self.room:
            self.top = max(self.top + half, self.place - self.room + 1)
        elif self.place < self.top:
            self.top = min(self.top - half, self.place)
        self.clamp()

    def home(self) -> None:
        """Back to the first row, as after a new filter or sort."""
        self.top = self.place = 0
        self.key = None
        self._held = False
        if self.keys:
            self._stand_at(self.standing(0, 1))

    def clamp(self) -> None:
        """Keep the window full and the cursor in it."""
        self.top = max(0, min(self.top, len(self.keys) - self.room))
        if self.place < self.top:
            self.top = self.place
        elif (end := self._end()) >= self.top + self.room:
            self.top = min(self.place, end - self.room + 1)
        # Rows over the first selectable one can only be seen from the very top.
        if self.place < self.room and self.keys and self.place == self.standing(0, 1):
            self.top = 0

    def _end(self) -> int:
        """The last row that belongs to the selected one: what cannot be selected belongs to what is above."""
        end = self.place
        while end + 1 < len(self.keys) and not self._stands(self.keys[end + 1]):
            end += 1
        return end
