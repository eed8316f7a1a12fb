"""What is learnt of a device itself: what it says it is, which unit ids answer, what its registers hold."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple, TypeAlias

import msgspec

from tui import limits
from tui.event import Event
from tui.records import Certainty, Evidence, Face, Judgement, Port, ProbeState, Record, Target, Text

UnitId: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=255)]
_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=255)]
_Ms: TypeAlias = Annotated[float, msgspec.Meta(ge=0)] | None


class Suits(Record, frozen=True, kw_only=True):
    """A product that the device may be, and what its profile says."""

    profile: Text
    """Its id."""
    product: Text
    """Maker and model."""
    certainty: Certainty
    why: Text
    limit: int | None = None
    """Connections that the product takes."""
    limit_source: Text = ""
    gateway: bool = False


class Ways(Record, frozen=True, kw_only=True):
    """How the device wants to be asked, in seconds, as learnt or as its profile says."""

    before_s: float = 0.0
    """Between connecting and the first request."""
    between_s: float = 0.0
    """Between an answer and the next request."""
    idle_close_s: float | None = None
    """Silence after which it closes."""
    refuses: Annotated[tuple[int, ...], msgspec.Meta(max_length=limits.TALK_LISTED)] = ()
    """Function codes at which it closes."""


class _OfDevice(Event, frozen=True, kw_only=True):
    """About one target."""

    address: Text
    port: Port

    @property
    def target(self) -> Target:
        """The device."""
        return Target(self.address, self.port)


class Identified(_OfDevice, tag="identified", frozen=True, kw_only=True):
    """A device was asked what it is, on one connection."""

    unit: UnitId
    """That was asked."""
    vendor: Text = ""
    product: Text = ""
    revision: Text = ""
    serial: Text = ""
    """All four in the device's own words; empty where it did not say."""
    objects: dict[int, Text] = msgspec.field(default_factory=dict)
    """Of device identification, by number."""
    server_id: Text = ""
    """What report server id told."""
    sunspec: Annotated[tuple[int, ...], msgspec.Meta(max_length=limits.TALK_LISTED)] = ()
    """SunSpec models it has."""
    mac: Text = ""
    maker: Text = ""
    """Owner of its MAC address, as the IEEE writes it."""
    suits: Annotated[tuple[Suits, ...], msgspec.Meta(max_length=limits.SUITS)] = ()
    """Products that fit, best first."""
    ways: Ways = Ways()
    evidence: tuple[Evidence, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """The newest stands for the device."""
        return ("identified", self.address, self.port)

    @property
    def said(self) -> str:
        """Maker, product and revision in the device's own words, or "" where it said nothing of itself."""
        maker = "" if self.product.lower().startswith(self.vendor.lower()) else self.vendor
        return " ".join(filter(None, (maker, self.product, self.revision)))

    @property
    def best(self) -> Suits | None:
        """The product it is, where that is more than possible."""
        first = self.suits[0] if self.suits else None
        return first if first is not None and first.certainty != "possible" else None


class UnitAnswered(Record, frozen=True, kw_only=True):
    """One unit id and what came of a harmless read."""

    unit: UnitId
    face: Face
    detail: Text = ""
    value: int | None = None
    """Of holding register 0, where it answered by that."""
    said: Text = ""
    """What the unit says it is, where it was asked."""


class UnitsSeen(_OfDevice, tag="units", frozen=True, kw_only=True):
    """Which unit ids answer at one address, so far or in the end."""

    units: Annotated[tuple[UnitAnswered, ...], msgspec.Meta(max_length=256)] = ()
    """In the order asked."""
    judgement: Judgement = "nothing"
    full: bool = False
    """Whether somebody asked for a sweep over a range; else the few that matter were asked."""
    running: bool = False
    left: int = 0
    """Unit ids still to be asked."""
    left_s: float | None = None
    """Seconds that will take, if it goes on like that."""
    next_unit: UnitId | None = None
    """Where a sweep that was ended early goes on."""
    ended: Text = ""
    """Why it ended early, for people; empty where it did not."""
    connections: int = 0
    requests: int = 0

    @property
    def key(self) -> tuple[object, ...]:
        """The newest stands for the device."""
        return ("units", self.address, self.port)


class Value(Record, frozen=True, kw_only=True):
    """One value of a profile, as read."""

    name: Text
    where: Text
    """Table and addresses."""
    text: Text = ""
    """The value, scaled; empty where it did not come."""
    unit: Text = ""
    """Its physical unit."""
    raw: Text = ""
    """As hex."""
    failure: Text = ""
    """Why it did not come."""


class Peeked(_OfDevice, tag="peek", frozen=True, kw_only=True):
    """The values that a profile names, read from the device."""

    profile: Text
    unit: UnitId
    values: Annotated[tuple[Value, ...], msgspec.Meta(max_length=limits.PEEK_VALUES)] = ()
    seconds: float = 0.0
    """From the first request to the last answer."""
    running: bool = False
    failure: Text = ""
    """Why nothing, or no more, was read."""

    @property
    def key(self) -> tuple[object, ...]:
        """The newest stands for the device."""
        return ("peek", self.address, self.port)


class Turn(NamedTuple):
    """A device's outcome became another."""

    at: float
    before: ProbeState
    after: ProbeState
    lasted: float
    """Seconds that the one before had lasted, as far as that was seen."""


class Spread(NamedTuple):
    """Milliseconds of several answers; None where there was none."""

    least: _Ms
    mean: _Ms
    most: _Ms


class PastStep(NamedTuple):
    """One minute in which a device was asked."""

    minute: Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]
    """Since 1970."""
    asked: _Count
    connected: _Count
    """Questions to which TCP answered, by acceptance or refusal."""
    answered: _Count
    """Questions to which Modbus answered."""
    connect_least: _Ms
    connect_mean: _Ms
    connect_most: _Ms
    answer_least: _Ms
    answer_mean: _Ms
    answer_most: _Ms

    @property
    def connect(self) -> Spread:
        """Until TCP answered."""
        return Spread(self.connect_least, self.connect_mean, self.connect_most)

    @property
    def answer(self) -> Spread:
        """From request to Modbus answer."""
        return Spread(self.answer_least, self.answer_mean, self.answer_most)


class DevicePast(_OfDevice, tag="past", frozen=True, kw_only=True):
    """How a device did before: what a new recording must begin with."""

    turns: Annotated[tuple[Turn, ...], msgspec.Meta(max_length=limits.PAST_TURNS)] = ()
    """Oldest first."""
    steps: Annotated[tuple[PastStep, ...], msgspec.Meta(max_length=limits.PAST_STEPS)] = ()
    """Oldest first."""

    @property
    def key(self) -> tuple[object, ...]:
        """The newest stands for the device."""
        return ("past", self.address, self.port)


Learnt: TypeAlias = Identified | UnitsSeen | Peeked
"""What a device was asked for."""
AnyDeviceEvent: TypeAlias = Learnt | DevicePast
What: TypeAlias = Literal["identity", "units", "peek"]
"""What a person may ask of a device."""
