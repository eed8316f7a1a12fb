"""From what was typed to what is dialled."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.net import Namespace, needs_lab
from tui.clean import SAFE_PATTERN
from tui.probes import name
from tui.probes.name import Resolution, resolve


def lab(test: Any) -> Any:
    for mark in needs_lab:
        test = mark(test)
    return test


@pytest.mark.parametrize(
    ("typed", "kind", "address"),
    [
        pytest.param("10.0.0.5", "literal", "10.0.0.5", id="an address"),
        pytest.param(" 10.0.0.5\n", "literal", "10.0.0.5", id="pasted with its line end"),
        pytest.param("10.5", "short-form", "10.0.0.5", id="two numbers"),
        pytest.param("10.1.5", "short-form", "10.1.0.5", id="three numbers"),
        pytest.param("0x0a000005", "short-form", "10.0.0.5", id="hexadecimal"),
        pytest.param("167772165", "short-form", "10.0.0.5", id="one number"),
        pytest.param("010.0.0.5", "short-form", "8.0.0.5", id="octal"),
        pytest.param("１０.0.0.5", "short-form", "10.0.0.5", id="full-width digits"),  # noqa: RUF001 - that is the case
        pytest.param("::1", "literal", "::1", id="IPv6"),
        pytest.param("[FD00::0:1]", "literal", "fd00::1", id="IPv6 in brackets"),
        pytest.param("fe80::1%lo", "literal", "fe80::1%lo", id="IPv6 with its interface"),
        pytest.param("fe80::1%1", "literal", "fe80::1%1", id="IPv6 with its interface's number"),
        pytest.param("::ffff:10.0.0.5", "literal", "10.0.0.5", id="IPv4 in IPv6 form"),
    ],
)
async def test_numbers_are_dialled_as_the_system_reads_them(typed: str, kind: str, address: str) -> None:
    """Each form gives the address that every program on this host would dial."""
    found = await resolve(typed)
    assert (found.kind, found.addresses, found.failure) == (kind, (address,), "")
    system = socket.getaddrinfo(typed.strip().strip("[]"), None, type=socket.SOCK_STREAM)
    assert {str(entry[4][0]).removeprefix("::ffff:") for entry in system} == {address.partition("%")[0]}


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        pytest.param("", "nothing was typed", id="nothing"),
        pytest.param("  ", "nothing was typed", id="blanks"),
        pytest.param("..", "nothing but dots", id="dots"),
        pytest.param("a..b", "a part of the name is empty", id="an empty part"),
        pytest.param("x" * 70, "too long", id="a part too long"),
        pytest.param("x." * 150, "longer than a name can be", id="three hundred characters"),
        pytest.param("plc\x1b[31m", "cannot be shown", id="an escape sequence"),
        pytest.param("plc\0", "cannot be shown", id="a zero"),
        pytest.param("plc\ud800", "cannot be shown", id="half a character"),
        pytest.param("plc\u200b1", "cannot be shown", id="no width"),
        pytest.param("plc 1", "a space", id="a space"),
        pytest.param("10,0,0,5", "write dots", id="commas"),
        pytest.param("10.0.0.300", "too large", id="over 255"),
        pytest.param("10.0.0.0.5", "5 numbers, not four", id="five numbers"),
        pytest.param("10.0.0.08", "octal", id="octal that is none"),
        pytest.param("1O.0.0.5", "'1O' is not a number", id="a letter for a digit"),
        pytest.param("10.0.0.0/24", "write one address", id="a network"),
        pytest.param("http://10.0.0.5", "write one address", id="a web address"),
        pytest.param("10.0.0.5:502", "a colon", id="a port"),
        pytest.param("fe80:::1", "not an IPv6 address", id="a colon too many"),
        pytest.param("fe80::1", "say which, as in fe80::1%eth0", id="link-local without interface"),
        pytest.param("fe80::1%nope0", "no interface 'nope0'", id="link-local on no interface"),
        pytest.param("fe80::1%\x1b", "cannot be shown", id="an escape for an interface"),
        pytest.param("fe80::1%" + "9" * 30, "no interface", id="a number of no interface"),
        pytest.param("fd00::1%lo", "only fe80 addresses", id="an interface where none belongs"),
    ],
)
async def test_what_cannot_be_dialled_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch, typed: str, says: str
) -> None:
    """What is no address and no name gets its reason, and the resolver is never bothered with it."""
    monkeypatch.setattr(name, "_addresses", None)
    found = await resolve(typed)
    assert found.addresses == ()
    assert says in found.failure


async def test_an_octal_slip_is_pointed_out() -> None:
    """Who typed 010 and meant 10 learns what was dialled, and why."""
    assert (await resolve("010.0.0.5")).remark == (
        "'010.0.0.5' is read as 8.0.0.5; a number that begins with 0 is octal"
    )
    assert (await resolve("10.5")).remark == "'10.5' is read as 10.0.0.5"
    assert (await resolve("10.0.0.5")).remark == ""


@given(st.text(max_size=400) | st.text("0123456789.:%xa[] ", max_size=30))
async def test_whatever_is_typed_there_is_an_address_or_a_reason(typed: str) -> None:
    """No text raises, and what comes back is safe to show."""

    async def nothing(_: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(name, "_addresses", nothing)
        found = await resolve(typed)
    assert bool(found.addresses) is not bool(found.failure)
    assert re.search(SAFE_PATTERN, found.typed)
    assert re.search(SAFE_PATTERN, found.failure)
    assert len(found.typed) <= 60


@pytest.mark.parametrize(
    ("found", "address"),
    [
        (("10.0.0.5", 0), "10.0.0.5"),
        (("fd00::5", 0, 0, 0), "fd00::5"),
        (("fe80::5", 0, 0, 1), "fe80::5%lo"),
        (("fe80::5%lo", 0, 0, 1), "fe80::5%lo"),
        (("::ffff:10.0.0.5", 0, 0, 0), "10.0.0.5"),
    ],
)
def test_an_address_of_one_link_keeps_its_interface(found: tuple[object, ...], address: str) -> None:
    """What the resolver says apart from the address is not lost, or nothing could be dialled."""
    assert name._dialled(found) == address


async def test_a_name_of_this_host_gives_all_its_addresses() -> None:
    """The hosts file is asked as every other program asks it."""
    found = await resolve("localhost")
    assert (found.kind, found.failure) == ("name", "")
    assert "127.0.0.1" in found.addresses or "::1" in found.addresses


A: Final = 1
AAAA: Final = 28
ANSWERS: Final = {
    "plc-12.plant.": (0, ["10.20.0.12", "10.20.0.13"]),
    "crowd.plant.": (0, [f"10.20.1.{number}" for number in range(40)]),
    "empty.plant.": (0, []),
    "broken.plant.": (2, []),  # SERVFAIL
}


def _answer(query: bytes) -> bytes | None:
    """What a small name server says; nothing about `mute.plant.`, and of the rest that it does not exist."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]
    asked = ".".join(labels) + "."
    if asked == "mute.plant.":
        return None
    code, addresses = ANSWERS.get(asked, (3, []))
    kind = int.from_bytes(query[at + 1 : at + 3], "big")
    records = addresses if kind == A else []
    header = query[:2] + bytes([0x85, 0x80 | code]) + b"\0\1" + len(records).to_bytes(2, "big") + bytes(4)
    record = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4"
    return header + query[12 : at + 5] + b"".join(record + socket.inet_aton(address) for address in records)


@contextmanager
def _name_server(namespace: Namespace) -> Iterator[None]:
    def opened() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 53))
        return sock

    def serve() -> None:
        while True:
            query, client = sock.recvfrom(512)
            if not query:
                return
            if (said := _answer(query)) is not None:
                sock.sendto(said, client)

    with namespace.do(opened) as sock:
        thread = threading.Thread(target=serve)
        thread.start()
        yield
        sock.sendto(b"", ("127.0.0.1", 53))
        thread.join()


def _removed(folder: Path) -> None:
    folder.rmdir()
    with suppress(OSError):  # another test may have its own in there
        folder.parent.rmdir()


@pytest.fixture(scope="module")
def plant() -> Iterator[Namespace]:
    """A namespace whose resolver asks our name server."""
    with ExitStack() as stack:
        namespace = Namespace(stack)
        folder = Path("/etc/netns", namespace.name)
        folder.mkdir(parents=True)
        stack.callback(_removed, folder)
        (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        stack.callback((folder / "resolv.conf").unlink)
        stack.enter_context(_name_server(namespace))
        yield namespace


def _resolved(namespace: Namespace, typed: str, wait_s: float = 5.0, left_s: float = 15.0) -> Resolution:
    """What a program in *namespace* finds, and that it ends within *left_s* seconds."""
    code = (
        "import asyncio, json, sys; from tui.probes.name import resolve;"
        "print(json.dumps(asyncio.run(resolve(sys.argv[1], float(sys.argv[2])))))"
    )
    done = subprocess.run(
        namespace.inside(sys.executable, "-c", code, typed, str(wait_s)),
        check=True,
        capture_output=True,
        timeout=left_s,
    )
    shown, addresses, kind, failure = json.loads(done.stdout)
    return Resolution(shown, tuple(addresses), kind, failure)


@lab
def test_a_name_gives_the_resolvers_addresses(plant: Namespace) -> None:
    """All addresses of a name come back, and no more than sixteen of a name with a crowd of them."""
    found = _resolved(plant, "plc-12.plant")
    assert (found.kind, found.failure) == ("name", "")
    assert set(found.addresses) == {"10.20.0.12", "10.20.0.13"}
    assert len(_resolved(plant, "crowd.plant").addresses) == 16


@lab
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        pytest.param("nobody.plant", "no such name", id="no such name"),
        pytest.param("empty.plant", "the name exists, but has no address", id="a name without address"),
        pytest.param("broken.plant", "the name may be right", id="a server that fails"),
    ],
)
def test_a_missing_name_is_told_from_a_failing_resolver(plant: Namespace, typed: str, says: str) -> None:
    """A wrong name is to be mended by who typed it, a failing name server by somebody else."""
    found = _resolved(plant, typed)
    assert found.addresses == ()
    assert says in found.failure


@lab
def test_a_silent_name_server_holds_nothing_up(plant: Namespace) -> None:
    """The answer comes in the time given, and the program ends without waiting for the resolver's 10 s."""
    found = _resolved(plant, "mute.plant", wait_s=0.5, left_s=4.5)
    assert found.failure == "the resolver did not answer within 0.5 s"


@lab
def test_no_name_server_at_all_is_no_missing_name() -> None:
    """Where nobody listens for names, it is the resolver that does not answer."""
    with ExitStack() as stack:
        namespace = Namespace(stack)
        found = _resolved(namespace, "plc-12.plant", wait_s=1.0)
    assert "the resolver d" in found.failure
