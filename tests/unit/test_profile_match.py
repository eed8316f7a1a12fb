"""Which product it is: by evidence, never by guess."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.clean import SAFE_PATTERN
from tui.profiles.lookup import built_in
from tui.profiles.match import Clues, Match, SunSpec, match


def _matches(clues: Clues) -> list[Match]:
    return match(clues, built_in().values())


def _ascii(text: str, length: int) -> tuple[int, ...]:
    raw = text.encode().ljust(2 * length, b"\0")
    return tuple(int.from_bytes(raw[at : at + 2], "big") for at in range(0, 2 * length, 2))


def _swapped(words: tuple[int, ...]) -> tuple[int, ...]:
    return tuple((word & 0xFF) << 8 | word >> 8 for word in words)


@pytest.mark.parametrize(
    ("clues", "product", "why"),
    [
        (
            Clues(objects={0: "Schneider Electric", 1: "METSEEM3255", 4: "EM3000", 5: "EM3255"}),
            "schneider-em3000",
            "says Schneider Electric, EM3000",
        ),
        (Clues(registers={(3, 5000): (0xC024,)}), "victron-evcs", "register 5000 is 49188"),
        (Clues(registers={(3, 11): (1651,)}), "carlo-gavazzi-em24-e1", "register 11 is 1651"),
        (
            Clues(registers={(3, 1307): _ascii("InteliLite4-AMF25", 16)}),
            "comap-intelilite4",
            "register 1307 says InteliLite4-AMF25",
        ),
        (Clues(registers={(3, 768): (1, 32845)}), "dse-gencomm", "register 768 is 98381"),
        (Clues(registers={(3, 35168): _ascii("B23 ", 2)}), "abb-b2x", "register 35168 says B23"),
        (
            Clues(registers={(4, 6): _swapped(_ascii("SPEM-003CEBEU", 10))}),
            "shelly-pro",
            "register 6 says SPEM-003CEBEU",
        ),
        (
            Clues(sunspec=SunSpec("KOSTAL", "PLENTICORE plus", "1", frozenset({1, 103, 123, 160, 802}))),
            "kostal-plenticore",
            "SunSpec: KOSTAL, models 103, 123, 160, 802",
        ),
        (
            Clues(sunspec=SunSpec("Fronius", "Symo GEN24 10.0", "1", frozenset({1, 103}))),
            "fronius-gen24",
            "SunSpec: Fronius, gen24",
        ),
        (
            Clues(mdns=frozenset({"_victron-car-charger._tcp"})),
            "victron-evcs",
            "announces _victron-car-charger._tcp",
        ),
    ],
)
def test_what_only_one_product_says_proves_it(clues: Clues, product: str, why: str) -> None:
    """The first match, proven, and the reason repeats what was seen."""
    first = _matches(clues)[0]
    assert (first.profile.id, first.certainty) == (product, "proven")
    assert why in first.why


def test_its_own_words_make_a_product_likely() -> None:
    """Maker and model in any text of the device, however it writes them; the maker alone is not enough."""
    first, *others = _matches(Clues(objects={0: "Janitza electronics GmbH", 1: "UMG-604 PRO"}))
    assert (first.profile.id, first.certainty, others) == ("janitza-umg604", "likely", [])
    assert "umg604" in first.why
    assert not _matches(Clues(server_id="Janitza electronics GmbH"))


def test_the_mac_address_alone_says_nothing() -> None:
    """Its owner makes a product possible only together with an open port of that product."""
    assert not _matches(Clues(oui="Schneider Electric"))
    assert not _matches(Clues(oui="Schneider Electric", ports=frozenset({80})))
    found = _matches(Clues(oui="SCHNEIDER ELECTRIC", ports=frozenset({80, 502}), unit=255))
    assert len(found) > 1
    assert {one.certainty for one in found} == {"possible"}
    assert "port 502 open" in found[0].why


def test_two_hints_are_more_than_one() -> None:
    """An id that other products have too makes it possible; with the maker's MAC address likely."""
    registers = {(3, 64001): (42, *[0] * 26)}
    (alone,) = _matches(Clues(registers=registers))
    assert (alone.profile.id, alone.certainty) == ("siemens-pac3200", "possible")
    first = _matches(Clues(registers=registers, oui="Siemens AG", ports=frozenset({502})))[0]
    assert (first.profile.id, first.certainty) == ("siemens-pac3200", "likely")


def test_another_id_rules_a_product_out() -> None:
    """Right maker, right port, but its id register holds something else."""
    clues = Clues(oui="Carlo Gavazzi Controls SpA", ports=frozenset({502}))
    product = "carlo-gavazzi-em24-e1"
    assert product in [one.profile.id for one in _matches(clues)]
    assert product not in [one.profile.id for one in _matches(clues._replace(registers={(3, 11): (7,)}))]


def test_what_proves_one_product_drops_the_merely_possible() -> None:
    """Twelve products of a maker are no news beside the one that was proven."""
    clues = Clues(
        objects={0: "Schneider Electric", 4: "EM3000"}, oui="Schneider Electric", ports=frozenset({502})
    )
    (only,) = _matches(clues)
    assert only.profile.id == "schneider-em3000"


def test_two_products_that_fit_the_same_are_not_proven() -> None:
    """Where the evidence does not decide between two, neither is claimed."""
    one = built_in()["victron-evcs"]
    found = match(Clues(registers={(3, 5000): (0xC024,)}), [one, one])
    assert [fit.certainty for fit in found] == ["likely", "likely"]


def test_nothing_known_matches_nothing() -> None:
    """No clue, no product."""
    assert not _matches(Clues())


@settings(max_examples=40)
@given(
    st.dictionaries(st.integers(0, 255), st.text(max_size=300), max_size=6),
    st.text(max_size=300),
    st.lists(st.integers(0, 0xFFFF), max_size=30),
)
def test_hostile_texts_never_raise_and_come_out_inert(
    objects: dict[int, str], text: str, words: list[int]
) -> None:
    """Anything may stand in a text or a register; the reason is printable."""
    clues = Clues(
        objects={**objects, 0: "ABB\x1b[31m" + text, 1: "REX640 " + text},
        server_id=text,
        sunspec=SunSpec("SolarEdge \u202e" + text, text, text, frozenset(words)),
        registers={(3, 5000): words, (3, 1307): words, (3, 768): words, (4, 6): words},
        oui=text,
        ports=frozenset({502}),
    )
    for one in _matches(clues):
        assert re.match(SAFE_PATTERN, one.why)
