"""Other ports of an address, over a real network: what is asked, in what order, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.lab.asking import asked
from tests.lab.capture import FIN, RST, SYN, Segment, capturing, most_at_once
from tests.lab.net import Lab, needs_lab, network
from tui.clock import SystemClock
from tui.probes.pace import Pace
from tui.probes.ports import PORTS, PortAnswer, Ports, other_ports, web
from tui.records import Target

pytestmark = needs_lab

DEVICE, PAGE, CLOSED, DROPPED, REJECTED, RUDE = (f"10.77.2.{n}" for n in (1, 2, 3, 4, 5, 6))
PSH = 0x08


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with network() as made:
        made.router.rules(
            "forward", f"ip daddr {DROPPED} drop", f"ip daddr {REJECTED} reject with icmp admin-prohibited"
        )
        made.serve(
            f"{DEVICE}:80:mute", f"{DEVICE}:802:mute", f"{DEVICE}:1502:answers", f"{DEVICE}:503:mute",
            f"{PAGE}:443:mute", f"{RUDE}:1502:hangs-up",
        )  # fmt: skip
        yield made


def of(lab: Lab, address: str, skip: int = 502, **options: Any) -> Ports:
    async def ask() -> Ports:
        pace = Pace(1000.0, SystemClock())
        return await other_ports(address, skip, turn=pace.connection, wait_s=0.3, **options)

    return asked(lab.client, ask)


def test_a_device_that_moved_is_found_on_its_new_port(lab: Lab) -> None:
    """Every port but the one known is asked, and Modbus is known by its answer."""
    told = of(lab, DEVICE)
    assert tuple(told.answers) == PORTS[:-1]
    assert [port for port, answer in told.answers.items() if answer.speaks] == [1502]
    assert told.answers[1502].state == "answers"
    assert (told.answers[80].state, told.answers[443].state, told.answers[503].state) == (
        "open", "refused", "open",
    )  # fmt: skip
    assert (told.alive, told.connections, told.ended) == (True, 10, "")


def test_one_connection_at_a_time_and_each_in_order(lab: Lab) -> None:
    """Never two connections at once, each ended by FIN, and nothing said on ports that speak no Modbus."""
    with capturing(lab.client, "eth1") as capture:
        of(lab, DEVICE)
        segments = capture.segments()
    assert most_at_once(segments)[DEVICE] == 1
    assert not sent(segments, RST)
    assert sent(segments, FIN) == {80, 802, 1502, 503}
    assert sent(segments, PSH) == {1502, 503}
    assert sent(segments, SYN) == set(PORTS[:-1])


def sent(segments: list[Segment], flag: int) -> set[int]:
    return {segment.port for segment in segments if segment.sent and segment.flags & flag}


@pytest.mark.parametrize("address", [DROPPED, REJECTED])
def test_an_address_where_nothing_lives_costs_four_syns(lab: Lab, address: str) -> None:
    """Silence, or a router that speaks for it, on four ports is enough where nothing is known to live."""
    told = of(lab, address)
    assert (told.connections, told.alive, told.ended) == (4, False, "4 ports did not answer")


def test_a_device_known_to_live_is_asked_all(lab: Lab) -> None:
    """Where an echo was answered, silent ports do not end the search."""
    told = of(lab, DROPPED, alive=True)
    assert (told.connections, told.ended) == (10, "")


def test_no_route_ends_it_at_once(lab: Lab) -> None:
    """What holds for every port is not tried on each."""
    told = of(lab, "192.0.2.1")
    assert (told.connections, told.ended) == (1, "this host has no route")


def test_enough_is_enough(lab: Lab) -> None:
    """The caller ends the search as soon as it knows what it wanted."""

    def lives(answers: Mapping[int, PortAnswer]) -> bool:
        return any(answer.sender == CLOSED for answer in answers.values())

    told = of(lab, CLOSED, enough=lives)
    assert (tuple(told.answers), told.ended) == ((80,), "enough is known")


def test_the_whole_is_bounded_in_time(lab: Lab) -> None:
    """Silent ports cannot make it last."""
    told = of(lab, DROPPED, alive=True, total_s=1.0)
    assert told.ended == "1 s are over"
    assert 2 <= told.connections <= 4


def test_extra_ports_come_first_and_few(lab: Lab) -> None:
    """Ports that a profile names are asked before the usual ones, none twice, never without bound."""
    told = of(lab, CLOSED, skip=80, extra=(5021, 80, 503, *range(9000, 9100)))
    assert tuple(told.answers)[:2] == (5021, 503)
    assert 80 not in told.answers
    assert len(told.answers) == 7 + len(PORTS) - 2


def test_a_device_that_hangs_up_is_open(lab: Lab) -> None:
    """An open port that closes at the first word is open and speaks no Modbus."""
    answer = of(lab, RUDE).answers[1502]
    assert (answer.state, answer.speaks) == ("open", False)


def test_the_page_of_a_device_is_found(lab: Lab) -> None:
    """The address to type into a browser, for the port that is open."""
    assert web(of(lab, DEVICE)) == f"http://{DEVICE}/"
    assert web(of(lab, PAGE)) == f"https://{PAGE}/"
    assert not web(of(lab, CLOSED))
    assert web(Ports("fd77::1", {80: PortAnswer("open", 1.0, "")}, 1)) == "http://[fd77::1]/"


def test_our_own_connections_are_noted(lab: Lab) -> None:
    """Whoever watches sessions can tell which were ours."""
    noted: list[tuple[int, Target]] = []

    class Own:
        def opened(self, local_port: int, target: Target) -> None:
            noted.append((local_port, target))

    of(lab, DEVICE, own=Own())
    assert [target.port for _, target in noted] == [80, 802, 1502, 503]
