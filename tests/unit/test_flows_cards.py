"""Hardware addresses that take turns at the address of one device."""

from __future__ import annotations

import pytest

from tests.unit import wire_frames as make
from tests.unit.test_flows import track
from tests.unit.test_flows_heard import holders
from tests.unit.traffic import DEVICE, START
from tui.flows.heard import Hearing
from tui.flows.links import RIVALS_S, Links
from tui.wire.frames import parse

A, B, C = make.THEIR_MAC, make.OTHER_MAC, make.OUR_MAC


@pytest.mark.parametrize(
    ("claims", "cards"),
    [
        ([(0, A), (10, B)], ()),
        ([(0, A), (10, B), (20, A)], (A, B)),
        ([(0, A), (10, B), (20, C), (30, A)], (C, A, B)),
        ([(0, A), (10, B), (20 + RIVALS_S, A)], ()),
        ([(0, A), (10, B), (20, A), (RIVALS_S + 100, A)], ()),
    ],
    ids=["replaced", "by turns", "three", "put back later", "long over"],
)
def test_cards_that_take_turns_at_an_address_are_told(
    claims: list[tuple[float, str]], cards: tuple[str, ...]
) -> None:
    """A card replaced is no rival; two by turns within ten minutes are, until that is long past."""
    tracker, links = track(holders(1)[0].packets), Links()
    for after_s, card in claims:
        message = make.arp(2, sender=DEVICE, sender_mac=card)
        frame = parse(make.ethernet(message, 0x0806, source=card), at=START + after_s)
        assert frame
        links.frame(frame)
    (told,) = Hearing(tracker, links).news(START + max(30, claims[-1][0]))
    assert set(told.cards) == set(cards)


def test_rivals_come_and_go_without_traffic() -> None:
    """A second card shows at a device that says nothing, and its silence clears it."""
    tracker, links = track(holders(1)[0].packets), Links()
    hearing = Hearing(tracker, links)
    assert [told.cards for told in hearing.news(START + 5)] == [()]
    for after_s, card in ((6, A), (7, B), (8, A)):
        links.card(START + after_s, DEVICE, None, "arp", card)
    assert [told.cards for told in hearing.news(START + 9)] == [(A, B)]
    assert hearing.news(START + 10) == ()
    assert [told.cards for told in hearing.news(START + 9 + RIVALS_S)] == [()]


def test_rivals_are_bounded() -> None:
    """Whatever is forged, a fixed number of addresses and of cards is kept."""
    links = Links()
    for number in range(1000):
        for card in (A, B, A):
            links.card(START, f"10.0.{number >> 8}.{number & 255}", None, "arp", card)
    for number in range(1000):
        links.card(START, DEVICE, None, "arp", f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}")
        links.card(START, DEVICE, None, "arp", A)
    rivals = links.rivals(START)
    assert len(rivals) <= 256
    assert len(rivals[DEVICE]) <= 8
    assert len(links._replaced) <= 256
