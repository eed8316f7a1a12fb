"""One session made by hand that counts what it plays: the truth to judge our figures by."""

from __future__ import annotations

from collections.abc import Sequence

from tests.unit import wire_frames as make
from tests.unit.traffic import ACK, FIN, RST, Line, Packet
from tui.records import End, Ending


class Known(Line):
    """One session, and the truth of it as it is played."""

    def __init__(
        self,
        client: str,
        client_port: int,
        device: str,
        *,
        at: float,
        sequence: int,
        tags: Sequence[int] = (),
    ) -> None:
        super().__init__(
            [],
            client=client,
            client_port=client_port,
            device=device,
            at=at,
            sequence=sequence,
            tags=tags,
        )
        self.began = False
        """Its SYN is in the file."""
        self.asked: dict[int, float] = {}
        """When each request was sent."""
        self.answered: set[int] = set()
        self.codes: list[int] = []
        """Of the exceptions."""
        self.resent = {True: 0, False: 0}
        """Segments sent again, by the client and by the device."""
        self.keepalives = 0
        self.cut = 0
        """Requests whose header is spread over two segments."""
        self.ended_at: float | None = None
        self.ended_by: End = ""
        self.ending: Ending = ""
        self.state = "ESTABLISHED"
        """At the client's end, when the file ends."""

    @property
    def begin(self) -> float:
        """Its first packet."""
        return self.packets[0].at

    @property
    def last(self) -> float:
        """Its last packet."""
        return self.packets[-1].at

    @property
    def unanswered(self) -> int:
        """Requests without an answer."""
        return len(self.asked.keys() - self.answered)

    def wait(self, seconds: float) -> None:
        self.at = round(self.at + seconds, 6)

    def open(self) -> None:
        self.began = True
        super().open()

    def ask(self, function: int = 3, unit: int = 1) -> int:
        transaction = super().ask(function, unit)
        self.asked[transaction] = self.at
        return transaction

    def answer(self, transaction: int, function: int = 3, unit: int = 1) -> None:
        self.answered.add(transaction)
        super().answer(transaction, function, unit)

    def poll(self, function: int = 3, unit: int = 1, *, took: float = 0.01, code: int = 0) -> None:
        if code:
            # The transaction ids of a line count up from one.
            self.answered.add(len(self.asked) + 1)
            self.codes.append(code)
        super().poll(function, unit, took=took, code=code)

    def polls(self, count: int, *, every: float = 1.0) -> None:
        for _ in range(count):
            self.wait(every)
            self.poll()

    def again(self, *, client: bool, after: float) -> None:
        """The newest segment of one end once more."""
        self.wait(after)
        source = make.ip(b"", make.TCP, *(self.ends[side][0] for side in (client, not client)))
        ends = source[12:20] if source[0] >> 4 == 4 else source[8:40]
        last = next(packet for packet in reversed(self.packets) if ends in packet.data)
        self.packets.append(Packet(self.at, last.data))
        self.resent[client] += 1

    def close(self, *, client: bool = True) -> None:
        """FIN from both ends, and the last ACK a little later."""
        self.wait(0.01)
        self.send(flags=FIN | ACK, client=client)
        self.wait(0.005)
        self.send(flags=FIN | ACK, client=not client)
        self.over("client" if client else "device", "fin")
        self.wait(0.005)
        self.send(client=client)

    def reset(self, *, client: bool) -> None:
        self.wait(0.01)
        self.send(flags=RST | ACK, client=client)
        self.over("client" if client else "device", "reset")

    def over(self, by: End, ending: Ending, at: float | None = None) -> None:
        self.ended_at, self.ended_by, self.ending = (self.at if at is None else at), by, ending
        self.state = "CLOSE"
