"""What is told of some of the forty devices is what is true of them, for one connection each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.forty.every import EVERY
from tests.lab.forty.judge import wrong
from tests.lab.forty.site import Site, forty, present
from tests.lab.forty.truth import address
from tests.lab.net import needs_lab

pytestmark = needs_lab

_SOME = (
    "pymodbus, three units",
    "pyModbusTCP with a name",
    "SunSpec with a name",
    "gateway, five named, 0B after 0.3 s",
    "gateway, 32 named, 0A",
    "gateway, busy at first",
    "any unit, name and server id",
    "any unit, name in two answers",
    "needs 1.5 s before the first request",
    "takes one connection",
)
_ASKED = range(1, 11)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with forty([number for number in present() if EVERY[number].name in _SOME]) as made:
        yield made


def test_all_that_is_true_of_them_is_told_for_one_connection_each(site: Site) -> None:
    """Faces of unit ids, judgement, and every text a device says of itself, beside one another."""
    told = {}
    taken = site.counted(lambda: told.update(site.scan("--identify", "--units", f"{_ASKED[0]}-{_ASKED[-1]}")))
    found = {
        EVERY[number].name: wrong(EVERY[number].truth, told[address(number)]["device"], _ASKED)
        for number in site.numbers
    }
    assert not any(found.values()), found
    assert taken == dict.fromkeys(taken, 1)
