"""What is loaded when: the services bring no Qt, the command line brings no Qt, the window brings no torch."""

import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
QT = {"PySide6", "shiboken6", "superqt", "pyqtgraph"}
TORCH = {"torch", "torchvision", "pytorch_grad_cam"}

# Runs the real start of the program up to the event loop, which is replaced by a look at what is there by then.
OPEN_THE_WINDOW = """
import sys, time
from PySide6.QtWidgets import QApplication, QMainWindow

def look(*_):
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        QApplication.processEvents()
    windows = [window for window in QApplication.topLevelWidgets() if isinstance(window, QMainWindow)]
    assert any(window.isVisible() for window in windows), "no main window is shown"
    return 0

QApplication.exec = look
from app.bootstrap import run
assert run(None) == 0
assert "app.main_window" in sys.modules
"""


def loaded_by(code, tmp_path):
    """Top-level modules in `sys.modules` after a fresh interpreter has run the code."""
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "DNADET_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    return set(run.stdout.splitlines()[-1].split())


def every_module_of(package):
    folder = ROOT.joinpath(*package.split("."))
    names = [f"{package}.{module.name}" for module in pkgutil.iter_modules([str(folder)])]
    return "\n".join(f"import {name}" for name in names)


@pytest.mark.parametrize("package", ["core.services", "core.store", "core.imaging"])
def test_importing_the_core_loads_neither_qt_nor_torch(package, tmp_path):
    assert not loaded_by(every_module_of(package), tmp_path) & (QT | TORCH)


def test_the_command_line_loads_neither_qt_nor_torch(tmp_path):
    assert not loaded_by("import main, app.cli", tmp_path) & (QT | TORCH)


def test_opening_the_window_loads_no_torch_and_no_plots(tmp_path):
    loaded = loaded_by(OPEN_THE_WINDOW, tmp_path)
    assert "PySide6" in loaded
    assert not loaded & (TORCH | {"pyqtgraph"})
