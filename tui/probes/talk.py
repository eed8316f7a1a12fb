"""Several questions on one open connection: each answer is known by its transaction id, however late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NamedTuple, Protocol, Self

from pymodbus.pdu import ModbusPDU

from tui import limits
from tui.clean import clean
from tui.probes import modbus
from tui.probes.allowed import NotReadingError
from tui.probes.line import Line
from tui.probes.modbus import FIRST, Answer, Ended, Register
from tui.probes.tcp import LetGoError


class Late(NamedTuple):
    """An answer that came after its wait was over; *seconds* from its request."""

    unit: int
    seconds: float
    answer: Answer


class Heard(NamedTuple):
    """What came while nothing was asked; *seconds* we listened."""

    seconds: float
    ended: Ended
    idle_s: float | None
    """Silence between the last byte either way and the device's end of the connection, where it has ended."""
    said: bytes
    """Bytes that answer no request of ours."""


class _Judge(Protocol):
    """What a frame means as the answer to one request; `modbus.judge` with the request filled in."""

    def __call__(
        self, received: bytes, transaction: int, seconds: float, unit: int | None = None, /
    ) -> Answer | None: ...


class _Asked:
    """A request under way, or one that nobody waits for any more: then its future is cancelled."""

    def __init__(self, unit: int, judge: _Judge, at: float) -> None:
        self.unit = unit
        self.judge = judge
        self.at = at
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.stray: Answer | None = None
        """The first frame with a foreign transaction id that came meanwhile."""


class Talk:
    """Requests and their answers on one open connection that nobody has read from yet.

    Listens from `async with` to its end, so that every answer and the end of the connection have their true
    times; afterwards the connection is the caller's again, to close. Reads `limits.ANSWER_BYTES` at the most,
    and the longest frame more for every request.
    """

    def __init__(self, connection: Line) -> None:
        self.ended: Ended = ""
        """How the device ended the connection, once it has."""
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._hearing: asyncio.Task[None] | None = None
        self._asked: dict[int, _Asked] = {}
        self._late: list[Late] = []
        self._over: Answer | None = None
        """What every further request gets at once: the end, or the reason not to listen any more."""
        self._read = 0
        self._allowed = limits.ANSWER_BYTES
        self._rest = b""
        """The beginning of a frame whose end is still to come."""
        self._unasked = b""
        self._framed = False
        """Whether whole Modbus TCP frames have come."""
        self._last_at = self._loop.time()
        self._idle_s: float | None = None
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._hearing = asyncio.create_task(self._hear())
        # What is there already is heard first: a request after the device's FIN would only earn an RST.
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.wait({self._hearing})
            if not self._hearing.cancelled():
                self._hearing.result()

    @property
    def over(self) -> bool:
        """Whether nothing more will be heard: the device ended it, or sent what is not worth reading on."""
        return self._over is not None

    @property
    def gave_way(self) -> bool:
        """Whether the connection was let go."""
        return self._connection.gave_way

    @property
    def idle_s(self) -> float | None:
        """Silence between the last byte either way and the device's end, where it has ended."""
        return self._idle_s

    @property
    def late(self) -> tuple[Late, ...]:
        """Answers that came after the wait for them was over, in the order they came."""
        return tuple(self._late)

    async def ask(self, unit: int, wait_s: float, register: Register = FIRST) -> Answer:
        """Read *register* of *unit* and say what came back within *wait_s* seconds.

        Nothing is sent, and the answer says why, where the device has ended the connection or has sent what
        cannot be read as frames.

        Raises:
            LetGoError: the connection was let go, before or meanwhile.
        """
        new = partial(modbus.request, unit, register)
        return await self._exchange(unit, new, partial(_judge_register, register), wait_s)

    async def send(self, unit: int, question: ModbusPDU, wait_s: float) -> Answer:
        """As `ask`, of any reading request; a good answer carries the decoded `message`.

        Raises:
            LetGoError: the connection was let go, before or meanwhile.
            NotReadingError: the request is none of those that only read; nothing was sent.
            ValueError: a count or an address that Modbus does not have.
        """
        new = partial(modbus.frame, unit, question)
        return await self._exchange(unit, new, partial(_judge_message, question), wait_s)

    async def _exchange(
        self, unit: int, new: Callable[[], tuple[int, bytes]], judge: _Judge, wait_s: float
    ) -> Answer:
        if self._hearing is None:
            raise RuntimeError("a talk is for `async with`: nobody listens yet")
        if self._over is not None:
            return self._over
        transaction, frame = self._fresh(new)
        asked = _Asked(unit, judge, self._loop.time())
        self._asked[transaction] = asked
        try:
            self._allow_a_frame()
            # Never waits: a few bytes always fit into the socket's buffer.
            await self._connection.send(frame)
            self._last_at = self._loop.time()
            await asyncio.wait({asked.answer}, timeout=wait_s)
        except OSError as error:
            self._end("reset", clean(error.strerror or str(error)))
        except NotReadingError:
            del self._asked[transaction]
            raise
        finally:
            asked.answer.cancel()
        if not asked.answer.cancelled():
            return asked.answer.result()
        if self._connection.gave_way:
            raise LetGoError
        return asked.stray or modbus.unanswered(self._rest, self._loop.time() - asked.at, unit)

    async def hear_out(self, wait_s: float) -> tuple[Late, ...]:
        """Wait up to *wait_s* seconds for the answers still owed; those that came.

        Raises:
            LetGoError: the connection was let go, before or meanwhile.
        """
        before = len(self._late)
        await self._until(lambda: not self._asked or self._over is not None, wait_s)
        return self.late[before:]

    async def listen(self, wait_s: float) -> Heard:
        """Say nothing for up to *wait_s* seconds, until the device ends the connection or speaks unasked.

        Answers still owed do not count as speaking; they are taken as late.

        Raises:
            LetGoError: the connection was let go, before or meanwhile.
        """
        before, started = len(self._unasked), self._loop.time()
        await self._until(lambda: self._over is not None or len(self._unasked) > before, wait_s)
        said = self._unasked[before:] or (self._unasked if self._over and not self.ended else b"")
        return Heard(self._loop.time() - started, self.ended, self._idle_s, said)

    async def _until(self, true: Callable[[], bool], wait_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while not (self._connection.gave_way or true()):
                    self._news.clear()
                    await self._news.wait()
        if self._connection.gave_way and not true():
            raise LetGoError

    def _allow_a_frame(self) -> None:
        """A request more may bring an answer more."""
        self._allowed += modbus.FRAME_MOST
        self._connection.allow(modbus.FRAME_MOST)

    def _fresh(self, new: Callable[[], tuple[int, bytes]]) -> tuple[int, bytes]:
        """A frame whose transaction id no other request under way has."""
        while True:
            transaction, frame = new()
            if transaction not in self._asked:
                return transaction, frame

    async def _hear(self) -> None:
        """Read until the device ends the connection, or says what is not worth reading on."""
        try:
            while data := await self._connection.receive():
                self._read += len(data)
                self._take(data)
                if self._over is not None:
                    return
        except LetGoError:
            self._give_way()
            return
        except OSError as error:
            self._end("reset", clean(error.strerror or str(error)))
            return
        if self._read < self._allowed:
            self._end("closed")
        else:
            # An empty read means a spent budget as well as a FIN.
            self._give_up(
                Answer("malformed", 0.0, f"sent {self._read} bytes; no more is read", None, self._rest)
            )

    def _take(self, data: bytes) -> None:
        self._last_at = self._loop.time()
        self._rest += data
        while (needed := modbus.size(self._rest)) is not None and len(self._rest) >= needed:
            frame, self._rest = self._rest[:needed], self._rest[needed:]
            self._framed = True
            self._deliver(frame)
        if needed is None:
            self._lose_step()
        self._news.set()

    def _deliver(self, frame: bytes) -> None:
        """Give a whole frame to the request it answers, or note it for those that wait."""
        transaction = int.from_bytes(frame[:2], "big")
        asked = self._asked.pop(transaction, None)
        if asked is not None:
            if answer := asked.judge(frame, transaction, self._last_at - asked.at, asked.unit):
                self._settle(asked, answer)
            return
        # A client has to discard it (Modbus Messaging on TCP/IP Implementation Guide V1.0b, p. 24): the right
        # answer may still come.
        self._unasked += frame
        for expected, waiting in self._asked.items():
            if not waiting.answer.done() and waiting.stray is None:
                waiting.stray = waiting.judge(frame, expected, self._last_at - waiting.at)

    def _lose_step(self) -> None:
        """Bytes that begin no frame: where the next one begins cannot be known any more."""
        transaction = int.from_bytes(self._rest[:2], "big")
        asked = self._asked.get(transaction) if self._rest[2:4] == b"\0\0" else None
        # Another protocol does not begin with a frame of Modbus TCP.
        verdict = modbus.misframed(self._rest, 0.0, ours=asked is not None or self._framed)
        if asked is None:
            self._unasked += self._rest
        else:
            self._settle(self._asked.pop(transaction), verdict._replace(seconds=self._last_at - asked.at))
        self._give_up(verdict)

    def _settle(self, asked: _Asked, answer: Answer) -> None:
        if asked.answer.done():
            self._late.append(Late(asked.unit, answer.seconds, answer))
        else:
            asked.answer.set_result(answer)

    def _give_up(self, verdict: Answer) -> None:
        """Settle what is still waited for, and every request to come, with *verdict*."""
        self._over = verdict._replace(seconds=0.0)
        for asked in self._asked.values():
            if not asked.answer.done():
                asked.answer.set_result(verdict._replace(seconds=self._loop.time() - asked.at))
        self._news.set()

    def _give_way(self) -> None:
        """Wake whoever waits: no answer will be heard any more, and that is not the device's doing."""
        for asked in self._asked.values():
            asked.answer.cancel()
        self._news.set()

    def _end(self, how: Ended, why: str = "") -> None:
        if self.ended:
            return
        self.ended = how
        now = self._loop.time()
        self._idle_s = now - self._last_at
        for asked in self._asked.values():
            if not asked.answer.done():
                answer = modbus.unanswered(self._rest, now - asked.at, asked.unit, how, why)
                asked.answer.set_result(asked.stray or answer)
        before = "closed by the device before this request"
        self._over = Answer(how, 0.0, why if how == "reset" else before)
        self._news.set()


def _judge_register(
    register: Register, received: bytes, transaction: int, seconds: float, unit: int | None = None, /
) -> Answer | None:
    return modbus.judge(received, transaction, seconds, unit, register)


def _judge_message(
    question: ModbusPDU, received: bytes, transaction: int, seconds: float, unit: int | None = None, /
) -> Answer | None:
    return modbus.judge_message(received, transaction, seconds, unit, question)
