"""What Linux itself must bring: the libraries Qt loads, a font, and the part of Python that makes environments."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from environment import SetupFailed

FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
APT_INSTALL = ("apt-get", "install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120")


@dataclass(frozen=True, slots=True)
class Library:
    """A shared library that Qt's wheels expect of the system, and the Debian package that brings it.

    Attributes:
        essential: without it Qt cannot be imported at all; the others are needed to open a window.
    """

    soname: str
    package: str
    essential: bool = False

    def present(self) -> bool:
        """Whether the dynamic linker finds it."""
        try:
            ctypes.CDLL(self.soname)
        except OSError:
            return False
        return True


# The NEEDED entries, outside the wheel itself, of QtCore, QtGui and QtWidgets (essential), and of the platform plug-ins
# xcb (with its GLX and EGL integrations) and wayland (with its shell and EGL integrations) of PySide6 6.11.3.
LIBRARIES = (
    Library("libGL.so.1", "libgl1", essential=True),
    Library("libEGL.so.1", "libegl1", essential=True),
    Library("libglib-2.0.so.0", "libglib2.0-0", essential=True),
    Library("libgthread-2.0.so.0", "libglib2.0-0", essential=True),
    Library("libfontconfig.so.1", "libfontconfig1", essential=True),
    Library("libfreetype.so.6", "libfreetype6", essential=True),
    Library("libX11.so.6", "libx11-6", essential=True),
    Library("libxkbcommon.so.0", "libxkbcommon0", essential=True),
    Library("libdbus-1.so.3", "libdbus-1-3", essential=True),
    Library("libzstd.so.1", "libzstd1", essential=True),
    Library("libz.so.1", "zlib1g", essential=True),
    Library("libX11-xcb.so.1", "libx11-xcb1"),
    Library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    Library("libxcb.so.1", "libxcb1"),
    Library("libxcb-cursor.so.0", "libxcb-cursor0"),
    Library("libxcb-glx.so.0", "libxcb-glx0"),
    Library("libxcb-icccm.so.4", "libxcb-icccm4"),
    Library("libxcb-image.so.0", "libxcb-image0"),
    Library("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    Library("libxcb-randr.so.0", "libxcb-randr0"),
    Library("libxcb-render.so.0", "libxcb-render0"),
    Library("libxcb-render-util.so.0", "libxcb-render-util0"),
    Library("libxcb-shape.so.0", "libxcb-shape0"),
    Library("libxcb-shm.so.0", "libxcb-shm0"),
    Library("libxcb-sync.so.1", "libxcb-sync1"),
    Library("libxcb-util.so.1", "libxcb-util1"),
    Library("libxcb-xfixes.so.0", "libxcb-xfixes0"),
    Library("libxcb-xkb.so.1", "libxcb-xkb1"),
    Library("libwayland-client.so.0", "libwayland-client0"),
    Library("libwayland-cursor.so.0", "libwayland-cursor0"),
    Library("libwayland-egl.so.1", "libwayland-egl1"),
)


def provide() -> None:
    """Install what is missing when this is Debian and we may; otherwise say what is missing and how to get it.

    Raises:
        SetupFailed: when Python cannot make virtual environments here; without that nothing can go on.
    """
    if sys.platform != "linux":
        return
    packages = _missing_packages()
    if packages and shutil.which("apt-get") and os.geteuid() == 0:
        _install(packages)
    if not _makes_environments():
        raise SetupFailed(f"This Python cannot make virtual environments.\n{advice(_missing_packages())}".rstrip())
    if any(not library.present() for library in LIBRARIES if library.essential):
        print(advice(), end="", flush=True)


def require_qt() -> None:
    """Raise `SetupFailed` with the way out when a library is missing without which Qt cannot be imported."""
    if sys.platform != "linux":
        return
    missing = [library.soname for library in LIBRARIES if library.essential and not library.present()]
    if missing:
        raise SetupFailed(f"Qt cannot be imported, because of missing libraries: {', '.join(missing)}.\n{advice()}")


def advice(packages: list[str] | None = None) -> str:
    """The exact command that installs what is missing, as text with a line end; empty when nothing is missing."""
    packages = _missing_packages() if packages is None else packages
    if sys.platform != "linux" or not packages:
        return ""
    if shutil.which("apt-get"):
        return f"Install what is missing with:\n    sudo apt-get install --no-install-recommends {' '.join(packages)}\n"
    sonames = [library.soname for library in LIBRARIES if not library.present()]
    return f"Install the packages of your system that bring: {', '.join(sonames) or ', '.join(packages)}\n"


def _missing_packages() -> list[str]:
    packages = [library.package for library in LIBRARIES if not library.present()]
    if not _makes_environments():
        packages.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    if not any(_fonts(Path(folder).expanduser()) for folder in FONT_FOLDERS):
        packages.append("fonts-dejavu-core")
    return list(dict.fromkeys(packages))


def _makes_environments() -> bool:
    importlib.invalidate_caches()  # it may have been installed since this process looked last
    return all(importlib.util.find_spec(module) for module in ("venv", "ensurepip"))


def _fonts(folder: Path) -> bool:
    return any(next(folder.glob(f"**/*.{suffix}"), None) for suffix in ("ttf", "otf", "ttc"))


def _install(packages: list[str]) -> None:
    print(f"Installing system packages: {' '.join(packages)}", flush=True)
    variables = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    for command in (["apt-get", "update"], [*APT_INSTALL, *packages]):
        run = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        print((run.stdout + run.stderr)[-1500:], file=sys.stderr, flush=True)
        print("apt-get could not install the system packages; going on without them.", file=sys.stderr, flush=True)
