"""The door of the command `port502`: one line for every error, imports only as they are needed."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from tui.cli import run  # noqa: PLC0415 - start-up time is spent where it is needed

    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter must not try to flush it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except KeyboardInterrupt:
        code = 130
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
