"""The command line: what can be typed, and which module answers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, NoReturn

from tui import __version__, limits
from tui.cli.failure import BAD_USAGE, Failure

_COMMANDS: Final = {
    "watch": "the monitor (what port502 alone opens)",
    "check": "why one device cannot be reached: the verdict, and what it rests on",
    "scan": "one sweep, printed",
    "sessions": "who holds connections to which device, once",
    "slots": "how many connections a device takes, measured; may cut off others that use it",
    "units": "which unit ids of one address answer: one device, a gateway, or one that ignores them",
    "read": "registers or bits of one device, read once, decoded; this program cannot write",
    "demo": "the monitor on a small built-in plant; nothing to configure",
    "replay": "a recording, or a capture file, in the monitor",
    "profiles": "the products that are known: limit, unit ids, ports, registers, and where that is written",
    "keys": "every key of the monitor: where it counts, what it does, and how to have another",
    "doctor": "what this host and user can see, what is missing, how to get it",
}
_LATER: Final = frozenset({"report"})
"""Names kept for commands to come: never taken for hosts."""
_EXITS: Final = "exit codes: 0 fine, 1 works with a warning, 2 a fault found, 3 could not tell or bad usage"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Failure(f"{message} (see {self.prog} --help)")


def run(argv: Sequence[str]) -> int:
    """Do what *argv* says; the exit code. Errors are one line on stderr and code 3."""
    try:
        arguments = _parser().parse_args(_with_command(list(argv)))
        command = import_module(f"tui.cli.{arguments.command}")
        return int(command.run(arguments))
    except Failure as failure:
        sys.stdout.flush()
        print(f"port502: {failure}", file=sys.stderr)
        return BAD_USAGE


def _with_command(argv: list[str]) -> list[str]:
    """`port502 10.0.0.0/24` means watch."""
    if argv and argv[0] in _LATER:
        raise Failure(f"{argv[0]!r} is not a command of this release (see port502 --help)")
    if argv and (argv[0] in _COMMANDS or argv[0] in {"-h", "--help", "--version"}):
        return argv
    return ["watch", *argv]


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="port502",
        description="Why a Modbus TCP device cannot be reached, and who holds its connections.",
        epilog=_EXITS,
    )
    parser.add_argument("--version", action="version", version=f"port502 {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    made = {
        name: commands.add_parser(name, help=words, description=f"port502 {name}: {words}.", epilog=_EXITS)
        for name, words in _COMMANDS.items()
    }
    _watch(made["watch"])
    _check(made["check"])
    _scan(made["scan"])
    _sessions(made["sessions"])
    _slots(made["slots"])
    _units(made["units"])
    _read(made["read"])
    _demo(made["demo"])
    _replay(made["replay"])
    _profiles(made["profiles"])
    _keys(made["keys"])
    _json(made["doctor"])
    return parser


def _targets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "networks", nargs="*", metavar="NET", help="10.0.0.0/24, 10.0.0.5-20, 10.0.0.5, ::1 or a name"
    )
    _config(parser)
    parser.add_argument("--include", action="append", metavar="NET", help="ask these too")
    parser.add_argument("--exclude", action="append", metavar="NET", help="never ask these")
    parser.add_argument(
        "--pace", choices=tuple(limits.PACE), help="new connections a second: 2, 50 (default) or 1000"
    )
    parser.add_argument("--unit", type=int, metavar="N", help="unit id to ask (default 1)")
    parser.add_argument("--yes", action="store_true", help="sweep more than a /20 without asking first")


def _config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="configuration file (TOML)")
    parser.add_argument("--port", metavar="P[,P]", help="TCP ports (default 502)")


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def _screen(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--theme", metavar="NAME", help="theme of the screen")
    parser.add_argument(
        "--link",
        choices=("slow", "normal"),
        help="what lies between here and your eyes: slow sends half as often (default: slow over SSH)",
    )


def _watch(parser: argparse.ArgumentParser) -> None:
    _targets(parser)
    parser.add_argument(
        "--mirror",
        action="append",
        metavar="IFACE",
        help="also watch the sessions of others on an interface that carries them (SPAN port, bridge)",
    )
    parser.add_argument("--interval", type=float, metavar="S", help="seconds between sweeps (default 60)")
    _screen(parser)
    parser.add_argument("--bell", action="store_true", help="ring the terminal's bell at each new finding")
    parser.add_argument("--journal", metavar="DIR", help="record here instead of the usual place")
    parser.add_argument("--no-journal", action="store_true", help="record nothing")
    parser.add_argument("--headless", action="store_true", help="the same engine without a screen")


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="HOST[:PORT]", help="address or name; port 502 if none is given")
    _config(parser)
    parser.add_argument("--unit", type=int, metavar="N", help="unit id to ask (default 1)")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="every cause: what supports it, what rules it out"
    )
    _json(parser)


def _scan(parser: argparse.ArgumentParser) -> None:
    _targets(parser)
    parser.add_argument("--all", action="store_true", help="print silent and unreachable addresses too")
    parser.add_argument(
        "--identify", action="store_true", help="ask devices what they are, on the same connection"
    )
    parser.add_argument(
        "--units",
        metavar="A-B",
        help="and which of these unit ids answer (1-247 is every device), one after the other",
    )
    _json(parser)


def _sessions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="a capture file (pcap, pcapng, gz)")
    _config(parser)
    _json(parser)


def _slots(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="HOST[:PORT]", help="address or name; port 502 if none is given")
    _config(parser)
    parser.add_argument("--unit", type=int, metavar="N", help="unit id to ask (default 1)")
    parser.add_argument(
        "--most",
        type=int,
        default=16,
        metavar="N",
        help="connections opened at the most (default 16, up to 64)",
    )
    parser.add_argument(
        "--yes-this-may-evict-others", action="store_true", help="agree to what this may cost others"
    )
    _json(parser)


def _units(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="HOST[:PORT]", help="address or name; port 502 if none is given")
    _config(parser)
    parser.add_argument("--unit", type=int, metavar="N", help="unit id to ask first (default 1)")
    parser.add_argument(
        "--range", metavar="A-B", help="ask all of these too, one after the other (1-247 is every device)"
    )
    parser.add_argument("--from", type=int, metavar="N", help="go on with the range at this unit id")
    parser.add_argument(
        "--pace-ms", type=int, metavar="N", help="milliseconds between two requests (default 100)"
    )
    parser.add_argument(
        "--even-so", action="store_true", help="also where the device has no connection to spare"
    )
    _json(parser)


def _read(parser: argparse.ArgumentParser) -> None:
    parser.usage = "port502 read HOST[:PORT] [--unit N] TABLE ADDRESS COUNT [--type T] [--order O] [--json]"
    parser.usage += "\n       port502 read HOST[:PORT] [--unit N] --profile ID [--json]"
    parser.add_argument("target", metavar="HOST[:PORT]", help="address or name; port 502 if none is given")
    for name, words in (
        ("table", "coils, discrete, holding or input"),
        ("address", "the first one, counted from 0; 0x10 is 16"),
        ("count", "how many registers or bits, up to 2000"),
    ):
        # Not needed with --profile; `nargs` could say so, but takes no words after an option.
        parser.add_argument(name, metavar=name.upper(), help=words).required = False
    parser.add_argument("--profile", metavar="ID", help="read the registers that a profile names instead")
    _config(parser)
    parser.add_argument("--unit", type=int, metavar="N", help="unit id to ask (default 1)")
    parser.add_argument(
        "--type",
        metavar="T",
        help="u16 (default), i16, u32, i32, u64, i64, f32, f64, bcd16, bcd32, bits, str:N or raw:N "
        "(N registers)",
    )
    parser.add_argument(
        "--order",
        default="big",
        metavar="O",
        help="big (default): high register first; little: low register first; big-swapped, little-swapped: "
        "the two bytes of each register swapped too",
    )
    parser.add_argument("--sunspec", action="store_true", help='tell SunSpec\'s marks for "not implemented"')
    parser.add_argument(
        "--even-so", action="store_true", help="also where the device has no connection to spare"
    )
    _json(parser)


def _demo(parser: argparse.ArgumentParser) -> None:
    _screen(parser)
    parser.add_argument("--headless", action="store_true", help="the same engine without a screen")


def _replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="FILE", help="a recording (JSON Lines), or a capture file (pcap, pcapng, gz)"
    )
    _config(parser)
    parser.add_argument(
        "--speed", type=float, default=1.0, metavar="X", help="times real time; 0 is as fast as can be"
    )
    _screen(parser)
    parser.add_argument("--headless", action="store_true", help="play without a screen and print a summary")


def _profiles(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "search",
        nargs="*",
        metavar="SEARCH",
        help="words in the id, maker, model or kind; an id shows that product with every fact and its source",
    )
    _json(parser)


def _keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="configuration file (TOML)")
    _json(parser)
