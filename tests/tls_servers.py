"""Real TLS servers for tests on loopback, with certificates made on the spot."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers import HOST
from tui.probes import tls
from tui.probes.secure import SecureConnection, Tls, secure
from tui.probes.tcp import Connection, connect
from tui.records import Target

ANSWER = b"\3\2\0\5"
ROLE = x509.ObjectIdentifier("1.3.6.1.4.1.50316.802.1")


class Pem(NamedTuple):
    """A certificate and its key, and the files that hold them."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    path: Path
    key_path: Path

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


def made(
    folder: Path,
    name: str = "plc-7",
    *,
    days: tuple[float, float] = (-10, 99.5),
    by: Pem | None = None,
    names: Sequence[str] = (HOST,),
    role: bytes | None = None,
    password: bytes | None = None,
) -> Pem:
    """A certificate that holds from and to so many *days* from now, signed *by* another or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    with warnings.catch_warnings(action="ignore"):  # of names that break the rules, as some here do
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name, _validate=False)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(one) for one in names]), False)
    if role is not None:
        builder = builder.add_extension(x509.UnrecognizedExtension(ROLE, role), False)
    certificate = builder.sign(by.key if by else key, hashes.SHA256())
    stem = f"{len(list(folder.iterdir()))}"
    path, key_path = folder / f"{stem}.pem", folder / f"{stem}.key"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    locked = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
    )
    return Pem(certificate, key, path, key_path)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def server_context(
    pem: Pem, *, wants: Pem | None = None, optional: bool = False, version: ssl.TLSVersion | None = None
) -> ssl.SSLContext:
    """A server's side; *wants* is who must have signed its clients' certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem.path, pem.key_path)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if wants is not None:
        context.verify_mode = ssl.CERT_OPTIONAL if optional else ssl.CERT_REQUIRED
        context.load_verify_locations(wants.path)
    return context


class Served:
    """What a server saw."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.heard = bytearray()
        """Inside TLS."""
        self.shaken = 0
        """Handshakes completed."""
        self.plain = 0
        """Connections that ended before."""


@contextmanager
def tls_server(
    context: ssl.SSLContext, *, host: str = HOST, port: int = 0, answer: bytes = ANSWER
) -> Iterator[Served]:
    """Modbus in TLS, one client after the other, on blocking sockets: asyncio's drop the alert they owe."""

    def talk(client: ssl.SSLSocket) -> None:
        while request := client.recv(300):
            served.heard += request
            client.sendall(request[:4] + (len(answer) + 1).to_bytes(2, "big") + request[6:7] + answer)

    def serve() -> None:
        with suppress(OSError):  # the listener's end
            while True:
                client, _ = listener.accept()
                client.settimeout(10)
                shaken = served.shaken
                with client, suppress(OSError), context.wrap_socket(client, server_side=True) as secured:
                    served.shaken += 1
                    talk(secured)
                served.plain += served.shaken == shaken

    with socket.create_server((host, port)) as listener:
        served = Served(listener.getsockname()[1])
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield served
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


async def opened(port: int, host: str = HOST) -> Connection:
    """A plain connection."""
    connection, outcome = await connect(Target(host, port), 2.0)
    assert connection is not None, outcome
    return connection


async def greeted(port: int) -> tls.TlsAnswer:
    """What comes back for a greeting."""
    connection = await opened(port)
    answer = await tls.ask(connection, 10.0)
    await connection.close()
    return answer


async def inside_tls(port: int, ours: Tls | None = None, **more: Any) -> SecureConnection:
    """A connection inside TLS."""
    answer = await greeted(port)
    secured, shaken = await secure(await opened(port), answer, ours or Tls(), **more)
    assert secured is not None, shaken
    return secured
