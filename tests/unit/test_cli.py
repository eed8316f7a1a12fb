"""The command line as it is typed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.servers import closed_port, unanswered_syn
from tests.waiting import eventually

HOST = "127.51.3.1"


def _port502(*arguments: str, home: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        capture_output=True,
        text=True,
        check=False,
        input=stdin,
        timeout=40,
        env=_environment(home),
    )


def _environment(home: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "TEXTUAL"))}
    return {**kept, "HOME": str(home)}


@contextmanager
def _full_device() -> Iterator[int]:
    """A listening socket that holds one session of this process."""
    with socket.socket() as listener, socket.socket() as client:
        listener.bind((HOST, 0))
        listener.listen()
        port = listener.getsockname()[1]
        client.connect((HOST, port))
        yield port


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["scan", "no-such-host.invalid"], "'no-such-host.invalid' does not resolve"),
        (["scan", "300.1.1.0/24"], "'300.1.1.0/24' is not an address"),
        (["scan", "10.0.0.0/33"], "'10.0.0.0/33' is not an address"),
        (["scan"], "no address to scan"),
        (["scan", "127.0.0.1", "--exclude", "127.0.0.1"], "no address to scan"),
        (["scan", "10.0.0.0/19"], "8,190 hosts, at least 8,190 connections, about 3 minutes"),
        (["scan", "10.0.0.0/8", "--yes"], "at most 65,536"),
        (["scan", "127.0.0.1", "--port", "0"], "--port '0'"),
        (["scan", "127.0.0.1", "--unit", "256"], "a unit id is 0 to 255"),
        (["scan", "127.0.0.1", "--pace", "brisk"], "--pace"),
        (["scan", "127.0.0.1", "--config", "/nonexistent.toml"], "/nonexistent.toml: No such file"),
        (["watch", "--headless", "10.0.0.0/19"], "8,190 hosts"),
        (["watch", "127.0.0.1"], "terminal"),
        (["replay", "/nonexistent.jsonl"], "/nonexistent.jsonl: No such file"),
        (["replay", "/dev/null"], "empty"),
        (["replay", "--headless", __file__], "not a port502 recording"),
        (["report", "10.0.0.1"], "'report' is not a command of this release"),
        (["scan", "evil\x1b[31m.invalid"], "evil\\\\x1b[31m.invalid"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_bad_input_is_one_line_on_stderr_and_exit_3(arguments: list[str], words: str, tmp_path: Path) -> None:
    """What is wrong, where, and how to mend it; no traceback, nothing on stdout."""
    result = _port502(*arguments, home=tmp_path)
    assert result.returncode == 3
    assert words in result.stderr
    assert result.stderr.startswith("port502: ")
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_a_bad_key_in_the_configuration_names_its_line(tmp_path: Path) -> None:
    """The configuration file's mistake is found by file and line."""
    path = tmp_path / "c.toml"
    path.write_text('pace = "normal"\nintervall = 5\n')
    result = _port502("scan", HOST, "--config", str(path), home=tmp_path)
    assert result.returncode == 3
    assert "c.toml line 2: unknown key 'intervall'; did you mean 'interval'?" in result.stderr


def test_scan_json_is_one_object_a_line(tmp_path: Path) -> None:
    """The contract's fields are there, whatever the outcome."""
    with unanswered_syn(HOST) as silent:
        result = _port502("scan", HOST, "--port", f"{silent},{closed_port(HOST)}", "--json", home=tmp_path)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert {line["state"] for line in found} == {"timeout", "refused"}
    for line in found:
        assert {"address", "port", "state", "ms", "from", "detail", "device"} <= set(line)
    assert result.returncode == 2, "a host that was named and is not reached is a fault"


def test_a_named_host_that_refuses_is_a_fault(tmp_path: Path) -> None:
    """A check that asks for one device is not fine when nothing listens there."""
    assert _port502("scan", HOST, "--port", str(closed_port(HOST)), home=tmp_path).returncode == 2


def test_output_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """A full disk under the output is said, not thrown."""
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "tui", "scan", HOST, "--port", str(closed_port(HOST)), "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=_environment(tmp_path),
        )
    assert (result.returncode, result.stderr) == (
        3,
        "port502: cannot write the output: No space left on device\n",
    )


def test_scan_leaves_out_silent_strangers_and_counts_them(tmp_path: Path) -> None:
    """A table for people shows who spoke, and how many did not."""
    with unanswered_syn("127.51.3.9") as port:
        result = _port502("scan", "127.51.3.8/30", "--port", str(port), home=tmp_path)
    assert "127.51.3.9:" not in result.stdout
    assert "1 refused, 1 timeout in " in result.stdout


def test_sessions_json_counts_by_device(tmp_path: Path) -> None:
    """Who holds what, with count, limit and its source; a device at its limit is a warning."""
    with _full_device() as port:
        config = tmp_path / "c.toml"
        config.write_text(f'[[device]]\naddress = "{HOST}"\nport = {port}\nlimit = 1\n')
        result = _port502("sessions", "--json", "--config", str(config), home=tmp_path)
        plain = _port502("sessions", "--config", str(config), home=tmp_path)
    document = json.loads(result.stdout)
    (device,) = [found for found in document["devices"] if found["port"] == port]
    assert (device["count"], device["limit"], device["limit_source"]) == (1, 1, "configuration")
    (session,) = device["sessions"]
    assert {
        "client", "pid", "process", "netns", "state", "age_s", "idle_s", "rtt_ms", "retransmits",
        "send_queue", "vantage",
    } <= set(session)  # fmt: skip
    assert session["pid"] == os.getpid()
    assert (result.returncode, "1/1 full  exact: kernel" in plain.stdout) == (1, True)


def test_doctor_says_what_is_seen_and_what_is_missing(tmp_path: Path) -> None:
    """Every check has a name and, where it fails, a reason."""
    result = _port502("doctor", "--json", home=tmp_path)
    checks = json.loads(result.stdout)["checks"]
    assert {"sessions: kernel", "sessions: psutil", "ICMP senders", "journal"} <= {c["name"] for c in checks}
    assert all(check["works"] or check["missing"] for check in checks)
    assert result.returncode == (0 if all(check["works"] for check in checks) else 1)


@pytest.mark.parametrize(
    "command", ["", "watch", "scan", "sessions", "demo", "replay", "doctor", "units", "read", "profiles"]
)
def test_every_command_has_help(command: str, tmp_path: Path) -> None:
    """`--help` says what the command does and what its exit codes mean."""
    result = _port502(*filter(None, [command]), "--help", home=tmp_path)
    assert result.returncode == 0
    assert "exit codes" in result.stdout


def test_headless_watch_records_what_replay_plays(tmp_path: Path) -> None:
    """The same engine without a screen tells findings, ends on SIGTERM, and leaves a recording that plays."""
    port = closed_port(HOST)
    journal = tmp_path / "journal"
    arguments = ["watch", HOST, "--port", str(port), "--headless", "--journal", str(journal)]
    with subprocess.Popen(
        [sys.executable, "-m", "tui", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=_environment(tmp_path),
    ) as watch:
        assert watch.stdout is not None
        assert "not-listening" in watch.stdout.readline()
        begin = time.monotonic()
        watch.send_signal(signal.SIGTERM)
        assert watch.wait(10) == 2, "a finding is open"
        assert time.monotonic() - begin < 3.0
    (recording,) = journal.glob("*.jsonl")
    result = _port502("replay", str(recording), "--headless", home=tmp_path)
    assert "not-listening" in result.stdout
    assert "all readable" in result.stdout
    assert result.returncode == 2


def test_output_into_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    """`port502 scan … | head` ends quietly."""
    with subprocess.Popen(
        [sys.executable, "-m", "tui", "scan", "127.51.3.0/26", "--port", str(closed_port(HOST)), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(tmp_path),
    ) as scan:
        assert scan.stdout is not None
        assert scan.stderr is not None
        scan.stdout.readline()
        scan.stdout.close()
        assert "Traceback" not in scan.stderr.read()


def test_the_demo_runs_headless_and_leaves_nothing(tmp_path: Path) -> None:
    """The plant starts, findings appear, and after SIGTERM no process and no file is left."""
    with subprocess.Popen(
        [sys.executable, "-m", "tui", "demo", "--headless"],
        stdout=subprocess.PIPE,
        text=True,
        env={**_environment(tmp_path), "TMPDIR": str(tmp_path / "tmp")},
        cwd=tmp_path,
        start_new_session=True,
    ) as demo:
        (tmp_path / "tmp").mkdir(exist_ok=True)
        assert demo.stdout is not None
        missing = {"slots-full", "gateway-target", "client-leak"}
        for line in demo.stdout:
            missing -= set(line.split())
            if not missing:
                break
        parts = psutil.Process(demo.pid).children(recursive=True)
        demo.send_signal(signal.SIGTERM)
        demo.wait(15)
    assert not missing
    assert list((tmp_path / "tmp").iterdir()) == []
    assert parts
    eventually(lambda: not any(part.is_running() for part in parts), "the plant's end")
