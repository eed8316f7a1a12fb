"""The door of the command `port502`: one line for every error, imports only as they are needed."""

from __future__ import annotations

import io
import os
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.stdout is None or sys.stderr is None:
        if sys.stderr is not None:
            print("port502: standard output is closed; give it somewhere to write", file=sys.stderr)
        os._exit(3)
    from tui.cli import run  # noqa: PLC0415 - start-up time is spent where it is needed

    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot carry a character gets a question mark, not an error.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter must not try to flush it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        print(f"port502: cannot write the output: {error.strerror or error}", file=sys.stderr)
        # What could not be written must not be tried again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 3
    except KeyboardInterrupt:
        # A check that is stopped could not tell, however early that was.
        code = 3 if sys.argv[1:2] == ["check"] else 130
    except Exception as error:
        if os.environ.get("PORT502_TRACEBACK"):
            raise
        print(
            f"port502: stopped by a fault of its own: {type(error).__name__}: {error!s:.200}; "
            "set PORT502_TRACEBACK=1 to see where, and please report it",
            file=sys.stderr,
        )
        code = 3
    sys.exit(code)


if __name__ == "__main__":
    main()
