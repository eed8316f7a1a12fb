"""How fast a capture file is read beside tshark: `python -m tests.bench.captures`, with tshark installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.table import Row, show
from tests.lab.ears import one_wire
from tests.unit import traffic
from tests.unit.traffic import START, Line, Packet
from tui.vantages.mirror import Mirror

PACKETS = 1_000_000
DEVICES, CLIENTS = 20, 4
RATE, MIRROR_S = 20_000, 5  # packets a second, for so long
READ_EVERY_S = 0.1
_FIELDS = (
    "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.analysis.retransmission",
    "mbtcp.trans_id", "mbtcp.unit_id", "modbus.func_code", "modbus.exception_code",
)  # fmt: skip
_OURS = """
import sys
from pathlib import Path
from tui.flows.summary import summary_of_file
summary_of_file(sys.argv[1], [502])
print(next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line))
"""


def write(path: Path, packets: int) -> None:
    """Polling of 20 devices by 4 clients each, every 100 ms."""
    passed: list[Packet] = []
    lines = []
    for device in range(DEVICES):
        for client in range(CLIENTS):
            line = Line(
                passed,
                client=f"10.0.1.{client + 1}",
                client_port=40_000 + device,
                device=f"10.0.0.{device + 1}",
                at=START + device * 1e-3 + client * 3e-4,
            )
            line.open()
            lines.append(line)
    while len(passed) < packets:
        for line in lines:
            line.wait(0.09)
            line.poll()
    passed.sort(key=lambda packet: packet.at)
    path.write_bytes(traffic.pcap(passed[:packets]))


def _run(words: Sequence[str], into: Path) -> float:
    """Wall time of one run, start of the program included; what it prints goes *into* a file."""
    begin = time.perf_counter()
    with into.open("wb") as printed:
        subprocess.run(words, check=True, stdout=printed, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begin


def run() -> list[Row]:
    """Time our summary and what tshark needs for the same file, each as a program of its own."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "traffic.pcap")
        write(path, PACKETS)
        printed = Path(directory, "printed")
        ours = min(_run([sys.executable, "-c", _OURS, str(path)], printed) for _ in range(3))
        rate = PACKETS / ours / 1e3
        memory = int(printed.read_text()) / 1024
        rows = [Row(f"{PACKETS} packets", f"{ours:.1f} s, {memory:.0f} MB", f"{rate:.0f} k/s", None, "")]
        if shutil.which("tshark"):
            fields = [word for field in _FIELDS for word in ("-e", field)]
            for name, words, target in (
                ("tshark, the same fields", ["-T", "fields", *fields], ">= 3x"),
                ("tshark -z conv,tcp -q", ["-z", "conv,tcp", "-q"], ""),
            ):
                taken = _run(["tshark", "-r", str(path), *words], printed)
                rows.append(Row("read", f"{ours:.1f} s", f"{name} {taken:.1f} s", taken / ours, target))
        return rows + (_hear() if os.geteuid() == 0 else [])


def _hear() -> list[Row]:
    """The mirror vantage at `RATE` packets a second: how much of a core it takes, and what it loses."""
    packets: list[Packet] = []
    line = Line(packets)
    line.open()
    while len(packets) < RATE * MIRROR_S:
        line.poll()
    with one_wire() as (one, other), Mirror("eth0", [502]) as mirror:
        one.do(mirror.pump)
        sending = other.threads.submit(_throw, [packet.data for packet in packets])
        spent, begin = -time.thread_time(), time.perf_counter()
        while not sending.done():
            mirror.pump()
            time.sleep(READ_EVERY_S)
        mirror.pump()
        spent += time.thread_time()
        taken = time.perf_counter() - begin
        (found,) = mirror.traffic(time.time())
        what = f"mirror, {len(packets) / taken / 1e3:.1f} k packets/s for {taken:.1f} s"
        told = f"{found.requests} requests, {mirror.lost} frames lost"
    return [Row(what, f"{spent / taken:.0%} of a core", told, None, "< 50%")]


def _throw(frames: list[bytes]) -> None:
    """Send *frames* at `RATE`."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind(("eth0", 0))
        begin = time.perf_counter()
        for number, frame in enumerate(frames):
            if number % 200 == 0:
                time.sleep(max(0.0, number / RATE - (time.perf_counter() - begin)))
            sock.send(frame)


if __name__ == "__main__":
    show(run())
