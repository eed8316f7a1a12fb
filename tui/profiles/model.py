"""What a profile may say of a product, every fact with its source."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Final, Literal, TypeAlias, get_args

import msgspec
from msgspec import Meta

Words: TypeAlias = Annotated[str, Meta(min_length=1, max_length=400)]
Id: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
Address: TypeAlias = Annotated[int, Meta(ge=0, le=0xFFFF)]
UnitId: TypeAlias = Annotated[int, Meta(ge=0, le=255)]
PortNumber: TypeAlias = Annotated[int, Meta(ge=1, le=65535)]
Milliseconds: TypeAlias = Annotated[int, Meta(ge=0, le=600_000)]

Category: TypeAlias = Literal[
    "battery", "drive", "energy_manager", "ev_charger", "gateway", "genset", "heat_pump", "hvac",
    "instrument", "inverter", "logger", "meter", "plc", "pump", "relay", "remote_io", "router", "software",
    "ups",
]  # fmt: skip
CATEGORIES: Final[tuple[str, ...]] = get_args(Category)
AtLimit: TypeAlias = Literal[
    "refuse", "kick_previous", "close_oldest_idle", "close_lru", "close_oldest_or_refuse",
    "accept_then_close", "accept_no_answer", "timeout", "exception_06",
]  # fmt: skip
Confidence: TypeAlias = Literal["vendor", "code", "issue", "third-party"]
RegisterType: TypeAlias = Literal[
    "bool", "u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64", "text", "raw"
]
_WIDTH: Final = {"bool": 1, "u16": 1, "i16": 1, "u32": 2, "i32": 2, "f32": 2, "u64": 4, "i64": 4, "f64": 4}
"""Registers (or coils) that a value takes, by its type; of text and raw the profile says how many."""
_LAST: Final = 0xFFFF


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Some facts and where they are written; without a source of their own they have the profile's."""

    source: Words


class Ports(_Part, frozen=True):
    """Where it listens."""

    ids: Annotated[tuple[PortNumber, ...], Meta(min_length=1)]
    """The usual one first."""


class Unit(_Part, frozen=True):
    """Which unit ids it answers."""

    ids: tuple[UnitId, ...] = ()
    """Known to work, the usual one first."""
    wrong: Literal["", "timeout", "exception_0A", "exception_0B", "answers_any"] = ""
    """What another id gets."""
    note: str = ""

    def __post_init__(self) -> None:
        if not (self.ids or self.wrong or self.note):
            raise ValueError("neither ids, wrong nor note")


class Connections(_Part, frozen=True):
    """How many Modbus TCP connections it takes, and what becomes of one more."""

    confidence: Confidence
    """Maker's manual, program source, users' reports, or an unofficial page."""
    limit: Annotated[int, Meta(ge=1, le=1024)] | None = None
    limit_range: str = ""
    """In words, where it varies."""
    configurable: bool = False
    at_limit: AtLimit | Literal[""] = ""
    idle_timeout_s: Annotated[float, Meta(ge=0)] | None = None
    """Seconds after which it closes a silent session; 0 is never."""
    note: str = ""


class Counts(_Part, frozen=True):
    """The register in which it tells how many connections it has."""

    function: Literal[3, 4]
    """Function code that reads it: of holding or of input registers."""
    address: Address
    """Zero based."""
    what: Words
    """What it counts, in the source's words."""
    limit_address: Address | None = None
    """Of the register that tells how many it takes, read by the same function."""


class Timing(_Part, frozen=True):
    """What to wait for."""

    connect_delay_ms: Milliseconds | None = None
    """Between the connection and the first request."""
    request_delay_ms: Milliseconds | None = None
    """Between one request and the next."""
    allow_ms: Milliseconds | None = None
    """A timeout below this is too short; mostly what its clients use, no promise of the maker."""
    answer_ms: Milliseconds | None = None
    """How long an answer usually takes."""
    first_connect_s: Annotated[float, Meta(gt=0)] | None = None
    """Once switched on, the first client must come within this time."""
    note: str = ""


class Quirk(_Part, frozen=True):
    """Something to know before taking it for a fault."""

    text: Words


class Register(_Part, frozen=True):
    """A value that proves what is connected; read only."""

    function: Literal[1, 2, 3, 4]
    """Function code that reads it."""
    address: Address
    """Zero based."""
    type: RegisterType
    name: Words
    length: Annotated[int, Meta(ge=1, le=125)] | None = None
    """Registers of a text or of raw data; given by the type otherwise."""
    order: Literal["big", "little"] = "big"
    """Whether the high or the low register comes first."""
    swapped: bool = False
    """Whether the two bytes of each register of a text are swapped."""
    scale: float = 1.0
    """Times the raw value; a minus turns its direction."""
    unit: str = ""

    def __post_init__(self) -> None:
        if (self.type in _WIDTH) == (self.length is not None):
            raise ValueError("length goes with the types text and raw, and they need it")
        if (self.type == "bool") != (self.function in {1, 2}):
            raise ValueError("functions 1 and 2 read bool, 3 and 4 the other types")
        if self.address + self.count - 1 > _LAST:
            raise ValueError("ends behind address 65535")
        if not math.isfinite(self.scale) or not self.scale:
            raise ValueError("scale is a number other than zero")
        if self.order == "little" and _WIDTH.get(self.type, 1) == 1:
            raise ValueError("order goes with values of two or four registers")
        if self.swapped and self.type != "text":
            raise ValueError("swapped goes with text")

    @property
    def count(self) -> int:
        """How many registers (or coils) to read."""
        return self.length or _WIDTH[self.type]


class Identify(_Part, frozen=True):
    """What the product says of itself; every key that is given must fit."""

    by: Literal["register", "sunspec", "identity", "mdns"]
    """An id register, SunSpec, device identification (43/14), or a service announced in the local network."""
    decides: bool = True
    """False where other products may say the same."""
    function: Literal[3, 4] | None = None
    address: Address | None = None
    length: Annotated[int, Meta(ge=1, le=125)] | None = None
    """Registers of the id, all read at once."""
    values: tuple[Annotated[int, Meta(ge=0, le=0xFFFFFFFF)], ...] = ()
    """Any of these in the first register."""
    wide: bool = False
    """Whether the values are those of the first two registers, high word first."""
    swapped: bool = False
    """Whether the two bytes of each register of the text are swapped."""
    texts: tuple[Words, ...] = ()
    """The registers begin with any of these texts; or the name of the service."""
    objects: dict[Annotated[str, Meta(pattern=r"^\d{1,3}$")], Words] = {}
    """By number of the object: how its text begins."""
    models: tuple[int, ...] = ()
    """SunSpec models it has, all of them."""
    any_model: tuple[int, ...] = ()
    """SunSpec models of which it has at least one."""
    unit: UnitId | None = None
    """The unit that answers so."""

    def __post_init__(self) -> None:
        register = self.function is not None and self.address is not None and self.length is not None
        if self.by == "register" and not (register and (self.values or self.texts)):
            raise ValueError("by register needs function, address, length, and values or texts")
        if self.by == "identity" and not self.objects:
            raise ValueError("by identity needs objects")
        if self.by == "mdns" and not self.texts:
            raise ValueError("by mdns needs texts")


class Oui(_Part, frozen=True):
    """Owners of the MAC addresses it may have, as the IEEE writes them."""

    names: Annotated[tuple[Words, ...], Meta(min_length=1)]


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is known of a product."""

    id: Id
    vendor: Words
    model: Words
    source: str = ""
    """Of every fact that names no other."""
    category: Category | Literal[""] = ""
    gateway: bool = False
    """Whether other unit ids reach devices behind it."""
    transport: Literal["tcp", "udp"] = "tcp"
    port: Ports | None = None
    unit: Unit | None = None
    connections: Connections | None = None
    counts: Counts | None = None
    timing: Timing | None = None
    oui: Oui | None = None
    identify: tuple[Identify, ...] = ()
    quirks: tuple[Quirk, ...] = ()
    registers: tuple[Register, ...] = ()

    def __post_init__(self) -> None:
        if not any(self.facts()):
            raise ValueError("says nothing of the product: no port, unit, connections, registers ...")

    @property
    def product(self) -> str:
        """Maker and model."""
        return f"{self.vendor} {self.model}"

    @property
    def ports(self) -> tuple[int, ...]:
        """TCP ports, the usual one first; empty where nobody tells."""
        return self.port.ids if self.port and self.transport == "tcp" else ()

    @property
    def units(self) -> tuple[int, ...]:
        """Unit ids known to work, the usual one first; empty where nobody tells."""
        return self.unit.ids if self.unit else ()

    @property
    def limit(self) -> int | None:
        """Modbus TCP connections it takes at once, where that is documented."""
        return self.connections.limit if self.connections else None

    @property
    def at_limit(self) -> str:
        """What happens to one connection more; empty where nobody tells."""
        return self.connections.at_limit if self.connections else ""

    @property
    def confidence(self) -> str:
        """How good the source of the limit is; empty without."""
        return self.connections.confidence if self.connections else ""

    @property
    def idle_timeout_s(self) -> float | None:
        """Seconds after which it closes a silent session; 0 is never."""
        return self.connections.idle_timeout_s if self.connections else None

    @property
    def id_registers(self) -> tuple[tuple[int, int, int], ...]:
        """Function, address and number of each register block that tells what it is."""
        return tuple(
            (one.function, one.address, one.length)
            for one in self.identify
            if one.function is not None and one.address is not None and one.length is not None
        )

    def facts(self) -> Iterator[_Part]:
        """Everything that is said of it, each with its source."""
        alone = (self.port, self.unit, self.connections, self.counts, self.timing, self.oui)
        yield from (part for part in alone if part is not None)
        yield from self.identify
        yield from self.quirks
        yield from self.registers
