"""The traffic of a small plant, of every session of which the truth is known."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tests.unit import traffic
from tests.unit import wire_frames as make
from tests.unit.known_session import Known
from tests.unit.traffic import ACK, FIN, MASK, RST, START, SYN, Line, Packet, adu

DEVICES: Final = ("10.20.0.11", "10.20.0.12", "10.20.0.13", "10.20.0.14", "fd00:20::15")
"""The third is behind one VLAN tag, the fourth behind two."""
_TAGS: Final[dict[str, Sequence[int]]] = {DEVICES[2]: (100,), DEVICES[3]: (200, 100)}
SECONDS: Final = 320.0
"""From the first packet to the last."""
BACK_OFF_S: Final = (1.0, 2.0, 4.0)  # between a SYN and its repetitions
_EARLY_S: Final = 100.0  # what begins before this is given up before the file ends
_HEADER: Final = 8  # transaction, protocol, length, unit and function code
_CODES: Final = (1, 2, 3, 4, 6, 0x0A, 0x0B)


class Plant:
    """Some 200 sessions of five devices, with every way to begin, to talk and to end."""

    def __init__(self, seed: int = 502) -> None:
        self._random = random.Random(seed)  # noqa: S311 - chosen, not guessed
        self._ports = itertools.count(40_001)
        self.sessions: list[Known] = []
        for play, count in self._plays():
            for number in range(count):
                play(number)
        # A poller from beginning to end: all that waits has waited long when the file ends.
        steady = self._line(DEVICES[0], 0.0)
        steady.open()
        steady.polls(int(SECONDS) - 5)
        steady.wait(START + SECONDS - steady.at)
        steady.send()
        self._begun_last()

    def packets(self) -> list[Packet]:
        """All of it in the order of time, with bystanders of other ports and protocols."""
        web = Line([], client_port=39_000, port=80, at=START + 3)
        web.open()
        web.send(b"GET / HTTP/1.1\r\n\r\n")
        web.close()
        arp = Line([], at=START + 4)
        arp.packets.append(Packet(arp.at, make.ethernet(make.arp(1), 0x0806)))
        return traffic.merged(*self.sessions, web, arp)

    def _plays(self) -> Iterator[tuple[Callable[[int], None], int]]:
        yield self._polled, 80
        yield self._reset, 20
        yield self._excepted, 14
        yield self._lost_answers, 8
        yield self._resent, 12
        yield self._refused, 10
        yield self._unheard, 8
        yield self._half_open, 4
        yield self._mute, 6
        yield self._midstream, 12
        yield self._reused, 5
        yield self._replaced, 3
        yield self._batched, 8
        yield self._split, 8
        yield self._half_closed, 6
        yield self._kept_alive, 4
        yield self._missed, 4
        yield self._unheard_end, 4

    def _line(self, device: str = "", after: float | None = None, port: int = 0, client: str = "") -> Known:
        """A session that begins *after* so many seconds of the file, else at any time."""
        device = device or self._random.choice(DEVICES)
        number = self._random.randint(1, 9)
        client = client or (f"fd00:20::a{number}" if ":" in device else f"10.20.1.{number}")
        seconds = self._random.uniform(1, SECONDS - 30) if after is None else after
        made = Known(
            client,
            port or next(self._ports),
            device,
            at=round(START + seconds, 6),
            sequence=self._random.randint(0, MASK),
            tags=_TAGS.get(device, ()),
        )
        made.next[False] = self._random.randint(0, MASK)
        self.sessions.append(made)
        return made

    def _polled(self, number: int) -> None:
        line = self._line()
        line.open()
        line.polls(self._random.randint(1, 9), every=round(self._random.uniform(0.2, 1.5), 3))
        if number % 8:
            line.close(client=number % 3 > 0)

    def _reset(self, number: int) -> None:
        line = self._line()
        line.open()
        line.polls(number % 4)
        line.reset(client=number % 2 > 0)

    def _excepted(self, number: int) -> None:
        line = self._line()
        line.open()
        for code in (_CODES[number % len(_CODES)], 0, _CODES[-1]):
            line.wait(0.5)
            line.poll(unit=number + 1, code=code)
        line.close()

    def _lost_answers(self, number: int) -> None:
        line = self._line()
        line.open()
        line.polls(1)
        for _ in range(1 + number % 3):
            line.ask()
            line.wait(0.01)
            line.send(client=False)
            line.wait(3.0)
        line.polls(2)
        if number % 2:
            line.close()

    def _resent(self, number: int) -> None:
        line = self._line()
        line.open()
        for _ in range(1 + number % 3):
            line.wait(1.0)
            transaction = line.ask()
            if number % 2:
                line.again(client=True, after=0.25)
            line.wait(0.02)
            line.answer(transaction)
            if number % 3 == 0:
                line.again(client=False, after=0.3)
            line.wait(0.01)
            line.send()
        line.close()

    def _refused(self, _number: int) -> None:
        line = self._line()
        line.began = True
        line.send(flags=SYN, ack=False)
        line.wait(0.001)
        line.put(0, flags=RST | ACK, client=False)
        line.over("device", "refused")

    def _unheard(self, _number: int) -> None:
        line = self._line(after=self._random.uniform(1, _EARLY_S))
        line.began = True
        line.send(flags=SYN, ack=False)
        for seconds in BACK_OFF_S:
            line.again(client=True, after=seconds)
        line.over("", "unanswered")

    def _half_open(self, _number: int) -> None:
        line = self._line(after=self._random.uniform(1, _EARLY_S))
        line.began = True
        line.send(flags=SYN, ack=False)
        line.wait(0.002)
        line.send(flags=SYN | ACK, client=False)
        for seconds in BACK_OFF_S:
            line.again(client=False, after=seconds)
        line.over("", "forgotten")

    def _mute(self, _number: int) -> None:
        """The device is gone without a word."""
        line = self._line()
        line.open()
        line.polls(2)
        line.ask()
        for seconds in (0.2, 0.4, 0.8, 1.6):
            line.again(client=True, after=seconds)

    def _midstream(self, number: int) -> None:
        line = self._line()
        line.polls(3)
        if number % 3 == 1:
            line.close(client=number % 2 > 0)
        elif number % 3 == 2:
            line.reset(client=number % 2 > 0)

    def _reused(self, _number: int) -> None:
        """The same ports once more, a while after the end."""
        line = self._line(after=self._random.uniform(1, 200))
        line.open()
        line.polls(2)
        line.close()
        self._same_ports(line, 30.0)

    def _replaced(self, _number: int) -> None:
        """The same ports once more, though no end was seen."""
        line = self._line(after=self._random.uniform(1, 200))
        line.open()
        line.polls(2)
        line.over("", "replaced", at=self._same_ports(line, 20.0).begin)

    def _same_ports(self, line: Known, later: float) -> Known:
        (client, port), (device, _) = line.ends[True], line.ends[False]
        again = self._line(device, line.at + later - START, port, client)
        again.next = {side: (line.next[side] + (1 << 28)) & MASK for side in (True, False)}
        again.open()
        again.polls(3)
        again.close()
        return again

    def _batched(self, number: int) -> None:
        """Several requests in one segment; their answers in one, or each in its own."""
        line = self._line()
        line.open()
        line.wait(0.5)
        size = 2 + number % 3
        line.send(b"".join(adu(each, bytes([3, 0, 0, 0, 1])) for each in range(1, size + 1)))
        line.asked = dict.fromkeys(range(1, size + 1), line.at)
        answers = [adu(each, bytes([3, 2, 0, 5])) for each in line.asked]
        for answer in (b"".join(answers),) if number % 2 else answers:
            line.wait(0.01)
            line.send(answer, client=False)
        line.answered = set(line.asked)
        line.wait(0.01)
        line.send()
        line.close()

    def _split(self, number: int) -> None:
        """One request over two segments: cut within its header, or after it."""
        line = self._line()
        line.open()
        line.wait(0.5)
        request = adu(1, bytes([3, 0, 0, 0, 1]))
        cut = (3, 7, 9, 11)[number % 4]
        line.cut = int(cut < _HEADER)
        line.send(request[:cut])
        line.wait(0.02)
        line.send(request[cut:])
        line.asked[1] = line.at
        line.wait(0.01)
        line.answer(1)
        line.wait(0.01)
        line.send()
        line.close()

    def _half_closed(self, number: int) -> None:
        """One end has closed, the other acknowledges and stays."""
        line = self._line()
        line.open()
        line.polls(2)
        line.wait(0.1)
        line.send(flags=FIN | ACK, client=number % 2 > 0)
        line.wait(0.01)
        line.send(client=number % 2 == 0)
        line.ended_by = "client" if number % 2 else "device"
        line.state = "FIN_WAIT2" if number % 2 else "CLOSE_WAIT"

    def _kept_alive(self, _number: int) -> None:
        """A session that is held and says nothing."""
        line = self._line(after=self._random.uniform(1, 150))
        line.open()
        line.polls(1)
        for _ in range(3):
            line.wait(30.0)
            line.put(line.next[True] - 1 & MASK)
            line.wait(0.001)
            line.send(client=False)
            line.keepalives += 1

    def _missed(self, _number: int) -> None:
        """An answer that the capture missed: the client's ACK shows that it passed."""
        line = self._line()
        line.open()
        line.polls(1)
        line.wait(1.0)
        line.ask()
        line.next[False] += len(adu(1, bytes([3, 2, 0, 5])))
        line.wait(0.01)
        line.send()
        line.polls(2)
        line.close()

    def _unheard_end(self, number: int) -> None:
        """One end closes, and the other does not react any more."""
        line = self._line()
        line.open()
        line.polls(2)
        line.wait(0.1)
        line.send(flags=FIN | ACK, client=number % 2 > 0)
        for seconds in (0.3, 0.6, 1.2):
            line.again(client=number % 2 > 0, after=seconds)
        line.ended_by = "client" if number % 2 else "device"
        line.state = "FIN_WAIT1" if number % 2 else "CLOSE_WAIT"

    def _begun_last(self) -> None:
        """Two that are still being asked for when the file ends."""
        for state in ("SYN_SENT", "SYN_RECV"):
            line = self._line(after=SECONDS - 2)
            line.began = True
            line.send(flags=SYN, ack=False)
            line.state = state
            if state == "SYN_RECV":
                line.wait(0.002)
                line.send(flags=SYN | ACK, client=False)
