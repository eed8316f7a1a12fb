"""What a certificate says: for whom, by whom, how long; hostile ones too."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tls_servers import made
from tui.clean import SAFE_PATTERN
from tui.probes.certificate import CertificateError, read

_HOSTILE: Final = "\x1b[2J\x1b]0;gone\x07\0\r\n[bold]\u202eevil\u2066" + "x" * 5_000


@pytest.mark.parametrize(
    ("days", "validity", "words"),
    [
        ((-10, 99.5), "good", "expires in 99 days, on "),
        ((-10, 29.5), "ending", "expires in 29 days, on "),
        ((-10, 0.1), "ending", "expires in 2 hours, on "),
        ((-30, -12.5), "expired", "expired 12 days ago, on "),
        ((3, 30), "early", "is not valid before "),
    ],
)
def test_its_time_is_told(tmp_path: Path, days: tuple[float, float], validity: str, words: str) -> None:
    """Whether it holds, and how long still, or since when not."""
    found = read([made(tmp_path, days=days).der])
    assert found.validity(time.time()) == validity
    assert words in found.told(time.time())


def test_who_signed_it_is_told(tmp_path: Path) -> None:
    """By itself, by the authority of the configuration, by one under it, or by a stranger."""
    root, stranger = made(tmp_path, "plant CA"), made(tmp_path, "plant CA")
    between = made(tmp_path, "cell CA", by=root)
    leaf = made(tmp_path, by=between)
    authority = str(root.path)
    assert read([leaf.der, between.der], authority).trusted is True
    assert read([leaf.der], authority).trusted is False
    assert read([leaf.der, between.der], str(stranger.path)).trusted is False
    assert read([leaf.der, between.der]).trusted is None
    assert read([root.der], authority).trusted is True
    assert (read([root.der]).self_signed, read([leaf.der]).self_signed) == (True, False)
    assert "of plc-7, issued by cell CA, " in read([leaf.der]).told(time.time())


def test_the_modbus_role_is_read(tmp_path: Path) -> None:
    """The role that Modbus/TCP Security puts into a certificate is shown."""
    assert read([made(tmp_path, role=b"\x0c\x08operator").der]).role == "operator"
    assert read([made(tmp_path).der]).role == ""


@pytest.mark.parametrize(
    ("host", "covered"),
    [("10.0.0.5", True), ("10.0.0.6", False), ("PLC.example.", True), ("a.plant.test", True),
     ("a.b.plant.test", False), ("plant.test", False), ("fd00::1", True), ("fd00:0::1%eth0", True)],
)  # fmt: skip
def test_whom_it_is_made_out_for(tmp_path: Path, host: str, covered: bool) -> None:
    """Addresses by value, names without regard to case, a star for one label."""
    names = ("10.0.0.5", "plc.example", "*.plant.test", "fd00::1")
    assert read([made(tmp_path, names=names).der]).covers("", host) == covered


@pytest.mark.parametrize("role", [b"\x0c\x7f\x1b[31m\xff\0", b"", b"\x0c", b"\x30\x84\xff\xff\xff\xff"])
def test_hostile_text_is_inert(tmp_path: Path, role: bytes) -> None:
    """Escapes, markup, direction marks, NUL and 5,000 characters come out short and harmless."""
    found = read([made(tmp_path, _HOSTILE, role=role).der])
    told = found.told(time.time())
    assert re.search(SAFE_PATTERN, told)
    assert re.search(SAFE_PATTERN, found.others())
    assert len(told) < 400


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_broken_certificates_are_told_so(tmp_path: Path, data: st.DataObject) -> None:
    """Whatever bytes are changed, it is read with inert words or refused with them."""
    der = bytearray(_der(tmp_path))
    for at in data.draw(st.lists(st.integers(0, len(der) - 1), max_size=4)):
        der[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([len(der), len(der) // 2, 0]))
    try:
        words = read([bytes(der[:cut])]).told(0.0)
    except CertificateError as error:
        words = str(error)
    assert re.search(SAFE_PATTERN, words)


def _der(folder: Path) -> bytes:
    kept = folder / "kept.der"
    if not kept.exists():
        kept.write_bytes(made(folder, role=b"\x0c\x08operator").der)
    return kept.read_bytes()


def test_no_certificate_at_all_is_told_so() -> None:
    """An empty chain is no crash."""
    with pytest.raises(CertificateError):
        read([])
