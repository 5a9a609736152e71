"""The entry: no argument or a case opens the window, a verb runs the same services on the command line."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path


def main() -> int:
    """Run the window or a verb; returns the exit status."""
    multiprocessing.freeze_support()
    try:
        return _run()
    except KeyboardInterrupt:
        sys.stderr.write("Cancelled. What was finished is kept.\n")
        return 3


def _run() -> int:
    arguments = sys.argv[1:]
    wants_case = len(arguments) == 1 and arguments[0].rstrip("/\\").endswith(".dnacase")
    if not arguments or wants_case:
        from app.bootstrap import run as open_window

        return open_window(Path(arguments[0]) if wants_case else None)
    from app.cli import run as run_verb

    return run_verb(arguments)


if __name__ == "__main__":
    sys.exit(main())
