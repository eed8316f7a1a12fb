"""What is known of a device before it is asked for more: its unit ids, its profile, its manners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tui import limits
from tui.clock import Clock
from tui.device_events import Peeked, UnitsSeen, Ways
from tui.event import Emit
from tui.probes.manners import Manners
from tui.probes.modbus import DEFAULT_UNIT
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.profiles.lookup import profiles
from tui.profiles.model import Profile
from tui.records import KnownDevice, Target
from tui.state.climbs import needed_pause_s
from tui.state.model import Device
from tui.state.store import Store


class Tools(NamedTuple):
    """What asking takes."""

    pace: Pace
    clock: Clock
    own: OwnConnections
    emit: Emit


class Inquired(NamedTuple):
    """What is known of one device."""

    unit: int = DEFAULT_UNIT
    """The unit id whose registers are read, and the first one asked of all."""
    product: Profile | None = None
    """Configured, or what it was recognised as where that is more than possible."""
    manners: Manners = Manners()
    limit: int | None = None
    """Connections it takes."""
    seen: UnitsSeen | None = None
    """What its unit ids answered when they were asked last."""
    peek: Peeked | None = None
    """What its registers held when they were read last."""

    @property
    def units(self) -> tuple[int, ...]:
        """Unit ids that its profile names."""
        return self.product.units if self.product else ()


def inquired(store: Store, named: Mapping[Target, KnownDevice], unit: int, target: Target) -> Inquired:
    """What *store* and the configuration know of *target*; *unit* is for where nothing tells another."""
    device, configured = store.devices.get(target), named.get(target)
    product = product_of(device, configured)
    manners = manners_of(device, product)
    needed_s = needed_pause_s(device.climb) if device else 0.0
    return Inquired(
        _unit(device, configured, product, unit),
        product,
        manners._replace(before_s=max(manners.before_s, needed_s)),
        device.limit if device else None,
        device.units if device else None,
        device.peek if device else None,
    )


def product_of(device: Device | None, configured: KnownDevice | None) -> Profile | None:
    """The profile that the configuration names, or else that of what the device was recognised as."""
    name = configured.profile if configured else ""
    if not name and device is not None and device.identity is not None and device.identity.best is not None:
        name = device.identity.best.profile
    return profiles().get(name) if name else None


def manners_of(device: Device | None, product: Profile | None) -> Manners:
    """How the device wants to be spoken to: as was learnt of it, and as its profile says."""
    ways = device.identity.ways if device and device.identity else Ways()
    timing = product.timing if product else None
    before_ms, between_ms = (timing.connect_delay_ms, timing.request_delay_ms) if timing else (None, None)
    return Manners(
        max(ways.before_s, (before_ms or 0) / 1000),
        max(ways.between_s, (between_ms or 0) / 1000),
        ways.idle_close_s or (product.idle_timeout_s if product else None),
        ways.refuses,
    )


def _unit(device: Device | None, configured: KnownDevice | None, product: Profile | None, unit: int) -> int:
    if configured is not None and configured.unit is not None:
        return configured.unit
    if product is not None and product.units:
        seen = device.units.units if device and device.units else ()
        answering = {one.unit for one in seen if one.face == "answers"}
        return next((one for one in product.units if one in answering), product.units[0])
    return device.identity.unit if device and device.identity else unit


def found_units(device: Device | None) -> tuple[int, ...]:
    """Unit ids that are known to be somebody's: those that answered, and those silent behind a gateway."""
    seen = device.units.units if device and device.units else ()
    return tuple(one.unit for one in seen if one.face in {"answers", "target-silent"})[: limits.TALK_LISTED]
