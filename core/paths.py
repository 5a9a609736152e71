"""Where the program keeps what belongs to the installation; a case keeps its own things inside its bundle."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

APPLICATION = "DNA-Det Workbench"
CASE_SUFFIX = ".dnacase"
HOME_VARIABLE = "DNADET_HOME"


def user_folder() -> Path:
    """Folder of this user's settings and installed detectors; the variable ``DNADET_HOME`` moves it."""
    moved = os.environ.get(HOME_VARIABLE)
    return Path(moved) if moved else Path(platformdirs.user_data_dir(APPLICATION, appauthor=False))


def settings_file() -> Path:
    """The analyst's settings as JSON."""
    return user_folder() / "settings.json"


def crash_folder() -> Path:
    """Reports of bugs, kept on this machine."""
    return user_folder() / "crashes"


def installed_detectors() -> Path:
    """Detectors the analyst installed or trained."""
    return user_folder() / "detectors"


def resources() -> Path:
    """Files shipped with the program."""
    return Path(__file__).resolve().parent.parent / "resources"
