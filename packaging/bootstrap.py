"""Sets DNA-Det Workbench up on a fresh machine and runs it; needs nothing but Python 3.11 or newer.

    python3 packaging/bootstrap.py demo     set up, then open the sample case (without a display: run it headless)
    python3 packaging/bootstrap.py test     set up, then run every check and test
    python3 packaging/bootstrap.py setup    set up only

Further arguments go to `main.py demo` or to pytest.
"""
# Keep this file readable for every Python 3: an older one reads it to find a newer one.

import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

OLDEST = (3, 11)
NEWER = ("python3.11", "python3.12", "python3.13", "python3.14")
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
SIDE_BY_SIDE = ("-n", str(max(1, min(4, os.cpu_count() or 1))), "--dist", "loadfile")  # tests of a file stay together
CHECKS = (
    ("ruff check", ("-m", "ruff", "check")),
    ("ruff format --check", ("-m", "ruff", "format", "--check")),
    ("lint-imports", ("-c", LINT_IMPORTS, "--no-logo")),
    ("mypy", ("-m", "mypy")),
)
OPEN_DISPLAY = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"


def main() -> int:
    """Run the command line; returns the exit code."""
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command not in COMMANDS:
        print(__doc__.strip())
        return 0 if command in ("-h", "--help") else 2
    if sys.version_info < OLDEST:
        return _run_with_newer()
    sys.path.insert(0, str(HERE))
    from environment import SetupFailed

    try:
        return COMMANDS[command](sys.argv[2:])
    except SetupFailed as problem:
        print(problem, file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("Interrupted. Run the same command again to go on.", file=sys.stderr)
        return 130


def demo(arguments: list) -> int:
    """Set up, then run `main.py demo`: in a window when there is a display, else headless."""
    from environment import child_environment, prepare

    python = prepare(test=False)
    variables = child_environment()
    if not _window_opens(python, variables):
        variables = _without_display(variables)
    return subprocess.call([python, str(ROOT / "main.py"), "demo", *arguments], env=variables)


def test(arguments: list) -> int:
    """Set up, then run the static checks and, when they pass, the tests."""
    from environment import child_environment, prepare
    from system_libraries import require_qt

    python = prepare(test=True)
    require_qt()
    variables = _without_display(child_environment())
    passed = [_check(name, [python, *check], variables) for name, check in CHECKS]
    if not all(passed):
        print("The tests were not started, because of the failed checks above.", file=sys.stderr)
        return 1
    return subprocess.call([python, "-m", "pytest", *SIDE_BY_SIDE, *arguments], cwd=str(ROOT), env=variables)


def setup(_: list) -> int:
    """Set up the program with everything its tests need."""
    from environment import prepare

    print(f"Ready: {prepare(test=True)}")
    return 0


COMMANDS = {"demo": demo, "test": test, "setup": setup}


def _check(name: str, command: list, variables: dict) -> bool:
    started = time.monotonic()
    run = subprocess.run(
        command, cwd=str(ROOT), env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    seconds = time.monotonic() - started
    print(f"{'ok' if run.returncode == 0 else 'FAILED':6} {name:20} {seconds:5.1f} s", flush=True)
    if run.returncode != 0:
        print(run.stdout.decode("utf-8", "replace"), flush=True)
    return run.returncode == 0


def _without_display(variables: dict) -> dict:
    kept = {name: value for name, value in variables.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return {**kept, "QT_QPA_PLATFORM": "offscreen"}


def _window_opens(python: str, variables: dict) -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    if not (variables.get("DISPLAY") or variables.get("WAYLAND_DISPLAY")):
        print("There is no display, so the sample case is worked through without a window.", flush=True)
        return False
    # A display that is named may still be out of reach, and Qt ends the whole process then: ask in another one.
    attempt = subprocess.run([python, "-c", OPEN_DISPLAY], env=variables, capture_output=True, check=False)
    if attempt.returncode != 0:
        from system_libraries import advice

        print("No window can be opened on this display, so the sample case is worked through without one.", flush=True)
        print(advice(), end="", flush=True)
    return attempt.returncode == 0


def _run_with_newer() -> int:
    newer = next(filter(None, map(shutil.which, NEWER)), None)
    if newer is not None and os.path.realpath(newer) != os.path.realpath(sys.executable):
        return subprocess.call([newer, str(Path(__file__).resolve()), *sys.argv[1:]])
    print(
        f"DNA-Det Workbench needs Python 3.11 or newer; this is Python {platform.python_version()}. "
        "Install a newer Python and run this command with it.",
        file=sys.stderr,
    )
    return 3


if __name__ == "__main__":
    sys.exit(main())
