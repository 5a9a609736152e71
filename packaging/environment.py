"""The virtual environment in the checkout: made, filled from pyproject.toml, repaired when it was left half done."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
INSTALLED = FOLDER / "installed.txt"  # digests of the requirement lists that are completely installed
UNFINISHED = FOLDER / "unfinished"  # there while the environment is being changed, so that a cut is noticed
# The system's temporary folder is often a small memory disk, and the wheels are gigabytes.
DOWNLOADS = FOLDER / "downloads"
NEEDED_GB = 11 if sys.platform == "linux" else 4  # at the highest point, with the downloads; Linux brings CUDA
CACHED_GB = 15  # with less, pip keeps no copy of the downloads for the next time
FOREIGN = ("PYTHONHOME", "PYTHONPATH", "PYTHONSAFEPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "__PYVENV_LAUNCHER__")
NO_SPACE = ("No space left on device", "Errno 28", "not enough space on the disk", "Disk quota exceeded")
NO_NETWORK = (
    "name resolution",
    "NewConnectionError",
    "Max retries exceeded",
    "getaddrinfo failed",
    "Network is unreachable",
    "Connection reset",
    "timed out",
    "ProxyError",
    "SSLError",
)
_DOWNLOAD = re.compile(r"\s*Downloading ([\w.]+-[\w.]+)-\S*\.whl \((\d{2,}[\d.]* MB|[\d.]+ GB)\)")


class SetupFailed(Exception):
    """The set-up cannot go on; the text is a sentence that says why and what to do."""


def prepare(*, test: bool) -> str:
    """Make the environment complete, unless it is already, and return the path of its Python.

    Args:
        test: whether the requirements of the tests are wanted as well.

    Raises:
        SetupFailed: with a sentence, when that is not possible here.
    """
    import system_libraries

    system_libraries.provide()
    try:
        with _alone():
            return _prepared(test=test)
    except OSError as error:
        raise SetupFailed(f"{FOLDER} could not be set up: {error.strerror or error}. {_way_out(error)}") from error


def child_environment() -> dict[str, str]:
    """The environment variables for programs in `.venv`, without those that would lead them out of it."""
    return {name: value for name, value in os.environ.items() if name not in FOREIGN}


def _prepared(*, test: bool) -> str:
    wanted = _requirements(test=test)
    version = _working_version()
    if version is None:
        version = _made_anew()
    if _digest(version, wanted) not in _installed():
        _install(wanted)
        lists = (_requirements(test=False), wanted)
        INSTALLED.write_text("\n".join(_digest(version, each) for each in lists), encoding="utf-8")
    return str(_python())


def _requirements(*, test: bool) -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["dependencies"] + (project["optional-dependencies"]["test"] if test else [])


def _digest(version: str, requirements: list[str]) -> str:
    return hashlib.sha256(json.dumps([version, platform.machine(), sorted(requirements)]).encode()).hexdigest()


def _installed() -> list[str]:
    return INSTALLED.read_text(encoding="utf-8").split() if INSTALLED.is_file() else []


def _python() -> Path:
    return FOLDER / "Scripts" / "python.exe" if os.name == "nt" else FOLDER / "bin" / "python"


def _working_version() -> str | None:
    """Version of the environment's Python ("3.11"), or None when it is missing, broken or was left unfinished."""
    if UNFINISHED.exists() or not _python().exists():
        return None
    question = "import pip, sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [_python(), "-c", question], env=child_environment(), capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def _made_anew() -> str:
    if FOLDER.exists():
        _remove_ours()
    print(f"Making the virtual environment {FOLDER}", flush=True)
    FOLDER.mkdir()
    UNFINISHED.touch()
    # From inside another environment the base interpreter is taken: that environment may be the one just removed.
    base = getattr(sys, "_base_executable", None) or sys.executable
    made = subprocess.run(
        [base, "-m", "venv", str(FOLDER)], env=child_environment(), capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise SetupFailed(f"{made.stdout}{made.stderr}\nPython could not make the virtual environment {FOLDER}.")
    UNFINISHED.unlink()
    version = _working_version()
    if version is None:
        raise SetupFailed(f"The Python in the new virtual environment {FOLDER} does not start. Is {base} complete?")
    return version


def _remove_ours() -> None:
    if any(FOLDER.iterdir()) and not UNFINISHED.exists() and not (FOLDER / "pyvenv.cfg").exists():
        raise SetupFailed(f"{FOLDER} is there, but it is no virtual environment. Move it away and try again.")
    print("The virtual environment was left unfinished or is broken; it is made anew.", flush=True)
    UNFINISHED.touch()  # a cut while removing is noticed as well
    shutil.rmtree(FOLDER)


def _install(requirements: list[str]) -> None:
    options = _options_for_space()
    print("Installing what pyproject.toml lists; the first time takes some minutes.", flush=True)
    started = time.monotonic()
    shutil.rmtree(DOWNLOADS, ignore_errors=True)
    DOWNLOADS.mkdir()
    variables = child_environment() | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(DOWNLOADS))
    with subprocess.Popen(
        [_python(), "-m", "pip", "install", "--no-input", "--progress-bar", "off", *options, *requirements],
        env=variables | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONIOENCODING": "utf-8"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as pip:
        said = list(_followed(pip.stdout))
    shutil.rmtree(DOWNLOADS, ignore_errors=True)
    if pip.returncode != 0:
        raise SetupFailed("".join(said[-20:]) + "\n" + _reason("".join(said)))
    UNFINISHED.unlink(missing_ok=True)
    print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)


def _followed(lines: IO[str] | None) -> Iterator[str]:
    """Pass on what pip says that matters, show the large steps, and mark when a cut begins to do harm."""
    for line in lines or ():
        download = _DOWNLOAD.match(line)
        if download:
            print(f"  downloading {download[1]} ({download[2]})", flush=True)
        if line.startswith("Installing collected packages"):
            UNFINISHED.touch()
            print("  unpacking", flush=True)
        if not line.startswith("Requirement already satisfied"):
            yield line


def _options_for_space() -> list[str]:
    free = shutil.disk_usage(FOLDER).free / 1e9
    filled = any(FOLDER.glob("lib/python*/site-packages/torch")) or (FOLDER / "Lib/site-packages/torch").exists()
    if free < NEEDED_GB and not filled:
        raise SetupFailed(
            f"Only {free:.1f} GB are free at {FOLDER}, and the installation needs about {NEEDED_GB} GB while it runs. "
            "Free some space, or move the checkout to a larger disk, and try again."
        )
    return [] if free > CACHED_GB else ["--no-cache-dir"]


def _reason(said: str) -> str:
    if any(sign in said for sign in NO_SPACE):
        return f"The disk of {FOLDER} is full. Free some space and run the same command again."
    if any(sign in said for sign in NO_NETWORK):
        return "The packages could not be downloaded. Check the network connection and run the same command again."
    if "No matching distribution found" in said:
        return (
            f"A package has no build for Python {platform.python_version()} on this machine ({platform.machine()}), "
            "see above. Python 3.11 on 64-bit Linux, Windows or macOS is known to work."
        )
    return "pip could not install the packages; its last lines are above."


def _way_out(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "Give yourself the right to write there, or copy the checkout to a folder of yours."
    return "Put that right and run the same command again."


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other set-up of this checkout runs: one may remove what the other fills."""
    user = os.getuid() if hasattr(os, "getuid") else "user"
    name = f"dna-det-setup-{user}-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]}.lock"
    with (Path(tempfile.gettempdir()) / name).open("a+") as handle:
        told = False
        while not _locked(handle):
            if not told:
                print("Another set-up of this checkout is running; waiting for it.", flush=True)
            told = True
            time.sleep(1)
        yield


def _locked(handle: IO[str]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
