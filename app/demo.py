"""Opens the window on a case from the command line, where there is a display."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_MAIN = Path(__file__).resolve().parent.parent / "main.py"


def has_display() -> bool:
    """Whether a window can be shown here."""
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True


def show_window(case: Path) -> None:
    """Open the case in the program's window and wait until it is closed; without a display do nothing."""
    if has_display():
        subprocess.run([sys.executable, str(_MAIN), str(case)], check=False)
