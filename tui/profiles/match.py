"""Which product a device is, by what it said and showed; why, and how surely."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from tui.clean import clean
from tui.profiles.model import Identify, Profile
from tui.records import Certainty

_LONGEST: Final = 250
"""Characters looked at of one text; an object of the device identification has no more."""
_SHOWN: Final = 40
"""Characters of a text from outside that are repeated in the reason."""
_WORDS: Final = re.compile(r"[a-z]+|[0-9]+|[^\W_]+")
_TOKEN: Final = 4
"""Letters and digits a model name must have at the least to be told from chance."""
_DECIDES: Final = 3
_GOOD: Final = 2
_COMMON: Final = frozenset({"rs485", "rs232", "ipv4", "ipv6"})
_BEST_FIRST: Final[tuple[Certainty, ...]] = ("proven", "likely", "possible")
_NO_OBJECTS: Final[Mapping[int, str]] = {}
_NO_REGISTERS: Final[Mapping[tuple[int, int], Sequence[int]]] = {}


class SunSpec(NamedTuple):
    """What the SunSpec common model says, and which models follow."""

    manufacturer: str = ""
    model: str = ""
    version: str = ""
    models: frozenset[int] = frozenset()


class Clues(NamedTuple):
    """What is known of a device; whatever was not asked is left empty."""

    objects: Mapping[int, str] = _NO_OBJECTS
    """Device identification (43/14), by number of the object."""
    server_id: str = ""
    """Text of report server id (17)."""
    sunspec: SunSpec | None = None
    registers: Mapping[tuple[int, int], Sequence[int]] = _NO_REGISTERS
    """Id registers that were read, by function and address of the first one."""
    mdns: frozenset[str] = frozenset()
    """Services it announces in the local network."""
    oui: str = ""
    """Owner of its MAC address, as the IEEE writes it."""
    ports: frozenset[int] = frozenset()
    """TCP ports that are open."""
    unit: int | None = None
    """Unit id that answered."""


class Match(NamedTuple):
    """A product that the device may be."""

    profile: Profile
    certainty: Certainty
    why: str
    """In short words; printable."""


class _Fit(NamedTuple):
    why: str
    weight: int
    """0 adds to a reason, 1 is a hint, 2 a good reason, 3 decides."""


def match(clues: Clues, known: Iterable[Profile]) -> list[Match]:
    """The products among *known* that fit, best first.

    Proven: an identity text, an id register or SunSpec models that only one product has. Likely: two hints,
    or its own words name maker and model. Possible: one hint, or the owner of its MAC address with an open
    port of the product; the owner alone is nothing.
    """
    said = _words(clues)
    fitting = [(profile, fits) for profile in known if (fits := _fits(profile, clues, said))]
    deciding = sum(1 for _, fits in fitting if _weight(fits) >= _DECIDES)
    found = [(_match(profile, fits, deciding), _weight(fits)) for profile, fits in fitting]
    if deciding == 1:
        found = [(made, weight) for made, weight in found if made.certainty != "possible"]
    found.sort(key=lambda one: (_BEST_FIRST.index(one[0].certainty), -one[1], one[0].profile.id))
    return [made for made, _ in found]


def _match(profile: Profile, fits: list[_Fit], deciding: int) -> Match:
    weight = _weight(fits)
    certainty: Certainty = "possible"
    if weight >= _DECIDES and deciding == 1:
        certainty = "proven"
    elif sum(fit.weight for fit in fits) >= _GOOD:
        certainty = "likely"
    return Match(profile, certainty, clean("; ".join(fit.why for fit in fits if fit.why)))


def _weight(fits: Iterable[_Fit]) -> int:
    return max(fit.weight for fit in fits)


def _fits(profile: Profile, clues: Clues, said: Sequence[str]) -> list[_Fit]:
    """Why it may be *profile*; empty if nothing says so."""
    own = [fit for one in profile.identify if (fit := _fit(one, profile, clues, said)) is not None]
    if not own and _ruled_out(profile, clues):
        return []
    found = [*own, *_own_words(profile, said)]
    found += _oui(profile, clues, alone=not found)
    if found and clues.unit is not None and clues.unit in profile.units:
        found.append(_Fit(f"answers unit {clues.unit}", 0))
    return found


def _fit(one: Identify, profile: Profile, clues: Clues, said: Sequence[str]) -> _Fit | None:
    weight = _DECIDES if one.decides else 1
    if one.by == "sunspec":
        return _sunspec(one, profile, clues, said)
    if one.by == "mdns":
        service = next((text for text in one.texts if text in clues.mdns), "")
        return _Fit(f"announces {service}", weight) if service else None
    if one.by == "identity":
        texts = [clues.objects.get(int(number), "")[:_LONGEST] for number in one.objects]
        begins = [text.strip().casefold() for text in texts]
        if not all(a.startswith(b.casefold()) for a, b in zip(begins, one.objects.values(), strict=True)):
            return None
        return _Fit(f"says {', '.join(clean(text, _SHOWN) for text in texts)}", weight)
    return _register(one, clues, weight)


def _register(one: Identify, clues: Clues, weight: int) -> _Fit | None:
    words = _read(one, clues)
    if words is None:
        return None
    value = words[0]
    if one.wide:
        value = (words[0] << 16 | words[1]) if len(words) > 1 else -1
    if value in one.values:
        return _Fit(f"register {one.address} is {value}", weight)
    text = _text(words[: one.length], swapped=one.swapped)
    if any(text.startswith(begin) for begin in one.texts):
        return _Fit(f"register {one.address} says {clean(text.strip(), _SHOWN)}", weight)
    return None


def _read(one: Identify, clues: Clues) -> Sequence[int] | None:
    """What the id register held, if it was read."""
    if one.by != "register" or one.function is None or one.address is None:
        return None
    return clues.registers.get((one.function, one.address)) or None


def _text(words: Sequence[int], *, swapped: bool) -> str:
    pairs = ((word >> 8 & 0xFF, word & 0xFF) for word in words)
    raw = bytes(byte for pair in pairs for byte in (reversed(pair) if swapped else pair))
    return raw.decode("latin-1").rstrip("\0")


def _sunspec(one: Identify, profile: Profile, clues: Clues, said: Sequence[str]) -> _Fit | None:
    common = clues.sunspec
    if common is None or not _names_maker(profile, _split(common.manufacturer)):
        return None
    if one.unit is not None and clues.unit is not None and one.unit != clues.unit:
        return None
    if common.models and not (
        set(one.models) <= common.models
        and (not one.any_model or not common.models.isdisjoint(one.any_model))
    ):
        return None
    name = f"SunSpec: {clean(common.manufacturer.strip(), _SHOWN)}"
    if one.models and common.models:
        return _Fit(f"{name}, models {', '.join(map(str, one.models))}", _DECIDES if one.decides else 1)
    if token := _token(profile, said):
        return _Fit(f"{name}, {token}", _DECIDES if one.decides else 1)
    return _Fit(name, 1)


def _ruled_out(profile: Profile, clues: Clues) -> bool:
    """Whether its id register was read and holds something else."""
    return any(one.decides and _read(one, clues) is not None for one in profile.identify)


def _oui(profile: Profile, clues: Clues, *, alone: bool) -> list[_Fit]:
    """The owner of its MAC address; alone it is nothing, with an open port of the product a hint."""
    if profile.oui is None or not clues.oui:
        return []
    owner = _split(clues.oui)
    if not any(_same_owner(owner, _split(name)) for name in profile.oui.names):
        return []
    open_port = next((port for port in profile.ports if port in clues.ports), None)
    if open_port is None and alone:
        return []
    port = "" if open_port is None else f", port {open_port} open"
    return [_Fit(f"MAC address of {clean(clues.oui.strip(), _SHOWN)}{port}", 1)]


def _same_owner(one: list[str], other: list[str]) -> bool:
    """Whether two names are one, but for what stands behind two words; lists of owners are not kept alike."""
    short = min(len(one), len(other))
    return one == other or (short > 1 and one[:short] == other[:short])


def _own_words(profile: Profile, said: Sequence[str]) -> list[_Fit]:
    """Its own words name maker and model."""
    token = _token(profile, said)
    if not token or not _names_maker(profile, said):
        return []
    return [_Fit(f"names {clean(profile.vendor, _SHOWN)} and {token}", _GOOD)]


def _names_maker(profile: Profile, said: Sequence[str]) -> bool:
    maker = _split(profile.vendor)
    width = len(maker)
    return bool(maker) and any(said[at : at + width] == maker for at in range(len(said) - width + 1))


def _token(profile: Profile, said: Sequence[str]) -> str:
    """The model name of *profile*, if it is among the words *said*; empty otherwise."""
    mine = _tokens(_split(profile.model))
    return next(iter(sorted(mine & _tokens(said))), "")


def _tokens(words: Sequence[str]) -> set[str]:
    """Model names among *words*: letters and the digits that follow, with what follows those."""
    found = set()
    for at, word in enumerate(words[:-1]):
        number = words[at + 1]
        if word.isascii() and word.isalpha() and number.isascii() and number.isdigit():
            found.add(word + number)
            found.update(word + number + more for more in words[at + 2 : at + 3] if more.isalpha())
    return {token for token in found if len(token) >= _TOKEN and token not in _COMMON}


def _split(text: str) -> list[str]:
    """Its words in small letters; letters and digits apart."""
    return _WORDS.findall(text[:_LONGEST].casefold())


def _words(clues: Clues) -> list[str]:
    """Everything the device says of itself, as words."""
    common = clues.sunspec or SunSpec()
    texts = [*list(clues.objects.values())[:_LONGEST], clues.server_id, common.manufacturer, common.model]
    return [word for text in texts for word in [*_split(text), ""]]
